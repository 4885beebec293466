import { describe, expect, it } from 'vitest';
import { makeSysdiagnose, packSysdiagnose } from '../../test/synthetic/sysdiagnose.ts';
import { utf8Bytes } from '../base/index.ts';
import { type EvidenceTree, memoryTree } from '../evidence/index.ts';
import { appleSeconds, backupTree, databaseBytes } from '../evidence/ios/testing.ts';
import { examine } from './index.ts';
import { compileIndicators } from './indicators/index.ts';

const AT_MS = Date.parse('2025-05-20T09:00:00Z');
const MINUTE = 60_000;
const IMTRANSCODER = 'IMTranscoderAgent';

async function told(...trees: readonly EvidenceTree[]): Promise<string[]> {
  const options = { nowMs: AT_MS + 30 * 86_400_000, progress: () => undefined, passwords: [], level: 'quick' } as const;
  const result = await examine(trees, compileIndicators([]), options);
  if ('unknown' in result) throw new Error('not recognised');
  return result.findings
    .filter(({ artefact }) => artefact === 'correlation')
    .map(({ level, verdict, value, atMs }) => `${level} ${verdict} ${value} ${new Date(atMs ?? 0).toISOString()}`);
}

/** A sysdiagnose with crashes of a program, so many minutes after the moment. */
function sysdiagnose(...crashes: readonly (readonly [program: string, afterMinutes: number])[]): EvidenceTree {
  const files = makeSysdiagnose();
  for (const [i, [name, minutes]] of crashes.entries()) {
    const timestamp = new Date(AT_MS + minutes * MINUTE)
      .toISOString()
      .replace('T', ' ')
      .replace(/\.\d+Z/, '.00 +0000');
    const header = {
      app_name: name,
      timestamp,
      bug_type: '309',
      os_version: 'iPhone OS 18.5 (22F76)',
      incident_id: 'A',
    };
    const body = { procName: name, procPath: `/usr/libexec/${name}`, captureTime: timestamp };
    files.set(
      `crashes_and_spins/${name}-2025-05-20-0900${10 + i}.ips`,
      utf8Bytes(`${JSON.stringify(header)}\n${JSON.stringify(body)}`),
    );
  }
  return { ...memoryTree('s', new Map([['s.tar.gz', packSysdiagnose(files)]])), single: true };
}

/** A backup whose programs used the network for the first time so many minutes after the moment. */
function backup(
  ...programs: readonly (readonly [program: string, afterMinutes: number, bundleId?: string])[]
): EvidenceTree {
  const bytes = databaseBytes((database) => {
    database.exec(`CREATE TABLE ZPROCESS (Z_PK INTEGER PRIMARY KEY, ZFIRSTTIMESTAMP REAL, ZTIMESTAMP REAL, ZBUNDLENAME VARCHAR, ZPROCNAME VARCHAR);
      CREATE TABLE ZLIVEUSAGE (Z_PK INTEGER PRIMARY KEY, ZHASPROCESS INTEGER, ZTIMESTAMP REAL)`);
    const insert = database.prepare('INSERT INTO ZPROCESS VALUES (?, ?, ?, ?, ?)');
    for (const [i, [name, minutes, bundle]] of programs.entries()) {
      const first = appleSeconds(new Date(AT_MS + minutes * MINUTE).toISOString());
      insert.run(i + 1, first, first + 1e5, bundle ?? null, name);
    }
  });
  return backupTree([{ domain: 'WirelessDomain', path: 'Library/Databases/DataUsage.sqlite', bytes }]);
}

describe('a crash of what opens messages', () => {
  it('is told with a program that began to use the network within ten minutes, also from two kinds of evidence', async () => {
    const found = ['medium unusual IMTranscoderAgent, bh 2025-05-20T09:00:00.000Z'];
    expect(await told(sysdiagnose([IMTRANSCODER, 0]), backup(['bh', 10]))).toEqual(found);
    expect(await told(backup(['bh', 0]), sysdiagnose([IMTRANSCODER, 0]))).toEqual(found);
  });

  it('is told of the last of many crashes, too: an attack may need them', async () => {
    const loop = Array.from({ length: 30 }, (_, i) => [IMTRANSCODER, i / 2] as const);
    expect(await told(sysdiagnose(...loop), backup(['bh', 24]))).toEqual([
      'medium unusual IMTranscoderAgent, bh 2025-05-20T09:14:00.000Z',
    ]);
  });

  it.each([
    ['alone', sysdiagnose([IMTRANSCODER, 0]), backup(['bh', 11])],
    ['after the program', sysdiagnose([IMTRANSCODER, 1]), backup(['bh', 0])],
    ['of another program', sysdiagnose(['Music', 0]), backup(['bh', 1])],
    ['before an app that was opened', sysdiagnose([IMTRANSCODER, 0]), backup(['Chat', 1, 'org.example.chat'])],
    [
      'before a daemon that works for an app',
      sysdiagnose([IMTRANSCODER, 0]),
      backup(['nsurlsessiond/org.example.chat', 1]),
    ],
    [
      'in an update, when everything begins at once',
      sysdiagnose([IMTRANSCODER, 0]),
      backup(...Array.from({ length: 12 }, (_, i) => [`daemon${i}`, i / 2] as const)),
    ],
  ])('is not told %s', async (_, ...trees) => {
    expect(await told(...trees)).toEqual([]);
  });

  it('is told on Android with an app from a file, where the zone of both times is known', async () => {
    const report = (
      crashed: string,
      installer: string,
      zone = '[persist.sys.timezone]: [Europe/Berlin]\n',
    ): EvidenceTree => {
      const files = {
        'getprop.txt': `[ro.a]: [b]\n${zone}`,
        'dumpsys.txt': `${'-'.repeat(79)}\nDUMP OF SERVICE package:\nPackages:\n  Package [com.malware.blah] (1):\n    appId=10001\n    firstInstallTime=2025-05-20 11:04:00\n    installerPackageName=${installer}\n    User 0: installed=true\n\n`,
        'FS/data/tombstones/tombstone_00': `*** *** ***\nTimestamp: 2025-05-20 11:00:00+0200\npid: 10, tid: 11, name: a  >>> ${crashed} <<<\nuid: 1046\n`,
      };
      return memoryTree('qf', new Map(Object.entries(files).map(([path, text]) => [path, utf8Bytes(text)])));
    };
    const [codec, byFile] = [
      '/vendor/bin/hw/android.hardware.media.c2@1.2-mediatek',
      'com.google.android.packageinstaller',
    ];
    expect(await told(report(codec, byFile))).toEqual([
      'medium unusual android.hardware.media.c2@1.2-mediatek, com.malware.blah 2025-05-20T09:00:00.000Z',
    ]);
    expect(await told(report(codec, 'com.android.vending'))).toEqual([]);
    expect(await told(report('/system/bin/adbd', byFile))).toEqual([]);
    expect(await told(report(codec, byFile, ''))).toEqual([]);
  });
});
