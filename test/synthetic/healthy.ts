import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { utf8Bytes } from '../../src/base/index.ts';
import { diskTree } from '../../src/cli/scan/index.ts';
import { type Examination, isNote } from '../../src/detection/index.ts';
import { COLLISIONS } from '../../src/detection/indicators/collisions.data.ts';
import { compileIndicators, type IndicatorIndex, parseIndicatorFile } from '../../src/detection/indicators/index.ts';
import { type EvidenceTree, memoryTree } from '../../src/evidence/index.ts';
import type { IndicatorKey } from '../../src/formats/stix/index.ts';
import { COLLECTED_AT_MS, makeArchive, makeBugreport, makeCollection, makeIntrusionLogs } from './android.ts';
import type { GeneratedKind, Recipe } from './detection.ts';
import { SMALL, writeBackup } from './ios-backup.ts';
import { NOW_MS } from './ios-context.ts';
import { makeFilesystem } from './ios-filesystem.ts';
import { namesIn, publishedNames } from './names.ts';
import { seeded } from './random.ts';
import { MADE_AT_MS, makeSysdiagnose, packSysdiagnose, sysdiagnoseName } from './sysdiagnose.ts';
import { processFiles } from './sysdiagnose-processes.ts';

/** Where published lists and test data of other projects lie, beside the repository; not part of it. */
const FEEDS = 'test/vectors/public/indicators';
const FOREIGN = '../shared/data/mvt-artifacts';
const LISTS = ['words', 'debian-names', 'ios-programs', 'android-programs', 'android-packages'] as const;

/** The published indicators: whole where they lie beside the repository, else the names in them. */
export function publishedIndex(): IndicatorIndex {
  if (!existsSync(FEEDS)) {
    const indicators = publishedNames().map(({ key, ...rest }, i) => ({
      id: `${i}`,
      key: key as IndicatorKey,
      ...rest,
    }));
    return compileIndicators([{ source: 'published', bundle: { indicators, unsupported: [] } }]);
  }
  const feeds = globSync(`${FEEDS}/*/*.{stix2,yaml}`).flatMap((path) => {
    const bundle = parseIndicatorFile(basename(path), readFileSync(path));
    return bundle === undefined ? [] : [{ source: basename(path), bundle }];
  });
  return compileIndicators(feeds);
}

type Made = (recipe: Recipe & { readonly random: () => number }) => EvidenceTree;

/** Phones without a trace whose programs, packages and files have the names that real ones have. */
export const HEALTHY_KINDS: readonly GeneratedKind[] = [
  kind('iPhone backup', NOW_MS, ({ seed, folder, random }) => {
    const programs = some(RUNNING, 200, random);
    writeBackup(folder, { size: SMALL, seed, plants: [], varied: true, programs, documents: documents(random) });
    return diskTree(folder);
  }),
  kind('iPhone file system', MADE_AT_MS, ({ seed, random }) => {
    const files = makeFilesystem([], seed);
    for (const name of namesIn('ios-programs')) files.set(`usr/libexec/${name}`, utf8Bytes('binary'));
    for (const name of namesIn('ios-launch-lists')) files.set(`System/Library/LaunchDaemons/${name}`, utf8Bytes('x'));
    for (const path of namesIn('ios-paths')) if (!files.has(path.slice(1))) files.set(path.slice(1), utf8Bytes(''));
    for (const [name, text] of documents(random))
      files.set(`private/var/mobile/Media/Downloads/${name}`, utf8Bytes(text));
    return memoryTree('dump', files);
  }),
  kind('iPhone sysdiagnose', MADE_AT_MS, ({ seed, random }) => {
    const files = makeSysdiagnose({ seed });
    const running = some(RUNNING, 400, random).map((name) => ({
      name,
      path: `/usr/libexec/${name}`,
      hiddenFrom: [],
    }));
    for (const [path, text] of [...processFiles(running), ...documents(random)]) files.set(path, utf8Bytes(text));
    return one('s.tar.gz', packSysdiagnose(files, sysdiagnoseName({})));
  }),
  kind('Android bug report', COLLECTED_AT_MS, ({ seed, random }) =>
    one('bugreport.zip', makeBugreport({ seed, ...android(random) })),
  ),
  kind('AndroidQF collection', COLLECTED_AT_MS, ({ seed, random }) =>
    memoryTree('collection', makeCollection({ seed, ...android(random) })),
  ),
  kind('Android backup', COLLECTED_AT_MS, ({ seed, random }) =>
    one('backup.ab', makeArchive({ seed, ...android(random) })),
  ),
  kind('Android intrusion logs', COLLECTED_AT_MS, ({ seed, random }) =>
    memoryTree('logs', makeIntrusionLogs({ seed, ...android(random) })),
  ),
];

/** What other projects publish for their tests, where it lies beside the repository: data of real phones, and some that are made to be told. */
export function foreignEvidence(): readonly (readonly [name: string, tree: EvidenceTree])[] {
  if (!existsSync(FOREIGN)) return [];
  return ['ios_backup', 'android_data/bugreport', 'android_backup/backup.ab', 'android_backup/backup3.ab'].map(
    (name) => [name, diskTree(`${FOREIGN}/${name}`)],
  );
}

/** How bad the worst is that was told of a phone, as a report puts it. */
export type Told = 'trace' | 'high' | 'unusual' | 'weakness' | 'note' | 'nothing';

/** The worst that was told; the age of the system, which the seed chooses, is left out. */
export function worstOf({ findings }: Examination): Told {
  const own = findings.filter(({ artefact }) => artefact !== 'backup-info');
  if (own.some(({ verdict }) => verdict === 'trace')) return 'trace';
  const unusual = own.filter(({ verdict }) => verdict === 'unusual');
  if (unusual.some(({ level }) => level === 'critical' || level === 'high')) return 'high';
  if (unusual.length > 0) return 'unusual';
  if (own.some((finding) => !isNote(finding))) return 'weakness';
  return own.length > 0 ? 'note' : 'nothing';
}

function kind(name: string, nowMs: number, make: Made): GeneratedKind {
  return {
    name,
    nowMs,
    traces: {},
    lives: {},
    make: (recipe) => make({ ...recipe, random: seeded(recipe.seed + 7000) }),
  };
}

function one(name: string, bytes: Uint8Array): EvidenceTree {
  return { ...memoryTree(name, new Map([[name, bytes]])), single: true };
}

/** Programs of iPhones that run. What is common as the name of a file and a trace as that of a process does not. */
const RUNNING = namesIn('ios-programs').filter(
  (name) => !COLLISIONS.some(({ value, decided }) => value === name && decided === 'common'),
);

function some(list: string | readonly string[], count: number, random: () => number): readonly string[] {
  const names = typeof list === 'string' ? namesIn(list) : list;
  return Array.from({ length: count }, () => names[Math.floor(random() * names.length)] ?? '');
}

function android(random: () => number) {
  return { apps: [...new Set(some('android-packages', 120, random))], files: documents(random) };
}

/** Files that are named by words, and by what is common though it is in the lists, and hold words, names of programs and of packages. */
function documents(random: () => number): [name: string, text: string][] {
  const collide = COLLISIONS.filter(({ decided, value }) => decided === 'common' && !value.includes('/'));
  const names = [
    ...some('words', 40, random),
    ...some('debian-names', 40, random),
    ...collide.map(({ value }) => value),
  ];
  return [...new Set(names)].map((name) => [name, LISTS.flatMap((list) => some(list, 60, random)).join(' ')]);
}
