import { describe, expect, it } from 'vitest';
import { memoryFile } from '../block-file.ts';
import type { OpenFile } from '../evidence.ts';
import { appops } from './appops.ts';
import { deviceClock, knownMs } from './clock.ts';
import { findSections, PROPERTIES } from './dumpstate.ts';
import { linesOf } from './lines.ts';
import { packages } from './packages.ts';
import { androidFiles, readAll } from './testing.ts';

const fileOf = (text: string): OpenFile => memoryFile(new TextEncoder().encode(text));
const FENCE = '-'.repeat(79);

describe('linesOf()', () => {
  it('gives the same lines wherever the chunks end, and the start of a line that is too long', () => {
    const lines = Array.from({ length: 9000 }, (_, i) => `${i} ${'äx'.repeat(i % 60)}`);
    expect([...linesOf(fileOf(lines.join('\n')))]).toEqual(lines);
    expect([...linesOf(fileOf(lines.join('\r\n')))]).toEqual(lines);
    const long = 'y'.repeat(1_000_000);
    const [first, second, ...rest] = [...linesOf(fileOf(`a\n${long}\nb`))];
    expect([first, second?.length, rest]).toEqual(['a', 256 * 1024, ['b']]);
    expect([...linesOf(memoryFile(Uint8Array.of(0x61, 0xff, 0x0a, 0x62)))]).toEqual(['a\ufffd', 'b']);
  });
});

describe('findSections()', () => {
  const text = (file: OpenFile, { from, to }: { from: number; to: number }) =>
    new TextDecoder().decode(file.read(from, to - from));

  it('knows services with and without priority, the properties, and all that ends a section', () => {
    const file = fileOf(
      `== dumpstate: x\n------ SYSTEM PROPERTIES (getprop) ------\n[a]: [b]\n------ 0.1s was the duration of 'SYSTEM PROPERTIES' ------\n[not]: [these]\n` +
        `${FENCE}\nDUMP OF SERVICE CRITICAL package:\none\n--------- 0.1s was the duration of dumpsys package\n${FENCE}\nDUMP OF SERVICE HIGH meminfo:\ntwo\nDUMP OF SERVICE appops:\nthree\n${FENCE}-\nrest\nDUMP OF SERVICE x`,
    );
    expect(findSections(file).map((section) => [section.service, text(file, section)])).toEqual([
      [PROPERTIES, '[a]: [b]\n'],
      ['package', 'one\n--------- 0.1s was the duration of dumpsys package\n'],
      ['meminfo', 'two\n'],
      ['appops', 'three\n'],
    ]);
  });

  it('finds every section of a large file, whatever lies at the edges of what is read at once', () => {
    const part = (i: number) => `${FENCE}\nDUMP OF SERVICE s${i}:\n${`${'z'.repeat(97)}\n`.repeat(i % 50)}`;
    const texts = Array.from({ length: 4000 }, (_, i) => part(i));
    const file = fileOf(texts.join(''));
    expect(file.sizeBytes).toBeGreaterThan(9_000_000);
    const sections = findSections(file);
    expect(sections.map(({ service }) => service)).toEqual(texts.map((_, i) => `s${i}`));
    expect(sections.map(({ from, to }) => to - from)).toEqual(texts.map((_, i) => (i % 50) * 98));
  });

  it('passes over lines without end, also such that begin as a header', () => {
    const long = `DUMP OF SERVICE ${'a'.repeat(3_000_000)}:`;
    const file = fileOf(`${long}\n${'-'.repeat(3_000_000)}\nDUMP OF SERVICE b:\nx\n${FENCE}\n`);
    expect(findSections(file).map((section) => [section.service, text(file, section)])).toEqual([['b', 'x\n']]);
  });
});

describe('deviceClock()', () => {
  it('turns local times into UTC over changes of the clock, and marks those whose zone is not known', () => {
    const berlin = deviceClock('Europe/Berlin');
    const utc = (text: string) => new Date(berlin(text)?.ms ?? 0).toISOString();
    expect(utc('2024-01-15 12:00:00.315')).toBe('2024-01-15T11:00:00.315Z');
    expect(utc('2024-07-15-12-00-00')).toBe('2024-07-15T10:00:00.000Z');
    expect([utc('2024-03-31 01:59:59'), utc('2024-03-31 03:00:00')]).toEqual([
      '2024-03-31T00:59:59.000Z',
      '2024-03-31T01:00:00.000Z',
    ]);
    expect(utc('2024-05-01 10:00:00.000000000+0200')).toBe('2024-05-01T08:00:00.000Z');
    for (const zone of [undefined, 'Nowhere/City', '']) {
      const time = deviceClock(zone)('2024-01-15 12:00:00');
      expect([time?.zoneUnknown, time?.ms, knownMs(time)]).toEqual([true, Date.UTC(2024, 0, 15, 12), undefined]);
    }
    for (const text of [
      '',
      'x',
      '2024-13-01 00:00:00',
      '2024-01-01 25:00:00',
      '0000-00-00 00:00:00',
      '12-31 10:00:00.1',
    ])
      expect(berlin(text)).toBeUndefined();
  });
});

