-- A view that has ended goes on for no renewal; the reasons, if it was refused, are what the viewer shows.
alter table file_openings add column ended_at timestamptz;
alter table file_openings add column end_reasons jsonb not null default '[]';
