-- A look through an API token is told to the phone's owner too, by the name that the token had.
alter table access_views alter column viewer_id drop not null;
alter table access_views add column token_name text;
alter table access_views add constraint access_views_one_viewer check ((viewer_id is null) <> (token_name is null));
