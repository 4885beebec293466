import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type FilesystemPlant, makeFilesystem, packTar } from '../../../test/synthetic/ios-filesystem.ts';
import { PLANTED } from '../../../test/synthetic/planted.data.ts';
import { utf8Bytes } from '../../base/index.ts';
import { diskTree } from '../../cli/scan/index.ts';
import { type EvidenceTree, filesystemList, memoryTree, type TimelineEvent } from '../../evidence/index.ts';
import { filesystemAt } from '../../evidence/ios/filesystem.ts';
import type { IndicatorKey } from '../../formats/stix/index.ts';
import { makeZip } from '../../formats/zip/testing.ts';
import { examine } from '../index.ts';
import { compileIndicators } from '../indicators/index.ts';
import { matchSighting } from '../match-sightings.ts';

const HOSTS = [
  'sms-link',
  'safari-visit',
  'chrome-visit',
  'file-host',
  'websql-folder',
  'observed-host',
  'whatsapp-link',
] as const;
const INDICATORS: readonly (readonly [IndicatorKey, string])[] = [
  ['process:name', PLANTED.process],
  ['configuration-profile:id', PLANTED.profile],
  ...HOSTS.map((key): [IndicatorKey, string] => ['domain-name', PLANTED[key]]),
];

const indexOf = (pairs: readonly (readonly [IndicatorKey, string])[]) => {
  const indicators = pairs.map(([key, value], i) => ({ id: `i${i}`, key, value, collection: 'Family' }));
  return compileIndicators([{ source: 's', bundle: { unsupported: [], indicators } }]);
};

async function run(tree: EvidenceTree, level: 'quick' | 'thorough' = 'thorough') {
  const events: TimelineEvent[] = [];
  const result = await examine([tree], indexOf(INDICATORS), {
    passwords: [],
    level,
    nowMs: Date.UTC(2025, 5, 2),
    progress: () => undefined,
    event: (event) => events.push(event),
  });
  if ('unknown' in result) throw new Error('not recognised');
  return {
    ...result,
    events,
    told: result.findings.map(({ level: how, verdict, artefact, value }) => `${how} ${verdict} ${artefact} ${value}`),
    rows: result.examined.map(({ artefact, path, records, why }) => `${artefact} ${path}: ${why ?? records}`),
  };
}

const single = (name: string, bytes: Uint8Array): EvidenceTree => ({
  ...memoryTree(name, new Map([[name, bytes]])),
  single: true,
});
type Files = ReadonlyMap<string, Uint8Array>;
const SHAPES: readonly (readonly [string, (files: Files) => EvidenceTree])[] = [
  ['folder', (files) => memoryTree('dump', files)],
  [
    'folder within a folder',
    (files) => memoryTree('x', new Map([...files].map(([path, bytes]) => [`case 1/dump/${path}`, bytes]))),
  ],
  ['zip', (files) => single('dump.zip', makeZip([...files].map(([name, data]) => ({ name, data }))))],
  ['tar', (files) => single('dump.tar', packTar(files))],
  ['packed tar', (files) => single('dump.tar.gz', new Uint8Array(gzipSync(packTar(files))))],
];

