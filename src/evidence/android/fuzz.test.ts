import { existsSync, readFileSync } from 'node:fs';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, utf8Bytes } from '../../base/index.ts';
import { processorMs, runs } from '../../base/testing.ts';
import { makeAndroidBackup } from '../../formats/android-backup/testing.ts';
import { tarPart } from '../../formats/tar/testing.ts';
import { makeZip } from '../../formats/zip/testing.ts';
import type { ArtefactModule } from '../evidence.ts';
import { accessibility } from './accessibility.ts';
import { adb } from './adb.ts';
import { appops } from './appops.ts';
import { backupApps } from './backup-apps.ts';
import { batteryDaily } from './battery-daily.ts';
import { batteryHistory } from './battery-history.ts';
import { dbinfo } from './dbinfo.ts';
import { fileTimes } from './file-times.ts';
import type { AndroidFiles } from './files.ts';
import { getprop } from './getprop.ts';
import { intrusionLogs } from './intrusion-logs.ts';
import { packages } from './packages.ts';
import { platformCompat } from './platform-compat.ts';
import { qfFiles } from './qf-files.ts';
import { qfMounts } from './qf-mounts.ts';
import { qfPackages } from './qf-packages.ts';
import { qfProcesses } from './qf-processes.ts';
import { qfRootBinaries } from './qf-root-binaries.ts';
import { qfSettings } from './qf-settings.ts';
import { activities, receivers } from './resolvers.ts';
import { smsBackup } from './sms-backup.ts';
import { androidFiles } from './testing.ts';
import { tombstones } from './tombstones.ts';

const MODULES: readonly ArtefactModule<AndroidFiles, unknown>[] = [
  accessibility,
  activities,
  adb,
  appops,
  backupApps,
  batteryDaily,
  batteryHistory,
  dbinfo,
  fileTimes,
  getprop,
  intrusionLogs,
  packages,
  platformCompat,
  qfFiles,
  qfMounts,
  qfPackages,
  qfProcesses,
  qfRootBinaries,
  qfSettings,
  receivers,
  smsBackup,
  tombstones,
].map((module) => module as ArtefactModule<AndroidFiles, unknown>); // records are only counted here

const MVT = '../shared/data/mvt-artifacts';
const SECTIONS: Readonly<Record<string, string>> = {
  accessibility: 'installed services: {\n 0 : com.a/.B\n}\nEnabled services:{{com.c/d}, {com.e/.F}}\n',
  adb: `{\n debugging_manager={\n connected_to_adb=true\n user_keys=${'QUFB'.repeat(40)} a@b\n\n keystore=<adbKey key="${'QUFB'.repeat(40)} a@b" lastConnection="1628501829898" />\n}\n}\n`,
  appops:
    '  Uid 0:\n    Package com.a:\n      CAMERA (allow):\n          Access: [fg-s] 2024-05-01 10:00:00.000 (-1d)\n\n',
  batterystats:
    'Battery History (0%):\n  0 (19) RESET:TIME: 2022\n  +1s (2) 1 +job=u0a9:"com.a/.B" +wake_lock=1:"*walarm*:com.a.B.C"\n\nDaily stats:\n  Daily from 2024-01-05-00-00-00 to 2024-01-06-00-00-00:\n      Update com.a vers=9\n',
  dbinfo:
    'Connection pool for /data/user/0/com.a/x.db:\n Most recently executed operations:\n  0: [2023-07-27 12:21:44.097] [Pid:(0)]prepare took 2ms - succeeded, sql="SELECT 1", path=/a\n',
  package:
    'Receiver Resolver Table:\n  Non-Data Actions:\n      a.b.C:\n        1a com.a/.B\n\nPackages:\n  Package [com.a] (1):\n    userId=1\n    install permissions:\n      a.b: granted=true\n    User 0: installed=true\n',
  platform_compat: 'ChangeId(168419799; name=DOWNSCALED; rawOverrides={com.a=false, com.b=true}; overridable)\n',
};
const DUMP = Object.entries(SECTIONS)
  .map(([name, text]) => `${'-'.repeat(79)}\nDUMP OF SERVICE ${name}:\n${text}`)
  .join('');
