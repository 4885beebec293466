import { deflateSync } from 'node:zlib';
import { concatBytes, utf8Bytes } from '../../src/base/index.ts';
import { makeAndroidBackup } from '../../src/formats/android-backup/testing.ts';
import { tarPart } from '../../src/formats/tar/testing.ts';
import { makeZip } from '../../src/formats/zip/testing.ts';
import { dumpstateText, type Has, mountinfoText, propertiesText, tombstoneFiles } from './android-dumps.ts';
import { type AndroidPlant, HEALTHY_APPS } from './android-plants.data.ts';
import { disguised } from './disguise.ts';
import type { AndroidLife } from './lives.data.ts';
import { seeded } from './random.ts';

export interface AndroidOptions {
  readonly seed?: number;
  /** Look-alikes of every trace are there without them. */
  readonly plants?: readonly string[];
  /** A way to live that looks like an attack; an ordinary one where nothing is said. */
  readonly life?: string;
  /** Of the `.ab` backup. */
  readonly password?: string;
  /** Packages that it has besides, and files that lie in its bug report or collection. */
  readonly apps?: readonly string[];
  readonly files?: readonly (readonly [path: string, text: string])[];
}

/** When the evidence of generated phones is collected. */
export const COLLECTED_AT_MS = Date.UTC(2025, 5, 1, 8);

const hasOf =
  ({ plants = [], life = 'ordinary' }: AndroidOptions): Has =>
  (name: AndroidPlant | AndroidLife) =>
    name === life || plants.includes(name);

/** A bug report as the phone shares it: a zip. */
export function makeBugreport(options: AndroidOptions = {}): Uint8Array {
  const has = hasOf(options);
  const text = dumpstateText(has, options.seed ?? 1, options.apps);
  const name = 'bugreport-generated-2025-06-01-10-00-00.txt';
  const files: [string, string][] = [
    ['main_entry.txt', name],
    [name, text],
    ['FS/proc/1/mountinfo', mountinfoText(has)],
    ...tombstoneFiles(has),
    ...(options.files ?? []).map(([path, content]): [string, string] => [`FS/data/misc/${path}`, content]),
  ];
  return makeZip(files.map(([path, content]) => ({ name: path, data: utf8Bytes(content) })));
}

/** A collection of AndroidQF by path: lists, dumps of services, the bug report and the backup. */
export function makeCollection(options: AndroidOptions = {}): Map<string, Uint8Array> {
  const has = hasOf(options);
  const random = seeded((options.seed ?? 1) + 1000);
  const json = (value: unknown): Uint8Array => utf8Bytes(JSON.stringify(value));
  return new Map<string, Uint8Array>([
    ['acquisition.json', json({ androidqf_version: '1.7.0', started: '2025-06-01T08:00:00Z' })],
    ['getprop.txt', utf8Bytes(propertiesText(has, options.seed ?? 1))],
    ['packages.json', json(packageList(has, options.apps ?? []))],
    ['files.json', json(fileList(has, random, options.files ?? []))],
    ['mounts.json', json(mounts(has))],
    ['processes.txt', utf8Bytes(processes(has))],
    [
      'root_binaries.json',
      json([...(has('root-binary') ? ['/system/xbin/su'] : []), ...(has('rooted') ? ['/product/bin/su'] : [])]),
    ],
    ['settings_global.txt', utf8Bytes(settings(has))],
    ['bugreport.zip', makeBugreport(options)],
    ['backup.ab', makeArchive(options)],
    ...(options.files ?? []).map(([path, text]) => [`logs/${path}`, utf8Bytes(text)] as const),
  ]);
}

