-- threats: checks of phones and what they found. No message texts: a finding keeps the matched value and where it stood.

create table checks (
  id uuid primary key default gen_random_uuid(),
  device_id uuid not null references devices (id) on delete cascade,
  verdict text not null check (verdict in ('trace-found', 'unusual', 'weakness', 'nothing-found', 'incomplete')),
  checked_at timestamptz not null,
  -- Person or token that sent the report.
  reported_by jsonb not null,
  examined jsonb not null,
  finding_count integer not null,
  examined_count integer not null,
  unreadable_count integer not null
);
create index checks_device on checks (device_id, checked_at desc);

create table findings (
  id uuid primary key default gen_random_uuid(),
  device_id uuid not null references devices (id) on delete cascade,
  -- The report's id: equal for the same thing in the same place, so that a later check does not double it.
  report_id text not null,
  state text not null check (state in ('open', 'cleared')),
  level text not null check (level in ('critical', 'high', 'medium', 'low', 'info')),
  verdict text not null check (verdict in ('trace', 'unusual', 'weakness')),
  detail jsonb not null,
  happened_at timestamptz,
  found_at timestamptz not null,
  last_seen_at timestamptz not null,
  cleared_by uuid references people (id) on delete set null,
  cleared_at timestamptz,
  reason text,
  unique (device_id, report_id)
);
create index findings_open on findings (device_id) where state = 'open';
create index findings_list on findings (found_at desc, id);
