-- Protected files: what the server knows of them, who may open them, who did. The content's key is in no table: it is wrapped inside the
-- file to a key of files_keys, whose private half is encrypted under the root key.

create table files_keys (
  kid text primary key,
  purpose text not null check (purpose in ('kas', 'token')),
  algorithm text not null check (algorithm in ('rsa:2048', 'ec:secp256r1')),
  public_key_pem text not null,
  private_key_sealed bytea not null,
  active boolean not null,
  created_at timestamptz not null
);
-- One key wraps new files; older ones only unwrap.
create unique index files_keys_active on files_keys (purpose, algorithm) where active;

create table files (
  id uuid primary key default gen_random_uuid(),
  policy_uuid uuid not null unique,
  owner_id uuid not null references people (id),
  -- SHA-256 of the bound policy's exact text: a uuid alone may be claimed by anybody's file.
  policy_sha256 text not null,
  title text not null check (length(title) between 1 and 200),
  media_type text not null,
  size_bytes bigint not null,
  protected_bytes bigint not null,
  sha256 text not null,
  view text not null check (view in ('download', 'client', 'pixels')),
  watermark boolean not null,
  policy_ends_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null
);
create index files_owner on files (owner_id, created_at desc);
create index files_list on files (created_at desc, id desc);
create index files_content on files (sha256);

create table file_recipients (
  file_id uuid not null references files (id) on delete cascade,
  person_id uuid not null references people (id) on delete cascade,
  added_at timestamptz not null,
  primary key (file_id, person_id)
);
create index file_recipients_person on file_recipients (person_id);

-- file_id is null for a file that was wrapped to our key but never uploaded.
create table file_openings (
  id uuid primary key,
  file_id uuid references files (id) on delete cascade,
  policy_uuid text not null,
  person_id uuid not null references people (id) on delete cascade,
  device_id uuid,
  decision_id text,
  outcome text not null check (outcome in ('opened', 'refused')),
  reasons jsonb not null,
  at timestamptz not null,
  renewed_at timestamptz
);
create index file_openings_file on file_openings (file_id, at desc);
create index file_openings_device on file_openings (device_id, at desc);
create index file_openings_person on file_openings (person_id, at desc);