const event = (kind: string, fields: unknown) => JSON.stringify({ [kind]: fields });
const messages = [
  {
    address: '+1',
    body: 'https://a.example/x',
    date: '1600000000000',
    type: '1',
    msg_box: 1,
    mms_body: 'x',
    mms_addresses: [{ type: 137, address: 'a@b' }],
  },
];
const FILES: Readonly<Record<string, Uint8Array>> = {
  'dumpsys.txt': utf8Bytes(DUMP),
  'getprop.txt': utf8Bytes('[persist.sys.timezone]: [Europe/Berlin]\n[a.b]: [c]\n'),
  'packages.json': utf8Bytes(
    JSON.stringify([
      { name: 'com.a', installer: 'null', files: [{ path: '/a', sha256: 'ab', certificate: { Md5: 'a' } }] },
    ]),
  ),
  'files.json': utf8Bytes('{"path":"/a","mode":"-rwsr","modified_time":1,"md5":"a"}\n{"path":"/b"}\n'),
  'mounts.json': utf8Bytes('["/a on /system type ext4 (rw)","/a / ext4 ro 0 0"]'),
  'processes.json': utf8Bytes('[{"pid":1,"uid":0,"path":"/a","filename":"b.c:d"}]'),
  'ps.txt': utf8Bytes(
    'USER PID PPID VSZ RSS WCHAN ADDR S NAME\nroot 1 0 6 2 0 0 S init\nu:r:a:s0 root 1 0 6 2 0 S [x]\n',
  ),
  'settings_secure.txt': utf8Bytes('a=1\naccessibility_enabled=1\n'),
  'root_binaries.json': utf8Bytes('["/system/bin/su",{"path":"/x"}]'),
  'log.txt': utf8Bytes(
    [
      event('dns_event', { event_time: 1_700_000_000_000, hostname: 'a', ip_addresses: ['/1.2.3.4'] }),
      event('security_event', { event_time: 1.7e18, adb_shell_cmd: { command: 'a /b' } }),
    ].join('\n'),
  ),
  'usage.json': utf8Bytes(
    JSON.stringify(
      {
        usageLogEvents: [
          {
            eventType: 'APP_PROCESS_START',
            eventTime: '2026-01-01T00:00:00Z',
            xEvent: { processInfo: { apkSha256Hash: 'VwzXa79JzxLg8ss0e2in37zyFREtXpsz4bp+jWYmG9v=' } },
          },
        ],
      },
      null,
      1,
    ),
  ),
  '000000_sms_backup': new Uint8Array(deflateSync(JSON.stringify(messages))),
  '000001_mms_backup': new Uint8Array(deflateSync(JSON.stringify(messages))),
  tombstone_00: utf8Bytes(
    '*** ***\nTimestamp: 2024-05-01 10:00:00+0200\npid: 10, tid: 11, name: a  >>> /b <<<\nuid: 0\n',
  ),
  'bugreport.zip': makeZip([
    { name: 'FS/data/a', data: utf8Bytes('x') },
    { name: 'dumpstate.txt', data: utf8Bytes(DUMP) },
  ]),
  'backup.ab': makeAndroidBackup(
    concatBytes([
      tarPart('apps/com.a/d_f/000000_sms_backup', '0', new Uint8Array(deflateSync(JSON.stringify(messages)))),
      new Uint8Array(1024),
    ]),
  ),
  ...(existsSync(MVT)
    ? { 'tombstone_01.pb': readFileSync(`${MVT}/android_data/tombstone_process.pb`).subarray(0, 4000) }
    : {}),
};

