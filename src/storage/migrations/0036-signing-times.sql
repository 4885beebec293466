-- When the newest check-in that was taken from an iPhone was signed: an earlier one is a replay. What was signed until now has been taken.
alter table devices_apple add column signed_at timestamptz;
update devices_apple set signed_at = now();
