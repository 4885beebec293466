-- Who made somebody a recipient. From now on only the owner does, or two people by a request; of earlier ones the audit log tells.
alter table file_recipients add column added_by_kind text not null default 'owner'
  check (added_by_kind in ('owner', 'person', 'token', 'request'));
alter table file_recipients add column added_by uuid references people (id) on delete set null;

update file_recipients r
set added_by_kind = e.actor ->> 'kind',
  added_by = (select p.id from people p where p.id::text = e.actor ->> 'personId')
from files f, audit_entries e
where f.id = r.file_id and e.object_type = 'file' and e.object_id = f.id::text and e.action = 'file.recipients.changed'
  and e.detail -> 'added' ? r.person_id::text
  and e.actor ->> 'kind' in ('person', 'token')
  and e.actor ->> 'personId' is distinct from f.owner_id::text
  and not exists (select 1 from audit_entries l where l.object_type = 'file' and l.object_id = e.object_id
    and l.action = e.action and l.detail -> 'added' ? r.person_id::text and l.at > e.at);

-- Named by the policy that a token uploaded in the owner's name.
update file_recipients r
set added_by_kind = 'token'
from files f, audit_entries e
where f.id = r.file_id and r.added_at = f.created_at and r.added_by_kind = 'owner'
  and e.object_type = 'file' and e.object_id = f.id::text and e.action = 'file.uploaded' and e.actor ->> 'kind' = 'token';
