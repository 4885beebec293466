-- What phones sent as it came, and commands that ended, go after a time: found by their age.
create index devices_reports_age on devices_reports (received_at);
create index devices_commands_ended on devices_commands (finished_at) where state in ('acknowledged', 'error', 'cancelled');
