-- Which passkey opened a session, when one was last used in it, and the secret that the last use took the place of.
alter table people_sessions
  add column passkey_id uuid,
  add column passkey_at timestamptz,
  add column passkey_by uuid,
  add column former_hash bytea unique,
  add column former_until timestamptz;
create index people_sessions_passkey on people_sessions (passkey_id);

alter table people_ceremonies drop constraint people_ceremonies_kind_check;
alter table people_ceremonies
  add constraint people_ceremonies_kind_check check (kind in ('setup', 'join', 'sign-in', 'add-passkey', 'oidc', 'prove'));

-- Where a person signs in from, as a keyed hash of network and browser: neither can be read back without the root key.
create table people_places (
  person_id uuid not null references people (id) on delete cascade,
  place bytea not null,
  last_seen_at timestamptz not null,
  primary key (person_id, place)
);
create table people_place_key (
  singleton boolean primary key default true check (singleton),
  sealed bytea not null
);
