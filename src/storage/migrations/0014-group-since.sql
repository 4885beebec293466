-- Since when somebody is in a group; null of who was in it before that was kept. Who is put in anew is in it since then.
alter table people_group_members add column added_at timestamptz;
