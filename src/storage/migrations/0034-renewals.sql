-- Identity certificates that are being renewed: one renewal a device, gone once the phone speaks by the new certificate.

create table devices_renewals (
  device_id uuid primary key references devices (id) on delete cascade,
  asked_at timestamptz not null,
  -- SHA-256 of the SCEP challenge that was sent last, until it is used.
  scep_challenge_hash bytea unique,
  sent_at timestamptz,
  -- The certificate that the challenge was answered by.
  fingerprint bytea
);
