-- Entries are inserted in the transaction of their change; the sealer gives committed ones their sequence and chain hash.
create table audit_entries (
  id uuid primary key default gen_random_uuid(),
  seq bigint unique,
  at timestamptz not null default clock_timestamp(),
  actor jsonb not null,
  action text not null,
  object_type text not null,
  object_id text,
  detail jsonb not null,
  hash bytea
);
create index audit_entries_unsealed on audit_entries (at) where seq is null;
create index audit_entries_object on audit_entries (object_type, object_id);
create index audit_entries_action on audit_entries (action);

create table audit_heads (
  seq bigint primary key,
  hash bytea not null,
  signed_at timestamptz not null,
  signature bytea not null
);

create table audit_keys (
  id int primary key check (id = 1),
  public_key bytea not null,
  sealed_private_key bytea not null
);

-- A sealed entry is never changed or removed by the server; only the sealer may fill seq and hash, once.
create function audit_entries_guard() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then raise exception 'audit entries are append-only'; end if;
  if old.seq is not null or new.actor is distinct from old.actor or new.action is distinct from old.action
     or new.detail is distinct from old.detail or new.at is distinct from old.at
     or new.object_type is distinct from old.object_type or new.object_id is distinct from old.object_id then
    raise exception 'audit entries are append-only';
  end if;
  return new;
end $$;
create trigger audit_entries_guard before update or delete on audit_entries for each row execute function audit_entries_guard();
