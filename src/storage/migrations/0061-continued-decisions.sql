-- A running view asks anew every ten seconds. What is kept of that points to the decision that opened it.
alter table access_decisions add column continues uuid;
create index access_decisions_continues on access_decisions (continues, at) where continues is not null;