/** Pieces that parsers stumble over. */
const PIECES = [
  '\n',
  '\0',
  ' ',
  '{',
  '}',
  '[',
  ']',
  '"',
  ':',
  '=',
  '/',
  ': ',
  '\n\n',
  '-'.repeat(79),
  '\nDUMP OF SERVICE package:\n',
  '999999999999999999999',
  '-1',
  'null',
  '\u2028',
  '\ud800',
  '__proto__',
  'constructor',
  '{"a":'.repeat(200),
  'Package [',
  'User 0:',
  '🙂',
].map((text) => utf8Bytes(text));

/** Cuts, copies, changes and adds. */
const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(60),
  how: fc.constantFrom('cut', 'copy', 'change', 'add'),
  piece: fc.oneof(fc.constantFrom(...PIECES), fc.uint8Array({ maxLength: 8 })),
});

function mutate(
  bytes: Uint8Array,
  { at, length, how, piece }: { at: number; length: number; how: string; piece: Uint8Array },
): Uint8Array {
  const start = Math.floor(at * bytes.length);
  const [before, after] = [bytes.subarray(0, start), bytes.subarray(start)];
  if (how === 'cut') return concatBytes([before, after.subarray(length)]);
  if (how === 'copy') return concatBytes([before, after.subarray(0, length), after]);
  return concatBytes([before, piece, how === 'change' ? after.subarray(piece.length) : after]);
}

/** Reads all by all modules; the slowest may take a second. */
async function readEverything(files: Readonly<Record<string, Uint8Array>>): Promise<number> {
  const start = processorMs();
  const source = await androidFiles(files);
  let rows = 0;
  for (const module of MODULES) {
    for (const { why, artefact } of await module.read(source, { record() {}, sighting() {}, event() {} })) {
      rows++;
      expect(why ?? '', artefact).not.toContain('internal error');
    }
  }
  expect(processorMs() - start).toBeLessThan(1000);
  return rows;
}

describe('modules of Android evidence', () => {
  it('read their vectors', async () => {
    expect(await readEverything(FILES)).toBeGreaterThan(20);
  });

  it('end with rows on any mutated file', async () => {
    const names = Object.keys(FILES);
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.array(mutation, { minLength: 1, maxLength: 6 }),
        async (name, mutations) => {
          const bytes = mutations.reduce(mutate, FILES[name] ?? new Uint8Array(0));
          expect(await readEverything({ [name]: bytes })).toBeGreaterThan(0);
        },
      ),
      { numRuns: runs(600) },
    );
  });

  it('take time in proportion to lines without end', async () => {
    const units = [
      'a.',
      'a/',
      '/',
      '{',
      '[',
      '(',
      '"',
      ':',
      '=',
      ' ',
      '- ',
      '+job=',
      '+job=a:"',
      'rawOverrides={',
      'QUFB',
      '<adbKey key="',
      'Access: [',
      'com.a/',
      '0: [',
      'sql="',
      'User 0: ',
      'a: granted=',
      ' type ',
      ' on ',
      'S ',
      '\ud83d',
    ];
    for (const unit of units) {
      const line = unit.repeat(Math.ceil(300_000 / unit.length));
      const services = Object.entries(SECTIONS).map(
        ([name, text]) => `DUMP OF SERVICE ${name}:\n${text}${line}\n${text.split('\n')[0]}${line}\n`,
      );
      for (const service of services) await readEverything({ 'dumpsys.txt': utf8Bytes(service) });
      const texts = ['getprop.txt', 'ps.txt', 'files.json', 'log.txt', 'settings_secure.txt', 'tombstone_00'];
      for (const name of texts)
        await readEverything({ [name]: concatBytes([FILES[name] ?? new Uint8Array(0), utf8Bytes(line)]) });
      await readEverything({ 'mounts.json': utf8Bytes(JSON.stringify([line, `${line} on ${line} type x (${line})`])) });
    }
  }, 120_000);
});
