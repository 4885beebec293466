-- People, groups, passkeys, invitations, sessions, API tokens, sign-in through an identity provider.
-- Tokens of every kind are stored as SHA-256 only; each holds 256 random bits, so that no slow hash is needed.

create table people (
  id uuid primary key default gen_random_uuid(),
  display_name text not null check (length(display_name) between 1 and 120),
  email text not null,
  role text not null check (role in ('owner', 'administrator', 'investigator', 'auditor', 'member')),
  state text not null check (state in ('active', 'suspended', 'invited')),
  created_at timestamptz not null,
  joined_at timestamptz,
  last_seen_at timestamptz
);
create unique index people_email on people (lower(email));
create index people_list on people (lower(display_name), id);

create table people_groups (
  id uuid primary key default gen_random_uuid(),
  name text not null check (length(name) between 1 and 120),
  created_at timestamptz not null
);
create unique index people_groups_name on people_groups (lower(name));

create table people_group_members (
  group_id uuid not null references people_groups (id) on delete cascade,
  person_id uuid not null references people (id) on delete cascade,
  primary key (group_id, person_id)
);
create index people_group_members_person on people_group_members (person_id);

create table people_passkeys (
  id uuid primary key default gen_random_uuid(),
  person_id uuid not null references people (id) on delete cascade,
  credential_id text not null unique,
  public_key bytea not null,
  counter bigint not null,
  transports jsonb not null default '[]',
  synced boolean not null,
  label text not null,
  created_at timestamptz not null,
  last_used_at timestamptz
);
create index people_passkeys_person on people_passkeys (person_id);

-- One-time setup links; all vanish when the first owner joins.
create table people_setup_links (
  token_hash bytea primary key,
  expires_at timestamptz not null
);

-- At most one open invitation per person.
create table people_invitations (
  person_id uuid primary key references people (id) on delete cascade,
  token_hash bytea not null unique,
  expires_at timestamptz not null
);

-- WebAuthn challenges and identity-provider round trips: one use, five minutes.
create table people_ceremonies (
  id uuid primary key default gen_random_uuid(),
  kind text not null check (kind in ('setup', 'join', 'sign-in', 'add-passkey', 'oidc')),
  challenge text not null,
  detail jsonb not null,
  expires_at timestamptz not null
);
create index people_ceremonies_expiry on people_ceremonies (expires_at);

create table people_sessions (
  id uuid primary key default gen_random_uuid(),
  person_id uuid not null references people (id) on delete cascade,
  token_hash bytea not null unique,
  method text not null check (method in ('passkey', 'oidc')),
  user_agent text not null,
  created_at timestamptz not null,
  last_used_at timestamptz not null,
  expires_at timestamptz not null
);
create index people_sessions_person on people_sessions (person_id);

create table people_tokens (
  id uuid primary key default gen_random_uuid(),
  name text not null,
  role text not null check (role in ('owner', 'administrator', 'investigator', 'auditor', 'member')),
  token_hash bytea not null unique,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz
);

-- One identity provider per organisation.
create table people_oidc_provider (
  singleton boolean primary key default true check (singleton),
  name text not null,
  issuer text not null,
  client_id text not null,
  client_secret_sealed bytea not null
);

create table people_oidc_identities (
  issuer text not null,
  subject text not null,
  person_id uuid not null references people (id) on delete cascade,
  linked_at timestamptz not null,
  primary key (issuer, subject)
);
create index people_oidc_identities_person on people_oidc_identities (person_id);
