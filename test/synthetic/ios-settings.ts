import { writeFileSync } from 'node:fs';
import { type PlistInputDict, writeBinaryPlist } from './binary-plist.ts';
import { apple, type Context, database, NOW_MS, sentence } from './ios-context.ts';
import { IOS_TABLES } from './ios-tables.data.ts';
import { APPLE_NOTIFIES, HEALTHY, PLANTED, type Plant } from './planted.data.ts';
import { signProfile } from './signed-profile.ts';

const PROFILES = 'SysSharedContainerDomain-systemgroup.com.apple.configurationprofiles';

/** Property lists, calendar, shortcuts and profiles of a generated phone. */
export function writeSettings(context: Context, size: { readonly events: number }): void {
  calendar(context, size.events);
  shortcuts(context);
  profiles(context);
  place(context, 'HomeDomain', 'Library/Preferences/com.apple.osanalytics.addaily.plist', analytics(context));
  place(context, 'RootDomain', 'Library/Caches/locationd/clients.plist', locationClients(context));
  place(context, 'HomeDomain', 'Library/Preferences/com.apple.identityservices.idstatuscache.plist', lookUps(context));
  place(context, 'HomeDomain', 'Library/Preferences/.GlobalPreferences.plist', {
    AppleLocale: 'en_GB',
    ...(context.layout.since(16) ? { LDMGlobalEnabled: !context.has('lockdown-off') } : {}),
  });
}

/** `Applications` of Info.plist: those of the store, one of Apple's own, and the planted. */
export function installedApps(has: Context['has'], life: Context['life']): PlistInputDict {
  const store = (id: string, sourceApp = 'com.apple.AppStore'): PlistInputDict => ({
    iTunesMetadata: writeBinaryPlist({ itemName: 'An app', softwareVersionBundleId: id, sourceApp }),
  });
  return {
    'com.example.relayapp2': store('com.example.relayapp2'),
    'org.example.employer': store('org.example.employer', 'com.apple.dmd'),
    'com.apple.mobilenotes': { iTunesMetadata: writeBinaryPlist({ itemName: 'Notes' }) },
    ...(life === 'tester' ? { 'org.example.beta': store('org.example.beta', 'com.apple.TestFlight') } : {}),
    ...(has('app') ? { [PLANTED.app]: store(PLANTED.app) } : {}),
    ...(has('app-sideloaded') ? { 'org.example.tool': store('org.example.tool', 'com.example.sideloader') } : {}),
  };
}

function place({ backup }: Context, domain: string, path: string, list: PlistInputDict): void {
  writeFileSync(backup.place(domain, path), writeBinaryPlist(list));
}

function calendar(context: Context, count: number): void {
  const { random, has } = context;
  const value = (plant: Plant, usual: string): string => (has(plant) ? PLANTED[plant] : usual);
  database(context, 'HomeDomain', 'Library/Calendar/Calendar.sqlitedb', IOS_TABLES.calendar, (insert) => {
    insert('Participant', { ROWID: 1, owner_id: 1, email: value('calendar-email', HEALTHY.sender) });
    insert('Participant', { ROWID: 2, owner_id: 1, email: `mailto:${value('calendar-participant', HEALTHY.sender)}` });
    for (let i = 1; i <= count; i++) {
      const summary = i === 2 ? 'Meeting' : sentence(random);
      insert('CalendarItem', { ROWID: i, summary, description: null, organizer_id: 1 });
    }
    const description = `Agenda: https://${value('calendar-link', HEALTHY.host)}/agenda`;
    insert('CalendarItem', { ROWID: count + 1, summary: 'Meeting', description, organizer_id: 1 });
    insert('CalendarItem', { ROWID: count + 2, summary: 'Meetings', description: 'Notes', organizer_id: 1 });
    if (has('calendar-meeting'))
      insert('CalendarItem', { ROWID: count + 3, summary: 'Meeting', description: 'Notes', organizer_id: 1 });
  });
}

function shortcuts(context: Context): void {
  const { has } = context;
  database(context, 'HomeDomain', 'Library/Shortcuts/Shortcuts.sqlite', IOS_TABLES.shortcuts, (insert) => {
    const dates = { ZCREATIONDATE: apple(NOW_MS) - 1000, ZMODIFICATIONDATE: apple(NOW_MS) };
    insert('ZSHORTCUT', { Z_PK: 1, ZNAME: 'Open desk', ...dates });
    const host = has('shortcut-link') ? PLANTED['shortcut-link'] : HEALTHY.host;
    const step = {
      WFWorkflowActionIdentifier: 'is.workflow.actions.url',
      WFWorkflowActionParameters: { WFURLActionURL: `https://${host}/send` },
    };
    insert('ZSHORTCUTACTIONS', { Z_PK: 1, ZSHORTCUT: 1, ZDATA: writeBinaryPlist([step]) });
  });
}

