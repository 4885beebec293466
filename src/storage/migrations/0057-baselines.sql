-- threats: what the last check of each phone is compared by. No apps, no messages, no addresses (detectors/baseline.ts).
create table baselines (
  device_id uuid not null references devices (id) on delete cascade,
  kind text not null check (kind in ('network-program', 'running-program', 'profile', 'shutdown', 'adb-key')),
  os_version text not null,
  checked_at timestamptz not null,
  primary key (device_id, kind)
);
create table baseline_items (
  device_id uuid not null,
  kind text not null,
  value text not null,
  primary key (device_id, kind, value),
  foreign key (device_id, kind) references baselines (device_id, kind) on delete cascade
);
create index baseline_items_value on baseline_items (kind, value);
