-- Which policy profile an InstallProfile command carries (its PayloadUUID); null for none, also for RemoveProfile.

alter table devices_commands add column profile_id text;
create index devices_commands_profiles on devices_commands (device_id, seq desc) where kind in ('InstallProfile', 'RemoveProfile');

-- An iPhone's fact is now which profile it confirmed, not whether it ever confirmed one.
delete from devices_facts f using devices d where d.id = f.device_id and d.platform = 'apple' and f.name = 'profile.installed';