describe('layouts of Android 10 to 16', () => {
  const section = (service: string, text: string) => ({
    'dumpsys.txt': `DUMP OF SERVICE ${service}:\n${text}\n${FENCE}\n`,
    'getprop.txt': '[persist.sys.timezone]: [Asia/Tokyo]\n',
  });

  it('package: userId= and appId=, install times at the app or at its users, permissions by their lists', async () => {
    const text = `Packages:
  Package [com.ten] (1):
    userId=10001
    versionCode=5 minSdk=21 targetSdk=29
    firstInstallTime=2024-01-01 00:00:00
    pkgFlags=[ HAS_CODE ]
    User 0: ceDataInode=1 installed=true hidden=false
  Package [com.sixteen] (2):
    appId=10002
    versionName=1.0
    installerPackageName=com.android.vending
    pkgFlags=[ SYSTEM HAS_CODE ]
    declared permissions:
      com.sixteen.P: prot=signature, INSTALLED
    requested permissions:
      android.permission.CAMERA
      android.permission.INTERNET: restricted=true
    install permissions:
      android.permission.INTERNET: granted=true
    User 0: ceDataInode=1 deDataInode=2 installed=false hidden=false
      installReason=0
      firstInstallTime=2024-02-01 09:00:00
      gids=[3003]
      runtime permissions:
        android.permission.CAMERA: granted=false, flags=[ USER_SET ]
      disabledComponents:
        com.sixteen.Component
    User 10: installed=true
      firstInstallTime=2024-03-01 09:00:00

Hidden system packages:
  Package [com.hidden] (3):
    appId=10003
`;
    const { records } = await readAll(packages, await androidFiles(section('package', text)));
    const utc = (iso: string) => ({ ms: Date.parse(iso), zoneUnknown: false });
    expect(records).toMatchObject([
      {
        packageName: 'com.ten',
        uid: '10001',
        versionCode: '5',
        firstInstallTime: utc('2023-12-31T15:00:00Z'),
        system: false,
        installed: true,
      },
      {
        packageName: 'com.sixteen',
        uid: '10002',
        installer: 'com.android.vending',
        firstInstallTime: utc('2024-02-01T00:00:00Z'),
        system: true,
        // For the second user it is.
        installed: true,
        permissions: [
          { name: 'com.sixteen.P', kind: 'declared', granted: undefined },
          { name: 'android.permission.INTERNET', kind: 'install', granted: true },
          { name: 'android.permission.CAMERA', kind: 'runtime', granted: false },
        ],
        requestedPermissions: ['android.permission.CAMERA', 'android.permission.INTERNET'],
      },
    ]);
    expect(records).toHaveLength(2);
  });

  it('appops: entries at the permission, or below attributions from Android 11 on', async () => {
    const text = `Current AppOps Service state:

  Uid u0a7:
    state=fg
    capability=LCMN
    appWidgetVisible=false
      COARSE_LOCATION: mode=foreground
    Package com.a:
      CAMERA (allow / switch RECORD=ignore):
        null=[
          Access: [fg-s] 2024-05-01 10:00:00.000 (-1d)
        ]
        attribution tag=[
          Reject: [bg-s] 2024-05-02 10:00:00.000 (-1h)
        ]

Historical ops:
    Package com.b:
      CAMERA (allow):
`;
    const { records } = await readAll(appops, await androidFiles(section('appops', text)));
    expect(records).toMatchObject([
      {
        packageName: 'com.a',
        uid: 'u0a7',
        permissions: [
          {
            name: 'CAMERA',
            mode: 'allow',
            entries: [{ access: 'Access', time: { ms: Date.UTC(2024, 4, 1, 1) } }, { access: 'Reject' }],
          },
        ],
      },
    ]);
    expect(records).toHaveLength(1);
  });

  it('says that a service was cut off, and reads the older names of Samsung', async () => {
    const text = `Packages:\n  Package [com.a] (1):\n    userId=1\n*** SERVICE 'package' DUMP TIMEOUT (10000ms) EXPIRED ***`;
    const file = `DUMP OF SERVICE package:\n${text}\n`;
    const { rows } = await readAll(packages, await androidFiles({ 'log/dumpState_G991B_202401010000.log': file }));
    expect(rows).toEqual([
      {
        artefact: 'packages',
        path: 'log/dumpState_G991B_202401010000.log',
        records: 1,
        status: 'unreadable',
        why: 'the phone stopped writing after 1 records: timeout',
      },
    ]);
  });
});
