-- What takes two people: who asks for what, whom it concerns, who agreed, and how it ended.
create table people_requests (
  id uuid primary key default gen_random_uuid(),
  kind text not null,
  -- Whom it concerns; she never counts as the second person.
  person_id uuid not null references people (id) on delete cascade,
  person_role text not null,
  person_state text not null,
  about jsonb not null,
  title text not null,
  reason text not null,
  detail jsonb not null,
  -- Who else may not agree, such as who would gain by it.
  barred uuid[] not null,
  made_by uuid not null references people (id) on delete cascade,
  maker_role text not null,
  made_at timestamptz not null,
  expires_at timestamptz not null,
  -- Set where nobody else could agree: from then on its maker acts alone.
  alone_from timestamptz,
  agreed_as text check (agreed_as in ('second', 'person', 'phone')),
  agreed_by uuid references people (id) on delete cascade,
  agreed_role text,
  agreed_at timestamptz,
  ending text check (ending in ('done', 'stopped', 'refused', 'withdrawn', 'lapsed')),
  ended_by uuid references people (id) on delete set null,
  ended_at timestamptz,
  alone boolean not null default false,
  check (made_by <> person_id),
  check (agreed_by is null or agreed_by <> made_by),
  check ((agreed_as = 'second') is not true or (agreed_by <> person_id and not agreed_by = any(barred))),
  check (num_nulls(agreed_as, agreed_by, agreed_role, agreed_at) in (0, 4)),
  check (num_nulls(ending, ended_at) in (0, 2))
);
create index people_requests_open on people_requests (expires_at) where ending is null;
create index people_requests_person on people_requests (person_id, made_at desc);
create index people_requests_made on people_requests (made_at desc);

-- How long who is alone waits, and for how long no new browser binds after a recovery. A time that was made shorter counts once the former has run out.
create table people_two_people (
  one boolean primary key default true check (one),
  alone_delay_hours integer not null,
  former_alone_delay_hours integer not null,
  recovery_hold_hours integer not null,
  former_recovery_hold_hours integer not null,
  changed_at timestamptz not null
);

-- Until when no new browser may be bound to a phone of hers, and she agrees to nothing: her account was recovered by a link.
alter table people add column held_until timestamptz;
