-- threats: how much a phone's index holds, and how many uploads changed it in the running hour, so that no upload fills the disk.
alter table sighting_devices add column row_count integer not null default 0;
alter table sighting_devices add column hour_started_at timestamptz not null default '2000-01-01';
alter table sighting_devices add column hour_uploads integer not null default 0;
update sighting_devices d set row_count = s.n
from (select device_id, count(*)::int as n from sightings group by device_id) s where s.device_id = d.id;