/** A backup of `adb backup`: messages and the apps' folders. */
export function makeArchive(options: AndroidOptions = {}): Uint8Array {
  const has = hasOf(options);
  const random = seeded((options.seed ?? 1) + 2000);
  const host = has('backup-message') ? 'backup-relay.example' : 'backup-relay.example.org';
  const texts = [
    `parcel ${disguised(host, random)}`,
    'Look at https://desk.example/?next=backup-relay.example',
    'backup-relay.example.net is another site',
    ...(has('reader')
      ? ['They used backup-relay[.]example', 'https://lookup.example.org/gui/domain/backup-relay.example']
      : []),
  ];
  const messages = texts.map((body, i) => ({
    address: '+14155550100',
    body,
    date: `${COLLECTED_AT_MS - i * 60_000}`,
    date_sent: `${COLLECTED_AT_MS - i * 60_000}`,
    type: '1',
    read: '1',
  }));
  const apps = [
    'org.example.notes',
    'com.example.backupapp2',
    ...(options.apps ?? []),
    ...(has('backup-app') ? ['com.example.backupapp'] : []),
  ];
  const packed = new Uint8Array(deflateSync(JSON.stringify(messages)));
  const tar = concatBytes([
    tarPart('apps/com.android.providers.telephony/d_f/000000_sms_backup', '0', packed),
    ...apps.map((app) => tarPart(`apps/${app}/_manifest`, '0', utf8Bytes(`1\n${app}\n`))),
    new Uint8Array(1024),
  ]);
  return makeAndroidBackup(tar, options.password === undefined ? {} : { password: options.password });
}

/** Intrusion logs of Android 16, an event a line, by path. */
export function makeIntrusionLogs(options: AndroidOptions = {}): Map<string, Uint8Array> {
  const has = hasOf(options);
  const random = seeded((options.seed ?? 1) + 3000);
  let id = 0;
  const at = (): number => COLLECTED_AT_MS - Math.floor(random() * 86_400_000);
  const security = (tag: string, fields: unknown): string =>
    `{"security_event":{"event_id":${++id},"event_time":${at()}000000,"${tag}":${JSON.stringify(fields)}}}`;
  const network = (kind: string, fields: object): string =>
    JSON.stringify({ [kind]: { event_time: at(), package_name: 'org.example.notes', ...fields } });
  const dns = (hostname: string, address: string): string =>
    network('dns_event', { hostname, ip_addresses: [`/${address}`] });
  const connect = (host: string): string => network('connect_event', { ip_address: `${host}/192.0.2.8`, port: 443 });
  const planted = (plant: AndroidPlant | AndroidLife, line: () => string): string[] => (has(plant) ? [line()] : []);
  const lines = [
    ...Array.from({ length: 40 }, (_, i) => dns(`site${i}.example.com`, `192.0.2.${i}`)),
    dns('dns-relay.example.org', '198.51.100.7'),
    connect('xconnect-relay.example'),
    security('app_process_start', { process: 'com.example.startedapp2' }),
    ...(options.apps ?? []).map((process) => security('app_process_start', { process })),
    security('package_installed', { package_name: 'com.example.newapp2' }),
    security('adb_shell_cmd', { command: 'ls /data/local/tmp/relay2' }),
    security('cert_authority_installed', { subject: 'CN=Refused', success: false }),
    security('crypto_self_test_completed', { success: true }),
    security('os_startup', { verified_boot_state: 'green' }),
    ...planted('managed', () =>
      security('cert_authority_installed', { subject: 'CN=Employer Root,O=Employer', success: true }),
    ),
    ...planted('looked-up', () => dns('a.dns-relay.example', '192.0.2.9')),
    ...planted('address', () => dns('plain.example.com', '198.51.100.77')),
    ...planted('connected', () => connect('connect-relay.example')),
    ...planted('started', () => security('app_process_start', { process: 'com.example.startedapp' })),
    ...planted('installed-by-log', () => security('package_installed', { package_name: 'com.example.newapp' })),
    ...planted('shell-path', () => security('adb_shell_cmd', { command: 'sh /data/local/tmp/relay/run' })),
    ...planted('authority-added', () => security('cert_authority_installed', { subject: 'CN=Relay', success: true })),
    ...planted('certificate-refused', () => security('cert_validation_failure', 'chain validation failed')),
    ...planted('key-changed', () => security('key_integrity_violation', { key_id: 'k1' })),
    ...planted('wipe-failed', () => security('wipe_failure', {})),
    ...planted('started-unverified', () => security('os_startup', { verified_boot_state: 'orange' })),
    ...planted('logging-stopped', () => security('logging_stopped', {})),
  ];
  return new Map([['intrusion-2025-06-01.txt', utf8Bytes(`${lines.join('\n')}\n`)]]);
}

