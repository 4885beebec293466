-- threats: indicators that the server keeps: sets in versions, and how far each version was looked up in the index of sightings.

create table indicator_sets (
  id uuid primary key default gen_random_uuid(),
  name text not null unique,
  -- An organisation's own: its values leave the server for nobody but staff.
  is_private boolean not null,
  version integer not null default 0,
  created_at timestamptz not null
);

create table indicator_versions (
  set_id uuid not null references indicator_sets (id) on delete cascade,
  version integer not null,
  added_at timestamptz not null,
  added_by jsonb not null,
  file_name text not null,
  -- SHA-256 of the file as it was given.
  sha256 bytea not null,
  indicator_count integer not null,
  added_count integer not null,
  removed_count integer not null,
  unsupported jsonb not null,
  unsupported_count integer not null,
  -- The last indicator looked up: a hunt that was broken off goes on behind it.
  hunted_through bigint not null default 0,
  hunted_at timestamptz,
  found_count integer not null default 0,
  device_count integer not null default 0,
  -- Indicators that so many phones hold that they say nothing.
  common jsonb not null default '[]',
  primary key (set_id, version)
);

create table indicators (
  id bigint generated always as identity primary key,
  set_id uuid not null references indicator_sets (id) on delete cascade,
  -- SHA-256 of the row's canonical form: equal rows of two versions are one.
  digest bytea not null,
  detail jsonb not null,
  -- In the versions from `since` to before `until`.
  since integer not null,
  until integer
);
create unique index indicators_now on indicators (set_id, digest) where until is null;
create index indicators_since on indicators (set_id, since, id);
create index indicators_until on indicators (set_id, until, id) where until is not null;