/** A harmless profile, and beside it what is planted: in a signature, with a server, hiding notifications. */
function profiles(context: Context): void {
  const { backup, has, life } = context;
  const write = (name: string, bytes: Uint8Array): void => {
    writeFileSync(backup.place(PROFILES, `Library/ConfigurationProfiles/${name}`), bytes);
  };
  const profile = (uuid: string, payload: PlistInputDict): PlistInputDict => ({
    PayloadUUID: uuid,
    PayloadIdentifier: 'org.example.wifi',
    PayloadType: 'Configuration',
    InstallDate: new Date(NOW_MS),
    PayloadContent: [{ PayloadUUID: HEALTHY.profile, ...payload }],
  });
  const wifi = { PayloadType: 'com.apple.wifi.managed' };
  write('profile-1.stub', writeBinaryPlist(profile(has('profile') ? PLANTED.profile : HEALTHY.profile, wifi)));
  const uuid = has('profile-signed') ? PLANTED['profile-signed'] : HEALTHY.profile;
  write('profile-2.stub', signProfile(writeBinaryPlist(profile(uuid, wifi))));
  const server = has('profile-server') ? PLANTED['profile-server'] : HEALTHY.host;
  write('profile-3.stub', writeBinaryPlist(profile(HEALTHY.profile, { ...wifi, ProxyServer: server })));
  if (has('profile-notifications')) {
    const payload = { PayloadType: 'com.apple.notificationsettings' };
    write('profile-4.stub', writeBinaryPlist(profile(HEALTHY.profile, payload)));
  }
  if (life === 'managed') write('profile-5.stub', writeBinaryPlist(ofEmployer()));
  const event = { timestamp: new Date(NOW_MS), operation: 'install', process: 'profiled' };
  const events: PlistInputDict[] = has('profile-event') ? [{ [PLANTED['profile-event']]: event }] : [];
  if (life === 'managed') events.push({ [EMPLOYER]: { ...event, process: 'remotemanagementd' } });
  write('MCProfileEvents.plist', writeBinaryPlist({ ProfileEvents: events }));
}

const EMPLOYER = 'org.example.employer.enrolment';

/** Under the management of an employer: its server, its certificate, its VPN. */
function ofEmployer(): PlistInputDict {
  const types = ['com.apple.mdm', 'com.apple.security.root', 'com.apple.vpn.managed', 'com.apple.wifi.managed'];
  return {
    PayloadUUID: '6f1ed2a0-7c41-4d0e-9b6b-0d6a3f1c2b60',
    PayloadIdentifier: EMPLOYER,
    PayloadType: 'Configuration',
    PayloadDisplayName: 'Employer',
    InstallDate: new Date(NOW_MS),
    PayloadContent: types.map((PayloadType, i) => ({ PayloadType, PayloadUUID: `${HEALTHY.profile}-${i}` })),
  };
}

function analytics({ has, time }: Context): PlistInputDict {
  const use = () => [new Date(time()), 100.5, 20.5, 0.5, 0.5];
  return {
    netUsageBaseline: {
      'apsd/com.apple.apsd': use(),
      statrelayd2: use(),
      BackupAgent2: use(),
      ...(has('analytics-process') ? { [PLANTED['analytics-process']]: use() } : {}),
      ...(has('implant-process') ? { BackupAgent: use() } : {}),
    },
  };
}

function locationClients({ has, time }: Context): PlistInputDict {
  const client = (executable: string): PlistInputDict => ({
    BundleId: 'com.example.maps',
    BundlePath: '/private/var/containers/Bundle/Application/A-1/Maps.app',
    Executable: executable,
    LocationTimeStopped: apple(time()),
  });
  const planted = `/usr/libexec/${PLANTED['location-client']}`;
  return {
    'com.example.maps:': client('/private/var/containers/Bundle/Application/A-1/Maps.app/Maps'),
    '/usr/libexec/placerelayd2:': client('/usr/libexec/placerelayd2'),
    ...(has('location-client') ? { [planted]: client(planted) } : {}),
  };
}

function lookUps({ has, time }: Context): PlistInputDict {
  const entry = (): PlistInputDict => ({ IDStatus: 1, LookupDate: apple(time()) });
  return {
    'com.apple.madrid': {
      [`mailto:${HEALTHY.sender}`]: entry(),
      [`mailto:${HEALTHY.appleSender}`]: entry(),
      'tel:+14155551003': entry(),
      ...(has('ids-lookup') ? { [`mailto:${PLANTED['ids-lookup']}`]: entry() } : {}),
      ...(has('ids-bytes') ? { 'mailto:\0\0relay@mail.example': entry() } : {}),
      ...(has('threat-notification-looked-up') ? { [`mailto:${APPLE_NOTIFIES}`]: entry() } : {}),
    },
  };
}
