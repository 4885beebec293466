-- Android phones: which resource of the Android Management API a device is, and which policy it was given.

create table devices_android (
  device_id uuid primary key references devices (id) on delete cascade,
  -- enterprises/{enterprise}/devices/{device}, once the phone has enrolled.
  resource_name text unique,
  -- The policy id that was last set; policies are named by their content.
  policy_id text not null,
  -- Google's time of the last report that was taken over.
  reported_at timestamptz
);
