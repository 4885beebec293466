-- devices: the registry of phones of either make, their facts, apps, commands and enrolments.

create table devices (
  id uuid primary key default gen_random_uuid(),
  person_id uuid not null references people (id) on delete cascade,
  platform text not null check (platform in ('apple', 'android')),
  ownership text not null check (ownership in ('personal', 'organisation')),
  state text not null check (state in ('pending', 'enrolled', 'checked-out')),
  -- Apple: the normalised enrolment id (UDID or EnrollmentID); Android: the resource name.
  native_id text,
  name text not null,
  model text not null default '',
  os_version text not null default '',
  created_at timestamptz not null,
  enrolled_at timestamptz,
  checked_out_at timestamptz,
  last_seen_at timestamptz,
  -- RFC 7638 thumbprint of the browser key that was bound on the enrolment page.
  browser_key_thumbprint text unique,
  browser_key_bound_at timestamptz
);
create unique index devices_native on devices (platform, native_id) where state <> 'checked-out';
create index devices_person on devices (person_id);
create index devices_list on devices (lower(name), id);

create table devices_facts (
  device_id uuid not null references devices (id) on delete cascade,
  name text not null,
  value jsonb not null,
  observed_at timestamptz not null,
  source text not null,
  primary key (device_id, name)
);

create table devices_apps (
  device_id uuid not null references devices (id) on delete cascade,
  app_id text not null,
  name text not null,
  version text not null,
  managed boolean,
  primary key (device_id, app_id)
);

-- One-time invitations of a person's phone.
create table devices_enrolments (
  id uuid primary key default gen_random_uuid(),
  device_id uuid not null references devices (id) on delete cascade,
  token_hash bytea not null unique,
  -- SHA-256 of the SCEP challenge of the newest profile, until it is used.
  scep_challenge_hash bytea unique,
  -- SHA-256 of the challenge that binds the browser, until it is used.
  bind_challenge_hash bytea unique,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index devices_enrolments_device on devices_enrolments (device_id);

-- Every certificate that SCEP issued; pinned once Authenticate was signed with it.
create table devices_certificates (
  fingerprint bytea primary key,
  device_id uuid not null references devices (id) on delete cascade,
  serial text not null unique,
  certificate bytea not null,
  issued_at timestamptz not null,
  expires_at timestamptz not null,
  pinned_at timestamptz,
  retired_at timestamptz
);
create index devices_certificates_device on devices_certificates (device_id);

-- What Apple's push needs, kept from TokenUpdate.
create table devices_apple (
  device_id uuid primary key references devices (id) on delete cascade,
  topic text not null,
  push_magic text,
  push_token bytea,
  -- The phone sends it once only: never overwritten by its absence.
  unlock_token_sealed bytea,
  tally integer not null default 0
);

create table devices_commands (
  id uuid primary key default gen_random_uuid(),
  device_id uuid not null references devices (id) on delete cascade,
  seq bigint generated always as identity,
  kind text not null,
  -- The command as it is sent; sealed when it holds a secret is a matter of the sender.
  payload bytea not null,
  state text not null check (state in ('queued', 'notnow', 'acknowledged', 'error', 'cancelled')),
  created_at timestamptz not null,
  sent_at timestamptz,
  finished_at timestamptz,
  result bytea,
  error text
);
create index devices_commands_head on devices_commands (device_id, seq) where state in ('queued', 'notnow');
create index devices_commands_list on devices_commands (device_id, seq desc);

-- Raw bytes of check-ins, as the phone sent them.
create table devices_reports (
  device_id uuid not null references devices (id) on delete cascade,
  seq bigint generated always as identity,
  kind text not null,
  received_at timestamptz not null,
  body bytea not null,
  primary key (device_id, seq)
);

-- The installation's certificate authority for phones: its key is sealed under the root key.
create table devices_authority (
  "only" boolean primary key default true check ("only"),
  certificate bytea not null,
  key_sealed bytea not null,
  created_at timestamptz not null
);
