-- Until when the people of a group finish a lesson or sign a text. A person's own due date of a lesson comes first; of several groups
-- the earliest holds.
create table training_group_due_dates (
  group_id uuid not null references people_groups (id) on delete cascade,
  kind text not null check (kind in ('lesson', 'text')),
  item_id text not null,
  due_at timestamptz not null,
  primary key (group_id, kind, item_id)
);
