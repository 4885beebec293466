-- Why phones were refused: one row for each reason of each phone, and for each reason of senders whom nothing proves to be one of ours.
create table devices_refusals (
  device_id uuid references devices (id) on delete cascade,
  code text not null,
  -- The sentence of the newest one.
  why text not null,
  -- What kind of place it came from; an address is not kept.
  place text not null check (place in ('this-machine', 'private-network', 'internet', 'gateway')),
  first_at timestamptz not null,
  last_at timestamptz not null,
  count bigint not null
);
create unique index devices_refusals_each on devices_refusals (device_id, code, place) nulls not distinct;
create index devices_refusals_newest on devices_refusals (last_at desc);
