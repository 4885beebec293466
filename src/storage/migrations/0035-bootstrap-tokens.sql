-- The bootstrap token of a Mac, sealed under the root key for this device alone; gone with its enrolment.
alter table devices_apple add column bootstrap_token_sealed bytea;

-- Check-ins that were kept as they came held tokens which unlock phones and Macs, in clear: their text goes, that they came stays.
update devices_reports set body = ''::bytea where kind in ('TokenUpdate', 'SetBootstrapToken');
