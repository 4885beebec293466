-- findings: which phone a trace refuses. Staff say of an enrolment that it is another phone than the ones its person had before.
create table another_phones (
  device_id uuid primary key references devices (id) on delete cascade,
  said_by uuid references people (id) on delete set null,
  said_at timestamptz not null,
  reason text not null
);
-- Why a trace that today's rules would judge less waits for a person: it refuses on until somebody clears it.
alter table findings add column review text check (review in ('evidence', 'owner'));
-- By which rules the open traces were judged last.
create table judged_by (
  one boolean primary key default true check (one),
  rules integer not null
);