describe('a file system', () => {
  it.each(SHAPES)('given as %s is recognised, and without traces raises no alarm', async (_, shape) => {
    const { told, rows, sources, events } = await run(shape(makeFilesystem()));
    expect(told).toEqual([]);
    expect(sources).toMatchObject([{ kind: 'ios-filesystem', device: { osVersion: '18.5', buildVersion: '22F76' } }]);
    expect(rows.filter((row) => !/: \d+$/.test(row))).toEqual([]);
    for (const row of [
      'sms HomeDomain/Library/SMS/sms.db: 1',
      'safari-history AppDomain-com.apple.mobilesafari/Library/Safari/History.db: 1',
      'cache-files AppDomain-org.example.notes/Library/Caches/org.example.notes/Cache.db: 1',
      'keychain-analytics KeychainDomain/Analytics/ckks_analytics.db: 1',
      'ios-versions DatabaseDomain/analyticsd/Analytics-Journal-2025-05-20.ips: 1',
      'shutdown-log DatabaseDomain/diagnostics/shutdown.log: 1',
      'net-usage NetworkDomain/netusage.sqlite: 2',
      'safari-favicons HomeDomain/Library/Image Cache/Favicons/Favicons.db: 2',
      'webkit-websites */WebsiteData/*: 2',
    ]) {
      expect(rows).toContain(row);
    }
    expect(events).toContainEqual(expect.objectContaining({ what: 'system build first seen', detail: '22F76' }));
    expect(events).toContainEqual(expect.objectContaining({ what: 'system', atMs: Date.UTC(2025, 4, 20) }));
  });

  const TOLD: Readonly<Record<FilesystemPlant, string>> = {
    'message-in-log': `high unusual sms https://${PLANTED['sms-link']}/p`,
    'safari-visit': `high unusual safari-history https://${PLANTED['safari-visit']}/`,
    'cached-answer': `high unusual cache-files https://${PLANTED['file-host']}/a`,
    'net-usage': `critical trace net-usage ${PLANTED.process}`,
    'no-binary': 'medium unusual network-programs gonehelper',
    'analytics-url': `high unusual keychain-analytics https://${PLANTED['whatsapp-link']}/x`,
    favicon: `high unusual safari-favicons https://${PLANTED['chrome-visit']}/`,
    shutdown: `critical trace shutdown-log ${PLANTED.process}`,
    'indexed-db': `high unusual webkit-websites https://${PLANTED['websql-folder']}/`,
    'safari-view': `high unusual webkit-websites https://${PLANTED['observed-host']}/`,
    folder: `high unusual filesystem /private/var/root/${PLANTED.process}/config`,
    profile: `critical trace configuration-profiles ${PLANTED.profile}`,
  };

  it.each(Object.entries(TOLD))('with a planted %s tells it', async (plant, expected) => {
    const files = makeFilesystem([plant as FilesystemPlant]);
    for (const level of ['quick', 'thorough'] as const) {
      const { told } = await run(memoryTree('dump', files), level);
      // The byte scan may see a write-ahead log too, which is a file of its own.
      expect(told.filter((text) => !text.includes(' files '))).toEqual([expected]);
    }
  });

  it('is one by /private/var alone as well, and then no program is missed', async () => {
    const files = [...makeFilesystem(['no-binary'])].filter(([path]) => path.startsWith('private/var/'));
    for (const cut of ['private/', 'private/var/']) {
      const { told, rows } = await run(
        memoryTree('d', new Map(files.map(([path, bytes]) => [path.slice(cut.length), bytes]))),
      );
      expect(told).toEqual([]);
      expect(rows).toContain('sms HomeDomain/Library/SMS/sms.db: 1');
    }
  });

  it('cut off in the middle of a tar gives what is there, and says so', async () => {
    const tar = packTar(makeFilesystem());
    const { rows } = await run(single('dump.tar', tar.subarray(0, tar.length - 4000)));
    expect(rows).toContainEqual(
      expect.stringMatching(/^archive dump.tar: read in part, \d+ files: Cannot read tar: it ends/),
    );
    expect(rows).toContain('sms HomeDomain/Library/SMS/sms.db: 1');
  });

  it('on a disk may hold links, which no backup does, and keeps the times of its files', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pavise-dump-'));
    try {
      for (const [path, bytes] of makeFilesystem()) {
        mkdirSync(join(folder, path, '..'), { recursive: true });
        writeFileSync(join(folder, path), bytes);
      }
      symlinkSync('private/var', join(folder, 'var'));
      utimesSync(join(folder, 'usr/libexec/apsd'), 1_600_000_000, 1_600_000_000);
      const { told, rows, events } = await run(diskTree(folder));
      expect([told, rows.filter((row) => !/: \d+$/.test(row))]).toEqual([[], []]);
      const modified = { what: 'file modified', detail: '/usr/libexec/apsd', atMs: 1_600_000_000_000 };
      expect(events).toContainEqual(expect.objectContaining(modified));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses members that leave their folder', async () => {
    const files = new Map([...makeFilesystem(), ['../../evil', utf8Bytes('x')]]);
    const { rows } = await run(single('dump.tar', packTar(files)));
    expect(rows).toContain('files ../../evil: refused: name leaves its folder');
  });
});

// indicators-and-detection.md 11.1, Filesystem: MVT's test backup taken as a dump
const MVT = '../shared/data/mvt-artifacts/ios_backup';

describe.skipIf(!existsSync(MVT))('the list of files', () => {
  it('has 23 entries, one of them with the name of a process', async () => {
    const source = await filesystemAt(diskTree(MVT), '', 'private/var/');
    const found: unknown[] = [];
    const events: TimelineEvent[] = [];
    let records = 0;
    const index = indexOf([['process:name', '64d0019cb3d46bfc8cce545a8ba54b93e7ea9347']]);
    await filesystemList.read(source, {
      record: () => records++,
      sighting: (sighting) => {
        const finding = matchSighting(index, sighting);
        if (finding !== undefined) found.push([finding.level, finding.path]);
      },
      event: (event) => events.push(event),
    });
    expect(records).toBe(23);
    expect(found).toEqual([['high', '64/64d0019cb3d46bfc8cce545a8ba54b93e7ea9347']]);
    // Folders have no time of their own here, which MVT counts.
    expect(events.length).toBe(source.files.length);
  });
});
