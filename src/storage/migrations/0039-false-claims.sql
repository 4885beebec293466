-- devices: an enrolment that claimed to be a phone which it was not; what was found under it follows that phone no more.
alter table devices add column claim_false_at timestamptz;
