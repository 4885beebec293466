-- Policies: one row per policy, one immutable row per version, and whom it applies to.
create table policies (
  id uuid primary key default gen_random_uuid(),
  version int not null check (version >= 1),
  everyone boolean not null default false,
  updated_at timestamptz not null
);

create table policy_versions (
  policy_id uuid not null references policies (id) on delete cascade,
  version int not null check (version >= 1),
  name text not null check (length(name) between 1 and 200),
  description text not null,
  settings jsonb not null,
  created_at timestamptz not null,
  primary key (policy_id, version)
);

-- A group that is deleted in people leaves a row that matches nobody.
create table policy_groups (
  policy_id uuid not null references policies (id) on delete cascade,
  group_id uuid not null,
  primary key (policy_id, group_id)
);
create index policy_groups_group on policy_groups (group_id);

-- A new organisation starts with the baseline for everyone: no policy at all must never be the default.
insert into policies (id, version, everyone, updated_at) values ('00000000-0000-4000-8000-000000000020', 1, true, now());
insert into policy_versions (policy_id, version, name, description, settings, created_at) values (
  '00000000-0000-4000-8000-000000000020', 1, 'Newsroom default',
  'For everyone: a good passcode, a current system, work documents kept apart. Private use stays private.',
  '{"passcode.required": true, "passcode.minLength": 6, "passcode.noSimple": true, "passcode.autoLock": 5, "encryption.device": true,
    "os.minVersion": "18.6", "os.minPatchLevel": "2025-06-01", "dev.rootDetect": true, "dlp.openInOut": true, "backup.encrypted": true,
    "app.unknownSources": true}',
  now()
);