function packageList(has: Has, more: readonly string[]): unknown[] {
  const app = (name: string, more: object = {}): unknown => ({
    name,
    installer: 'com.android.vending',
    system: false,
    disabled: false,
    files: [{ path: `/data/app/${name}/base.apk`, sha256: '00'.repeat(32), certificate: { Sha256: '11'.repeat(32) } }],
    ...more,
  });
  const file = (sha256: string, certificate: string): object => ({
    files: [{ path: '/data/app/x/base.apk', sha256, certificate: { Sha256: certificate } }],
  });
  return [
    ...[...HEALTHY_APPS, ...more].map((name) => app(name)),
    app('com.example.maker', { installer: 'null', system: true }),
    app('com.wssyncmldm', { system: true, disabled: has('guard-disabled') }),
    ...(has('managed')
      ? [
          app('com.google.android.apps.work.clouddpc'),
          app('com.example.workmail', { installer: 'com.google.android.apps.work.clouddpc' }),
        ]
      : []),
    ...(has('maker')
      ? [
          app('com.example.gallery', { installer: 'com.sec.android.app.samsungapps' }),
          app('com.samsung.android.bixby.agent', { system: true, disabled: true, installer: 'null' }),
        ]
      : []),
    ...(has('tinkerer')
      ? [
          app('org.example.fossmap', { installer: 'org.fdroid.fdroid' }),
          app('org.example.fetched', { installer: 'com.google.android.packageinstaller' }),
        ]
      : []),
    ...(has('rooted') ? [app('com.topjohnwu.magisk', { installer: 'null' })] : []),
    ...(has('listed-app') ? [app('com.example.listedapp')] : []),
    ...(has('listed-hash') ? [app('org.example.hashed', file('ab'.repeat(32), '11'.repeat(32)))] : []),
    ...(has('listed-certificate') ? [app('org.example.signed', file('00'.repeat(32), 'cd'.repeat(32)))] : []),
    ...(has('app-by-cable') ? [app('com.example.cable', { installer: 'null' })] : []),
  ];
}

function fileList(has: Has, random: () => number, more: readonly (readonly [path: string, text: string])[]): unknown[] {
  const file = (path: string, mode = '-rw-r--r--'): unknown => ({
    path,
    mode,
    user_id: 0,
    modified_time: Math.floor(COLLECTED_AT_MS / 1000 - random() * 8_640_000),
  });
  return [
    ...['/sdcard/DCIM/a.jpg', '/sdcard/.relay2/agent', '/sdcard/.relay/agents', '/data/local/tmpx/y'].map((path) =>
      file(path),
    ),
    ...more.map(([path]) => file(`/sdcard/Download/${path}`)),
    file('/data/local/tmp/collector'),
    file('/system/bin/run-as', '-rwsr-x---'),
    ...(has('rooted')
      ? [
          file('/data/local/tmp/scrcpy-server.jar'),
          file('/data/local/tmp/perfetto-traces', 'drwxrwxrwx'),
          file('/data/local/tmp/lldb-server', '-rwxr-xr-x'),
          file('/data/adb/magisk/busybox', '-rwxr-xr-x'),
        ]
      : []),
    ...(has('file-in-tmp') ? [file('/data/local/tmp/tool')] : []),
    ...(has('file-set-uid') ? [file('/data/adb/tool', '-rwsr-xr-x')] : []),
    ...(has('file-path') ? [file('/sdcard/.relay/agent')] : []),
  ];
}

function mounts(has: Has): string[] {
  return [
    `/dev/block/dm-1 on /system type ext4 (${has('system-writable') ? 'rw' : 'ro'},seclabel)`,
    '/dev/block/dm-3 on /product_services type ext4 (rw)',
    '/dev/block/dm-5 on /data type f2fs (rw,noatime)',
  ];
}

function processes(has: Has): string {
  const names = [
    'init',
    'gatekeeperd',
    'runrelayd2',
    'com.android.systemui',
    ...(has('running-process') ? ['runrelayd'] : []),
  ];
  const rows = names.map((name, i) => `system ${100 + i} 1 68696 2864 0 0 S ${name}\n`);
  return `USER PID PPID VSZ RSS WCHAN ADDR S NAME\n${rows.join('')}`;
}

function settings(has: Has): string {
  return `package_verifier_enable=${has('guard-setting') ? 0 : 1}\nverifier_verify_adb_installs=1\naccessibility_enabled=${has('assisted') ? 1 : 0}\nother=0\n${has('maker') ? 'samsung_errorlog_agree=0\n' : ''}`;
}
