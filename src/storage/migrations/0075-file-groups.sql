-- Groups that a file is shared with. Who was in the group then may open it; who joined later waits until the owner has confirmed her, so
-- that whoever fills the group gives nobody a file of somebody else.
create table file_groups (
  file_id uuid not null references files (id) on delete cascade,
  group_id uuid not null references people_groups (id) on delete cascade,
  shared_at timestamptz not null,
  primary key (file_id, group_id)
);
create index file_groups_group on file_groups (group_id);

create table file_group_members (
  file_id uuid not null,
  group_id uuid not null,
  person_id uuid not null references people (id) on delete cascade,
  confirmed_at timestamptz not null,
  primary key (file_id, group_id, person_id),
  foreign key (file_id, group_id) references file_groups (file_id, group_id) on delete cascade
);
