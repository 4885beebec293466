-- threats: cases. One for each phone, under whatever enrolment, and investigation; closing takes two people.

create table cases (
  id uuid primary key default gen_random_uuid(),
  number integer generated always as identity unique,
  -- The enrolment under which it was opened.
  device_id uuid not null references devices (id) on delete cascade,
  status text not null check (status in ('new', 'in-work', 'waiting', 'closed')),
  opened_at timestamptz not null,
  changed_at timestamptz not null,
  conclusion text,
  proposed_by uuid references people (id) on delete set null,
  proposed_role text,
  proposed_at timestamptz,
  signed_by uuid references people (id) on delete set null,
  closed_at timestamptz
);
create index cases_device on cases (device_id);
create index cases_status on cases (status, number desc);

-- Notes are only ever added. One may name a check of the phone, or the SHA-256 of an evidence pack that lies elsewhere.
create table case_notes (
  id uuid primary key default gen_random_uuid(),
  case_id uuid not null references cases (id) on delete cascade,
  written_by uuid references people (id) on delete set null,
  written_at timestamptz not null,
  text text not null,
  check_id uuid references checks (id) on delete set null,
  pack_sha256 bytea
);
create index case_notes_case on case_notes (case_id, written_at);

alter table findings add column case_id uuid references cases (id) on delete set null;
create index findings_case on findings (case_id) where case_id is not null;

-- What is open already gets its cases.
with phones as (
  select (array_agg(d.id order by f.found_at, d.id))[1] as device_id, min(f.found_at) as at
  from findings f join devices d on d.id = f.device_id
  where f.state = 'open' and f.verdict in ('trace', 'unusual')
  group by coalesce(d.platform || ':' || d.native_id, d.id::text)
)
insert into cases (device_id, status, opened_at, changed_at) select device_id, 'new', at, at from phones order by at;
update findings f set case_id = c.id
from cases c join devices a on a.id = c.device_id
  join devices b on b.id = a.id or (b.platform = a.platform and b.native_id = a.native_id)
where f.device_id = b.id and f.state = 'open' and f.verdict in ('trace', 'unusual');
