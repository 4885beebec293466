-- What concerns a person's account or phone, kept for her to read; shown until she has seen it.
create table people_notices (
  id uuid primary key default gen_random_uuid(),
  person_id uuid not null references people (id) on delete cascade,
  kind text not null,
  by_kind text not null check (by_kind in ('person', 'token', 'device', 'system', 'anonymous')),
  by_person_id uuid references people (id) on delete set null,
  -- The session that did it, which may not put the notice away; no foreign key: it outlives the session.
  by_session_id text,
  by_token_name text,
  what text,
  who text,
  about jsonb,
  until_at timestamptz,
  created_at timestamptz not null,
  seen_at timestamptz
);
create index people_notices_person on people_notices (person_id, created_at desc);
