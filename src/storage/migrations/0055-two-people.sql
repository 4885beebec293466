-- threats: whether a trace is cleared by two people, in the closing of its case; and which traces one person cleared alone.
create table threat_clearing (
  one boolean primary key default true check (one),
  two_people boolean not null,
  changed_at timestamptz not null
);
alter table findings add column cleared_alone boolean not null default false;
update findings set cleared_alone = true where state = 'cleared' and reason not like 'Case % closed: %';
