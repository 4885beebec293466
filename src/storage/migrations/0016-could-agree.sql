-- Until when somebody who was suspended, or lost a role, keeps others from acting alone: whoever takes roles away would otherwise make herself
-- the only one, and act a day later.
alter table people add column could_agree_until timestamptz;
