-- Labels (attributes) of the bound policy; null until they were read, of files from before this column.
alter table files add column labels jsonb;
create index files_labels_unread on files (id) where labels is null;
