import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { PLANTED } from '../../../test/synthetic/planted.data.ts';
import {
  makeSysdiagnose,
  packSysdiagnose,
  type SysdiagnosePlant,
  sysdiagnoseName,
} from '../../../test/synthetic/sysdiagnose.ts';
import { PLANTED_APP } from '../../../test/synthetic/sysdiagnose-logs.ts';
import { utf8Bytes } from '../../base/index.ts';
import { type EvidenceTree, memoryTree } from '../../evidence/index.ts';
import type { IndicatorKey } from '../../formats/stix/index.ts';
import { examine } from '../index.ts';
import { compileIndicators } from '../indicators/index.ts';

const INDICATORS: readonly (readonly [IndicatorKey, string])[] = [
  ['process:name', PLANTED.process],
  ['process:name', PLANTED.permission],
  ['app:id', PLANTED_APP],
  ['file:path', '/usr/sbin/filecoordinationdx'],
  ['configuration-profile:id', PLANTED.profile],
  ['domain-name', PLANTED['sms-link']],
];

async function run(tree: EvidenceTree, pairs = INDICATORS, level: 'quick' | 'thorough' = 'thorough') {
  const indicators = pairs.map(([key, value], i) => ({ id: `i${i}`, key, value, collection: 'Family' }));
  const result = await examine([tree], compileIndicators([{ source: 's', bundle: { unsupported: [], indicators } }]), {
    passwords: [],
    level,
    nowMs: Date.UTC(2025, 5, 2),
    progress: () => undefined,
  });
  if ('unknown' in result) throw new Error('not recognised');
  return {
    ...result,
    told: result.findings.map(({ level: how, verdict, artefact, value }) => `${how} ${verdict} ${artefact} ${value}`),
    rows: result.examined.map(({ artefact, path, records, why }) => `${artefact} ${path}: ${why ?? records}`),
  };
}

const packed = (files: ReadonlyMap<string, Uint8Array>): EvidenceTree => ({
  ...memoryTree('s', new Map([['s.tar.gz', packSysdiagnose(files)]])),
  single: true,
});
const unpacked = (files: ReadonlyMap<string, Uint8Array>): EvidenceTree =>
  memoryTree('s', new Map([...files].map(([path, bytes]) => [`${sysdiagnoseName()}/${path}`, bytes])));
const with_ = (changes: Readonly<Record<string, string>>) => {
  const files = makeSysdiagnose();
  // Its starts belong to the shutdowns that a test replaces.
  files.delete('logs/MobileInstallation/mobile_installation.log.0');
  for (const [path, text] of Object.entries(changes)) files.set(path, utf8Bytes(text));
  return files;
};

