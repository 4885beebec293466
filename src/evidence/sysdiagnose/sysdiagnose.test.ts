import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { makeSysdiagnose, packSysdiagnose, sysdiagnoseName } from '../../../test/synthetic/sysdiagnose.ts';
import { concatBytes, utf8Bytes } from '../../base/index.ts';
import { tarPart } from '../../formats/tar/testing.ts';
import { makeTracev3 } from '../../formats/tracev3/testing.ts';
import type { EvidenceTree } from '../evidence.ts';
import { memoryTree } from '../index.ts';
import { findSysdiagnose, openSysdiagnose } from './open.ts';
import { unifiedLog } from './unified-log.ts';

const name = sysdiagnoseName();
const one = (path: string, bytes: Uint8Array): EvidenceTree => ({
  ...memoryTree(path, new Map([[path, bytes]])),
  single: true,
});
const below = (prefix: string, files: ReadonlyMap<string, Uint8Array>) =>
  memoryTree('evidence', new Map([...files].map(([path, bytes]) => [`${prefix}${path}`, bytes])));

async function open(tree: EvidenceTree) {
  const place = await findSysdiagnose(tree);
  if (place === undefined) return undefined;
  const passed: string[] = [];
  const source = await openSysdiagnose(tree, place, (_, path) => passed.push(path));
  return { source, passed };
}

