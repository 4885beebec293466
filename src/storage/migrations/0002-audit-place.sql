-- The first place is 1: an entry below it would have its place filled and stand in no chain, no export and no list of them. Not checked of what
-- is there, so that no upgrade fails.
alter table audit_entries add constraint audit_entries_place check (seq >= 1) not valid;
