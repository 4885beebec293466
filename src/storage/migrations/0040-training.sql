-- Due dates that differ from the default (14 days after joining).
create table training_assignments (
  person_id uuid not null references people (id) on delete cascade,
  lesson_id text not null,
  due_at timestamptz not null,
  primary key (person_id, lesson_id)
);

create table training_attempts (
  id uuid primary key default gen_random_uuid(),
  person_id uuid not null references people (id) on delete cascade,
  lesson_id text not null,
  lesson_version int not null,
  answers jsonb not null,
  right_count int not null,
  passed boolean not null,
  at timestamptz not null
);
create index training_attempts_person on training_attempts (person_id, lesson_id, at);

create table training_completions (
  person_id uuid not null references people (id) on delete cascade,
  lesson_id text not null,
  lesson_version int not null,
  attempt_id uuid not null references training_attempts (id),
  completed_at timestamptz not null,
  primary key (person_id, lesson_id, lesson_version)
);

-- One use, ten minutes.
create table training_challenges (
  nonce text primary key,
  person_id uuid not null references people (id) on delete cascade,
  text_id text not null,
  text_version text not null,
  expires_at timestamptz not null
);

-- Everything that a later reader needs to verify the signature again, even when the passkey is gone.
create table training_signatures (
  person_id uuid not null references people (id),
  text_id text not null,
  text_version text not null,
  text_sha256 text not null,
  language text not null,
  nonce text not null,
  credential_id text not null,
  public_key bytea not null,
  authenticator_data bytea not null,
  client_data_json bytea not null,
  signature bytea not null,
  signed_at timestamptz not null,
  primary key (person_id, text_id, text_version)
);
