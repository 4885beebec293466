-- threats: what stood on which phone, by keyed hash, so that indicators published later are looked up in all of them.

-- The key of the hashes, sealed under the root key: without it nobody can try names against the index, and to delete it is to delete the index.
create table sighting_key (
  one boolean primary key default true check (one),
  sealed bytea not null,
  created_at timestamptz not null
);

-- A small number for each device, since the index repeats it millions of times, and what was last sent for it.
create table sighting_devices (
  id integer generated always as identity primary key,
  device_id uuid not null unique references devices (id) on delete cascade,
  -- SHA-256 of the last upload: an unchanged one costs one row.
  digest bytea not null,
  value_count integer not null,
  truncated boolean not null,
  -- New values by kind since the upload before; null at the first.
  fresh jsonb,
  sent_at timestamptz not null
);

-- Days since 2000, 0 where unknown. kind: what it is and how strong the evidence is, as the upload has it. Nothing refers to a row: a reference
-- would cost an index as large as the table.
create table sightings (
  vhash bigint not null,
  device_id integer not null,
  first integer not null,
  last integer not null,
  kind smallint not null,
  unique (vhash, device_id)
) partition by hash (vhash);
do $$
begin
  for i in 0..15 loop
    execute format('create table sightings_%s partition of sightings for values with (modulus 16, remainder %s)', lpad(i::text, 2, '0'), i);
  end loop;
end $$;