describe('openSysdiagnose()', () => {
  const files = makeSysdiagnose();

  it.each([
    ['packed', one('renamed.bin', packSysdiagnose(files))],
    [
      'in a folder with other things',
      memoryTree(
        'dir',
        new Map([
          ['notes.txt', utf8Bytes('x')],
          [`${name}.tar.gz`, packSysdiagnose(files)],
        ]),
      ),
    ],
    ['unpacked', below(`${name}/`, files)],
    ['unpacked, its folder given', { ...below('', files), name: `/evidence/${name}` }],
    ['unpacked, its folder renamed: the log tells', below('x/', files)],
  ])('opens one that is %s, by what is inside', async (_, tree) => {
    const opened = await open(tree);
    expect(opened?.source.device).toMatchObject({ osVersion: '18.5', buildVersion: '22F76' });
    expect(opened?.source.clock.offsetMinutes).toBe(120);
    expect(opened?.source.madeAtMs).toBe(Date.UTC(2025, 5, 1, 8));
    expect(opened?.source.find('', 'ps.txt')).toBeDefined();
    expect(opened?.source.find('HomeDomain', 'Library/TCC/TCC.db')?.relativePath).toBe('logs/Accessibility/TCC.db');
    expect(opened?.source.artefacts).toEqual([]);
  });

  it('keeps what modules read, and lets every member pass by once', async () => {
    const opened = await open(one('s.tar.gz', packSysdiagnose(files)));
    expect(opened?.passed).toEqual([...files.keys()]);
    expect([...(opened?.source.files ?? [])].map(({ relativePath }) => relativePath)).toEqual([...files.keys()]);
  });

  it('gives the same programs of the unified log, packed or not', async () => {
    const seen: unknown[] = [];
    for (const tree of [one('s.tar.gz', packSysdiagnose(files)), below('', files)]) {
      const opened = await open(tree);
      if (opened === undefined) throw new Error('not recognised');
      const records: unknown[] = [];
      const rows = await unifiedLog.read(opened.source, {
        record: ({ program, pid, euid }) => records.push([program, pid, euid]),
        sighting: () => undefined,
        event: undefined,
      });
      seen.push([records, rows.map(({ status, why, records: count }) => [status, why, count])]);
    }
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[0]).toEqual([
      [
        ['/usr/libexec/locationd', 71, 501],
        ['/sbin/launchd', 72, 501],
        [expect.stringMatching(/^\/usr\/libexec\//), 73, 501],
      ],
      [
        ['examined', null, 3],
        ['absent', null, 0],
      ],
    ]);
  });

  it('says what of the unified log it cannot read or name', async () => {
    const opened = await open(
      below(
        '',
        new Map([
          ['ps_thread.txt', utf8Bytes('')],
          ['system_logs.logarchive/Persist/1.tracev3', new Uint8Array(4096).fill(7)],
          ['system_logs.logarchive/Signpost/2.tracev3', makeTracev3([{ uuid: 'AB'.repeat(16), pid: 1 }])],
        ]),
      ),
    );
    if (opened === undefined) throw new Error('not recognised');
    const nothing = { record: () => undefined, sighting: () => undefined, event: undefined };
    const rows = await unifiedLog.read(opened.source, nothing);
    expect(rows.map(({ status, path, why }) => [status, why ?? path])).toEqual([
      ['unreadable', 'Cannot read tracev3: no header chunk'],
      ['examined', 'system_logs.logarchive/Signpost/2.tracev3'],
      ['absent', 'not read: the messages of the unified log; only which programs wrote to it'],
      ['absent', 'not known: the paths of 1 binaries that wrote to it, which the archive lacks'],
    ]);
  });

  it('says that the zone is not known where nothing tells it', async () => {
    const opened = await open(
      below(
        'x/',
        new Map([
          ['ps_thread.txt', utf8Bytes('')],
          ['ps.txt', utf8Bytes('')],
        ]),
      ),
    );
    expect(opened?.source.clock.at(0)).toEqual({ ms: 0, zoneUnknown: true });
  });

  it('takes nothing for a sysdiagnose that is none', async () => {
    for (const tree of [
      one('x.tar.gz', new Uint8Array(gzipSync(concatBytes([tarPart('a/ps.txt', '0'), new Uint8Array(1024)])))),
      one('x.gz', new Uint8Array(gzipSync('text'))),
      one('x', utf8Bytes('sysdiagnose_2025.06.01_10-00-00+0200')),
      below('a/b/c/', files),
      below('', new Map([['ps.txt', utf8Bytes('USER PID')]])),
    ]) {
      expect(await open(tree)).toBeUndefined();
    }
  });

  it('gives what stands before damage, and says so', async () => {
    const packed = packSysdiagnose(files);
    const opened = await open(one('s.tar.gz', packed.subarray(0, packed.length - 2000)));
    expect(opened?.source.files.length).toBeGreaterThan(3);
    expect(opened?.source.artefacts).toEqual([
      expect.objectContaining({ status: 'unreadable', why: expect.stringMatching(/^read in part, \d+ members: /) }),
    ]);
  });

  it('refuses names that leave the folder, links and devices, and a bomb', async () => {
    const hostile = concatBytes([
      tarPart(`${name}/ps.txt`, '0', utf8Bytes('x')),
      tarPart(`${name}/ps_thread.txt`, '0', utf8Bytes('x')),
      tarPart(`${name}/../../evil`, '0', utf8Bytes('x')),
      tarPart('/etc/passwd', '0', utf8Bytes('x')),
      tarPart(`${name}/link`, '2', new Uint8Array(0), { link: '/etc/passwd' }),
      tarPart(`${name}/hard`, '1', new Uint8Array(0), { link: 'ps.txt' }),
      tarPart(`${name}/device`, '3'),
      tarPart(`${name}/logs/Accessibility/zeros`, '0', new Uint8Array(40 * 1024 * 1024)),
      new Uint8Array(1024),
    ]);
    const opened = await open(one('s.tar.gz', new Uint8Array(gzipSync(hostile))));
    expect(opened?.source.artefacts.map(({ path, why }) => `${path}: ${why}`)).toEqual([
      `${name}/../../evil: refused: name leaves its folder`,
      '/etc/passwd: refused: name is absolute',
      `${name}/link: refused: it is a link`,
      `${name}/hard: refused: it is a link`,
      `${name}/device: refused: it is neither file nor folder`,
      expect.stringMatching(/^s.tar.gz: read in part, 8 members: Cannot decompress: 250 times its size/),
    ]);
    expect(opened?.source.files).toHaveLength(2);
  });
});
