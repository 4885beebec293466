-- When the content of a withdrawn file was deleted for good. Its record stays: by it every copy of the file goes on being refused.
alter table files add column deleted_at timestamptz check (deleted_at is null or revoked_at is not null);
