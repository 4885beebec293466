import { gzipSync } from 'node:zlib';
import { utf8Bytes } from '../../src/base/index.ts';
import { databaseBytes } from '../../src/evidence/ios/testing.ts';
import { type PlistDict, writeXmlPlist } from '../../src/formats/plist/index.ts';
import type { SysdiagnoseLife } from './lives.data.ts';
import { HEALTHY, PLANTED } from './planted.data.ts';
import type { SysdiagnosePlant } from './sysdiagnose.ts';
import { PLANTED_APP } from './sysdiagnose-logs.ts';

/** Statistics, databases and property lists of a generated sysdiagnose. */
export function stateFiles(
  has: (plant: SysdiagnosePlant) => boolean,
  madeAtMs: number,
  life: SysdiagnoseLife,
): [string, Uint8Array][] {
  const seconds = Math.floor(madeAtMs / 1000) - 3600;
  const with_ = (plant: SysdiagnosePlant, usual: readonly string[], planted: string): string[] =>
    has(plant) ? [...usual, planted] : [...usual];
  const paths = ['/usr/libexec/locationd', '/usr/libexec/rolexecd2', '/Applications/Some App.app/Some App'];
  const program = `/usr/libexec/${PLANTED.process}`;
  const jsonl = with_('log-statistics', paths, program).map((process) => ({ process, percent: 1.5 }));
  const text = with_('log-statistics-text', paths, program).map((path, i) => `  - [ ${i + 1}, 12.5, ${path} ]\n`);
  const binaries = with_('loaded-binary', paths, program).map((path, i): [string, string] => [`UUID-${i}`, path]);
  const apps = ['com.example.listener2', 'org.example.notes'];
  const profile = has('profile') ? PLANTED.profile : HEALTHY.profile;
  const date = new Date(madeAtMs - 86_400_000);
  const list = (dict: PlistDict): Uint8Array => writeXmlPlist(dict);
  return [
    [
      'system_logs.logarchive/Extra/logdata.statistics.1.jsonl',
      utf8Bytes(
        `${JSON.stringify({ unixTime: seconds, type: 'File Rotate', file: 'x.tracev3', processList: jsonl })}\n{"cut`,
      ),
    ],
    [
      'system_logs.logarchive/Extra/logdata.statistics.0.txt',
      utf8Bytes(
        `--- !logd statistics record\ntime  : 2025-06-01 09:00:00+0200\nfile  : x.tracev3\ntype  : File Rotate\nprocs :\n${text.join('')}--- !other\n  - [ 1, 1.0, /usr/libexec/otherd ]\n`,
      ),
    ],
    ['logs/tailspindb/UUIDToBinaryLocations', list(Object.fromEntries(binaries))],
    [
      'logs/MCState/Shared/profile-1.stub',
      list({
        InstallDate: date,
        PayloadType: 'Configuration',
        PayloadUUID: profile,
        PayloadIdentifier: 'org.example.school',
        PayloadDisplayName: 'School',
        PayloadContent: [{ PayloadType: 'com.apple.wifi.managed', PayloadUUID: 'A-B', PayloadIdentifier: 'wifi' }],
      }),
    ],
    ...(has('profile-event') || life === 'managed'
      ? ([
          [
            'logs/MCState/Shared/MCProfileEvents.plist',
            list({
              ProfileEvents: [{ 'org.example.vpn': { timestamp: date, operation: 'install', process: 'profiled' } }],
            }),
          ],
        ] as [string, Uint8Array][])
      : []),
    [
      'logs/MCState/Shared/MCSettingsEvents.plist',
      list({
        restrictedBool: {
          allowCamera: { timestamp: date, event: 'set', process: has('setting') ? PLANTED.process : 'profiled' },
        },
      }),
    ],
    [
      'logs/Networking/com.apple.networkextension.plist',
      list({ $objects: ['$null', has('network-extension') ? PLANTED['sms-link'] : HEALTHY.host, 'com.example.vpn'] }),
    ],
    ['WiFi/com.apple.wifi.known-networks.plist', list({ 'wifi.network.ssid.Home': { AddedAt: date } })],
    ['logs/MobileBackup/com.apple.MobileBackup.plist', list({ LastBackupDate: date })],
    [
      'security-sysdiagnose.txt',
      utf8Bytes('ccstatus: 0\n2025-05-24 13:12:35 +0000 EventSoftFailure: Backup - Attributes: {}\n'),
    ],
    [
      'swcutil_show.txt',
      utf8Bytes(
        with_('associated-app', apps, PLANTED_APP)
          .map((app) => `Service: applinks\nApp ID:  ABCDE12345.${app}\nDomain: example.org\n${'-'.repeat(80)}\n`)
          .join(''),
      ),
    ],
    [
      'logs/appinstallation/appstored.sqlitedb',
      databaseBytes((database) => {
        database.exec(
          'CREATE TABLE app_install_event (pid INTEGER PRIMARY KEY, bundle_id TEXT, title TEXT, timestamp REAL)',
        );
        const insert = database.prepare('INSERT INTO app_install_event (bundle_id, title, timestamp) VALUES (?, ?, ?)');
        for (const app of with_('store-app', apps, PLANTED_APP)) insert.run(app, 'An app', seconds - 978_307_200);
      }),
    ],
    [
      'logs/powerlogs/powerlog_2025-05-31_0A1B.PLSQL.gz',
      new Uint8Array(
        gzipSync(
          databaseBytes((database) => {
            database.exec(`CREATE TABLE PLProcessNetworkAgent_EventInterval_UsageDiff (ID INTEGER PRIMARY KEY, timestamp REAL, ProcessName TEXT, BundleName TEXT);
              CREATE TABLE PLCoalitionAgent_EventInterval_CoalitionInterval (ID INTEGER PRIMARY KEY, timestamp REAL, LaunchdName TEXT, BundleId TEXT)`);
            const insert = database.prepare(
              'INSERT INTO PLProcessNetworkAgent_EventInterval_UsageDiff (timestamp, ProcessName) VALUES (?, ?)',
            );
            for (const name of with_('power-process', ['locationd', 'rolexecd2'], PLANTED.process)) {
              insert.run(seconds, name);
              insert.run(seconds + 60, name);
            }
          }),
        ),
      ),
    ],
  ];
}
