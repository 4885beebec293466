import { describe, expect, it } from 'vitest';
import { utf8Bytes } from '../../base/index.ts';
import { type EvidenceTree, memoryTree } from '../../evidence/index.ts';
import { backupTree, databaseBytes } from '../../evidence/ios/testing.ts';
import { writeXmlPlist } from '../../formats/plist/index.ts';
import { parseStixBundle } from '../../formats/stix/index.ts';
import { makeZip } from '../../formats/zip/testing.ts';
import { examine } from '../index.ts';
import { compileIndicators } from '../indicators/index.ts';

const INDEX = compileIndicators([
  {
    source: 'test',
    bundle: parseStixBundle(
      utf8Bytes(
        JSON.stringify({
          type: 'bundle',
          id: 'bundle--1',
          objects: [
            {
              type: 'indicator',
              id: 'indicator--1',
              pattern: "[domain-name:value='bad.example.org']",
              pattern_type: 'stix',
            },
          ],
        }),
      ),
    ),
  },
]);

const UDIDS = ['00008110-001A2B3C4D5E801E', `${'a'.repeat(36)}beef`] as const;
const message = (text: string) => ({
  domain: 'HomeDomain',
  path: 'Library/SMS/sms.db',
  bytes: databaseBytes((open) => {
    open.exec('CREATE TABLE message (ROWID INTEGER PRIMARY KEY, text TEXT)');
    open.prepare('INSERT INTO message (text) VALUES (?)').run(text);
  }),
});

/** Content of a backup below a folder. */
async function contentOf(prefix: string, text: string, status?: Parameters<typeof writeXmlPlist>[0]) {
  const tree = backupTree([message(text)], { 'Product Type': 'iPhone14,5' });
  const files = new Map<string, Uint8Array>();
  for await (const { path } of tree.files()) {
    const file = await tree.open(path);
    if (file !== undefined) files.set(prefix + path, file.read(0, file.sizeBytes).slice());
  }
  if (status !== undefined) files.set(`${prefix}Status.plist`, writeXmlPlist(status));
  return [...files];
}

async function check(tree: EvidenceTree) {
  const result = await examine([tree], INDEX, {
    nowMs: Date.parse('2026-11-01'),
    level: 'thorough',
    passwords: [],
    progress: () => undefined,
  });
  if ('unknown' in result) return result;
  const matched = result.findings.filter(({ kind }) => kind === 'indicator');
  return {
    kinds: result.sources.map(({ kind, device }) => [kind, device.productType]),
    found: matched.map(({ path }) => path),
    rows: (artefact: string) =>
      result.examined.filter((row) => row.artefact === artefact).map(({ path, status, why }) => [path, status, why]),
  };
}

const SMS = 'HomeDomain/Library/SMS/sms.db';

describe('examine() of iOS backups', () => {
  it('reads every backup in the folder above, and says what lies beside them', async () => {
    const files = new Map([
      ...(await contentOf(`Backup/${UDIDS[0]}/`, 'https://bad.example.org/1')),
      ...(await contentOf(`Backup/${UDIDS[1]}/`, 'https://bad.example.org/2')),
      ['Backup/notes.txt', utf8Bytes('x')] as const,
    ]);
    const result = await check(memoryTree('MobileSync', files));
    if ('unknown' in result) throw new Error('unknown');
    expect(result.kinds).toEqual([
      ['ios-backup', 'iPhone14,5'],
      ['ios-backup', 'iPhone14,5'],
    ]);
    // The identifiers of the phones stay out of the report, which is sent.
    expect(result.found).toEqual([`Backup/…801E/${SMS}`, `Backup/…beef/${SMS}`]);
    expect(result.rows('files')[0]).toEqual([
      'Backup/…801E/*',
      'unreadable',
      '1 files beside the backups were not read: check them alone',
    ]);
  });

  it('takes no list of files for a backup where no property list stands beside it', async () => {
    const files = new Map([['a/Manifest.db', utf8Bytes('SQLite format 3\0')]]);
    expect(await check(memoryTree('folder', files))).toEqual({ unknown: 'folder' });
  });

  it('reads a backup in a zip that Windows has packed', async () => {
    const files = await contentOf(`${UDIDS[0]}\\`, 'https://bad.example.org/1');
    const zip = makeZip(files.map(([name, data]) => ({ name: name.replaceAll('/', '\\'), data })));
    const tree = { ...memoryTree('backup.zip', new Map([['backup.zip', zip]])), single: true };
    const result = await check(tree);
    if ('unknown' in result) throw new Error('unknown');
    expect([result.kinds, result.found]).toEqual([[['ios-backup', 'iPhone14,5']], [SMS]]);
    expect(result.rows('files')).toEqual([['*', 'examined', null]]);
  });

  it('checks what an interrupted run left, and calls both incomplete', async () => {
    const files = new Map([
      ...(await contentOf('', 'all is well', { SnapshotState: 'finished', IsFullBackup: false })),
      ...(await contentOf('Snapshot/', 'https://bad.example.org/')).filter(([path]) => !path.endsWith('.plist')),
    ]);
    const result = await check(memoryTree('backup', files));
    if ('unknown' in result) throw new Error('unknown');
    expect(result.kinds.length).toBe(2);
    expect(result.kinds[1]).toEqual(['ios-backup', 'iPhone14,5']);
    expect(result.found).toEqual([`Snapshot/${SMS}`]);
    expect(result.rows('backup-status').map(([path, status]) => [path, status])).toEqual([
      ['Status.plist', 'examined'],
      ['Snapshot/', 'unreadable'],
      ['Snapshot/Status.plist', 'absent'],
      ['Snapshot/Snapshot/', 'unreadable'],
    ]);
    expect(result.rows('full-backup').length).toBe(1);
    expect(result.rows('unlisted-files')).toEqual([]);
  });

  it.each([
    ['uploading', 'uploading'],
    ['x'.repeat(500), 'unknown'],
    [7, 'unknown'],
  ])('says that a backup in state %s is incomplete', async (state, told) => {
    const result = await check(memoryTree('backup', new Map(await contentOf('', 'x', { SnapshotState: state }))));
    if ('unknown' in result) throw new Error('unknown');
    expect(result.rows('backup-status')[1]?.[2]).toMatch(
      new RegExp(`^incomplete backup: its last run was interrupted \\(state "${told}"\\)`),
    );
  });

  it('names listed files that are missing and unlisted ones that are there', async () => {
    const files = new Map(await contentOf('', 'x', { SnapshotState: 'finished' }));
    files.delete('3d/3d0d7e5fb2ce288813306e4d4636395e047a3d28');
    files.set(`ab/${'ab'.repeat(20)}`, utf8Bytes('left over'));
    files.set('.DS_Store', utf8Bytes('x'));
    const result = await check(memoryTree('backup', files));
    if ('unknown' in result) throw new Error('unknown');
    expect(result.rows('backup-status')).toEqual([['Status.plist', 'examined', null]]);
    expect(result.rows('missing-files')).toEqual([[SMS, 'unreadable', 'listed, content missing']]);
    expect(result.rows('unlisted-files')).toEqual([[`ab/${'ab'.repeat(20)}`, 'examined', null]]);
  });
});
