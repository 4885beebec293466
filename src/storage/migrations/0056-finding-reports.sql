-- Who sent the report that a finding shows, and by which check: { by, personId, role, checkId }. Null for what was found before this was kept.
alter table findings add column reported jsonb;