describe('a sysdiagnose', () => {
  it('without traces raises no alarm, packed and unpacked, for several phones', async () => {
    for (const seed of [1, 2, 3]) {
      for (const tree of [packed(makeSysdiagnose({ seed })), unpacked(makeSysdiagnose({ seed }))]) {
        const { told, rows, sources } = await run(tree);
        expect(told).toEqual([]);
        expect(sources).toMatchObject([
          { kind: 'ios-sysdiagnose', device: { osVersion: '18.5', buildVersion: '22F76' } },
        ]);
        expect(rows.filter((row) => !/: \d+$/.test(row))).toEqual([]);
      }
    }
  });

  const process = PLANTED.process;
  const TOLD: Readonly<Record<SysdiagnosePlant, readonly string[]>> = {
    'shutdown-client': [`critical trace shutdown-log ${process}`],
    'shutdown-staging': [
      'critical unusual shutdown-log /private/var/db/com.apple.xpc.roleaccountd.staging/com.apple.WebKit.Networking',
    ],
    'shutdown-delays': ['low unusual shutdown-log /usr/libexec/locationd'],
    process: [...Array(4)].map(() => `critical trace processes ${process}`),
    'hidden-process': ['medium unusual processes helperd'],
    crash: [`critical trace crashes ${process}`],
    'low-memory': [`critical trace crashes ${process}`],
    'crash-listed': [`critical trace crashes ${process}`],
    permission: [`critical unusual permissions ${PLANTED.permission}`],
    install: [`critical unusual app-installs ${PLANTED_APP}`],
    sideloaded: ['medium unusual app-installs tool.ipa'],
    pairing: ['high unusual lockdown-log Cellebrite UFED'],
    'log-statistics': [`critical trace log-statistics ${process}`],
    'log-statistics-text': [`critical trace log-statistics ${process}`],
    'unified-log': [`critical trace unified-log ${process}`],
    'loaded-binary': [`critical trace loaded-binaries ${process}`],
    profile: [`critical trace configuration-profiles ${PLANTED.profile}`],
    'profile-event': ['low weakness profile-events org.example.vpn'],
    setting: [`critical trace settings-events ${process}`],
    'network-extension': [`high unusual network-extensions ${PLANTED['sms-link']}`],
    'store-app': [`critical unusual app-store ${PLANTED_APP}`],
    'power-process': [`critical trace power-log ${process}`],
    'associated-app': [`critical unusual associated-domains ${PLANTED_APP}`],
    'lost-shutdowns': ['medium unusual boots 5 of 6 starts'],
  };

  it.each(Object.entries(TOLD))(
    'with a planted %s tells it, packed and unpacked, and nothing else',
    async (plant, expected) => {
      const files = makeSysdiagnose({ plants: [plant as SysdiagnosePlant] });
      for (const tree of [packed(files), unpacked(files)]) expect((await run(tree)).told).toEqual(expected);
      expect((await run(packed(files), INDICATORS, 'quick')).told).toEqual(expected);
    },
  );

  it('reads the same records packed, as a tar and unpacked', async () => {
    const files = makeSysdiagnose();
    const tar = new Uint8Array(gunzipSync(packSysdiagnose(files)));
    const b = await run(unpacked(files));
    for (const tree of [packed(files), { ...memoryTree('s', new Map([['s.tar', tar]])), single: true }]) {
      const a = await run(tree);
      expect(a.rows).toEqual(b.rows);
      expect([a.files, a.bytesRead]).toEqual([b.files, b.bytesRead]);
    }
  });
});

describe('shutdown.log', () => {
  const log = 'system_logs.logarchive/Extra/shutdown.log';
  const block = 'After 1.26s, these clients are still here:\n\t\tremaining client pid: 71 (CLIENT)\n';
  const rotated = 'system_logs.logarchive/Extra/shutdown.0.log';

  // indicators-and-detection.md 11.1, ShutdownLog
  it('matches a path with the UUID behind it, in both logs, with either form of the end', async () => {
    const client = '/usr/sbin/filecoordinationd/123e4567-e89b-12d3-a456-426614174000';
    const text = block.replace('CLIENT', client);
    const files = with_({ [log]: `${text}SIGTERM: [1630000000]\n`, [rotated]: `${text}SIGTERM: sent @1640000000\n` });
    const { findings } = await run(unpacked(files), [['file:path', '/usr/sbin/filecoordinationd']]);
    const [first, second, ...rest] = findings;
    expect(rest).toEqual([]);
    expect([first, second]).toMatchObject([
      { path: log, atMs: 1_630_000_000_000, level: 'critical', verdict: 'trace', evidence: 'executed' },
      { path: rotated, atMs: 1_640_000_000_000 },
    ]);
  });

  it('finds a process among the folders of a path, and no part of a name', async () => {
    const files = with_({
      [log]: `${block.replace('CLIENT', '/private/var/x/rolexecd/agent/UUID')}SIGTERM: [1630000000]\n`,
    });
    expect((await run(unpacked(files))).told).toEqual([
      'critical trace shutdown-log /private/var/x/rolexecd/agent/UUID',
    ]);
    const near = with_({
      [log]: `${block.replace('CLIENT', '/private/var/x/rolexecds/xrolexecd')}SIGTERM: [1630000000]\n`,
    });
    expect((await run(unpacked(near))).told).toEqual([]);
  });

  it('keeps a block without an end, its time unknown, and the classic form of one line', async () => {
    const files = with_({
      [log]: block.replace('CLIENT', '/x/rolexecd'),
      [rotated]: 'After 0.1s, remaining client pid: 155 (/usr/libexec/rolexecd)\nSIGTERM: [1630000000]\n',
    });
    const { findings } = await run(unpacked(files));
    expect(findings.map(({ atMs }) => atMs)).toEqual([undefined, 1_630_000_000_000]);
  });

  it('alarms at three rounds, at programs in db and tmp, and not at two or at /private/var/dbx', async () => {
    const rounds = (n: number) =>
      [...Array(n).keys()]
        .map((i) => `After ${i + 1}s, these clients are still here:\n\t\tremaining client pid: 7 (/usr/libexec/a)\n`)
        .join('');
    const told = async (text: string) =>
      (await run(unpacked(with_({ [log]: `${text}SIGTERM: [1630000000]\n` })), [])).told;
    expect(await told(rounds(3))).toEqual(['low unusual shutdown-log /usr/libexec/a']);
    expect(await told(rounds(2))).toEqual([]);
    expect(await told(block.replace('CLIENT', '/private/var/tmp/x'))).toEqual([
      'high unusual shutdown-log /private/var/tmp/x',
    ]);
    expect(await told(block.replace('CLIENT', '/private/var/dbx/x'))).toEqual([]);
  });
});

