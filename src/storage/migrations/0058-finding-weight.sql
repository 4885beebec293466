-- findings: worst first, however many there are; whose word each is; and when who cleared a trace was last told that it came again.
alter table findings add column weight smallint not null generated always as (
  (case verdict when 'trace' then 16 when 'unusual' then 8 else 0 end)
  + (case level when 'critical' then 4 when 'high' then 3 when 'medium' then 2 when 'low' then 1 else 0 end)
) stored;
alter table findings add column source text generated always as (
  case when reported is null then null
    when reported->>'by' = 'look-up' then 'look-up'
    when coalesce(reported->>'role', 'member') = 'member' then 'member'
    else 'staff' end
) stored;
alter table findings add column told_again_at timestamptz;
create index findings_worst on findings (weight desc, found_at desc, id);
create index findings_device_worst on findings (device_id, weight desc, found_at desc, id);
-- A member's findings have ids of their own, so that they change nothing of what staff reported.
update findings set report_id = 'member ' || report_id where source = 'member';

-- Findings of a member's report beyond what is kept of it: counted, so that an investigator knows to look.
alter table checks add column left_out integer not null default 0;
