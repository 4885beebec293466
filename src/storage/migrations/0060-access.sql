create table access_rules (
  version int primary key check (version >= 1),
  body jsonb not null,
  created_at timestamptz not null
);

-- Postures and rule documents as canonical JSON under their hash: what a decision saw, byte for byte.
create table access_documents (
  sha256 text primary key,
  body text not null
);

create table access_decisions (
  id uuid primary key default gen_random_uuid(),
  at timestamptz not null,
  -- Neither is a foreign key: a decision outlives the person and the device.
  person_id uuid,
  device_id uuid,
  action text not null,
  attributes jsonb not null,
  allow boolean not null,
  state text not null check (state in ('fine', 'grace', 'blocked', 'unknown')),
  reasons jsonb not null,
  posture_sha256 text not null references access_documents (sha256),
  rules_sha256 text not null references access_documents (sha256)
);
create index access_decisions_at on access_decisions (at);
create index access_decisions_person on access_decisions (person_id, at);

create table device_states (
  device_id uuid primary key references devices (id) on delete cascade,
  person_id uuid not null references people (id) on delete cascade,
  state text not null check (state in ('fine', 'grace', 'blocked', 'unknown')),
  reasons jsonb not null,
  since timestamptz not null,
  -- When each reason was first seen, by its code.
  first_failed jsonb not null,
  assessed_at timestamptz not null
);
create index device_states_person on device_states (person_id);
create index device_states_state on device_states (state, since);

create table device_state_changes (
  id bigint generated always as identity primary key,
  device_id uuid not null references devices (id) on delete cascade,
  state text not null,
  reasons jsonb not null,
  at timestamptz not null
);
create index device_state_changes_at on device_state_changes (at);

create table access_notices (
  id uuid primary key default gen_random_uuid(),
  person_id uuid not null references people (id) on delete cascade,
  device_id uuid not null references devices (id) on delete cascade,
  text text not null,
  created_at timestamptz not null
);
create index access_notices_person on access_notices (person_id, created_at);

-- Who looked at a phone's facts, for its owner to read.
create table access_views (
  device_id uuid not null references devices (id) on delete cascade,
  viewer_id uuid not null references people (id) on delete cascade,
  what text not null,
  at timestamptz not null
);
create index access_views_device on access_views (device_id, at);