describe('hidden processes', () => {
  const drop = (file: string, name: string, files: Map<string, Uint8Array>) => {
    const text = new TextDecoder()
      .decode(files.get(file))
      .split('\n')
      .filter((line) => !line.endsWith(`/${name}`));
    return files.set(file, utf8Bytes(text.join('\n')));
  };

  it('are told when one list of programs lacks them', async () => {
    const files = drop('ps.txt', 'locationd', makeSysdiagnose());
    expect((await run(unpacked(files), [])).findings).toMatchObject([
      { value: 'locationd', locator: expect.stringContaining('not in ps') },
    ]);
  });

  it('are not told when a list is missing, cut or empty', async () => {
    for (const text of [
      '',
      'USER  UID   PID  PPID COMMAND\n',
      'USER  UID   PID  PPID COMMAND\nroot 0 1 0 /sbin/launchd\n',
    ]) {
      expect((await run(unpacked(with_({ 'ps.txt': text })), [])).told).toEqual([]);
    }
    const files = makeSysdiagnose();
    files.delete('taskinfo.txt');
    const { told, rows } = await run(unpacked(files), []);
    expect([told, rows.includes('processes taskinfo.txt: 0')]).toEqual([[], true]);
  });
});

describe('starts without shutdowns', () => {
  const installation = 'logs/MobileInstallation/mobile_installation.log.0';
  const boot = (day: number) =>
    `Thu May ${String(day).padStart(2)} 06:41:21 2025 [1] <notice> (0x1) main: Reboot detected\n`;
  const boots = (n: number) => [...Array(n).keys()].map((i) => boot(i + 1)).join('');
  const log = 'system_logs.logarchive/Extra/shutdown.log';
  const sigterm = (day: number) => `SIGTERM: [${Date.UTC(2025, 4, day, 4, 41) / 1000}]\n`;

  it.each([
    ['four starts and no shutdown', boots(4), '', 1],
    ['three starts and no shutdown, as after crashes', boots(3), '', 0],
    ['every start after its shutdown', boots(5), [1, 2, 3, 4, 5].map(sigterm).join(''), 0],
    ['half of the starts after a crash', boots(8), [1, 3, 5, 7].map(sigterm).join(''), 0],
    ['times that no zone explains', boots(4).replaceAll('2025', '1960'), '', 0],
  ])('%s', async (_, starts, shutdowns, alarms) => {
    const files = with_({
      [installation]: starts,
      [log]: shutdowns,
      'system_logs.logarchive/Extra/shutdown.0.log': '',
    });
    expect((await run(unpacked(files), [])).told.filter((text) => text.includes('boots'))).toHaveLength(alarms);
  });

  it('are not judged from iOS 26 on, which is said', async () => {
    const files = makeSysdiagnose({ plants: ['lost-shutdowns'], osVersion: '26.1', build: '23B85' });
    const { told, rows } = await run(unpacked(files), []);
    expect(told).toEqual([]);
    expect(rows).toContainEqual(expect.stringContaining('from iOS 26 on the phone keeps only the last one'));
  });
});
