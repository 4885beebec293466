import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { utf8Bytes } from '../../src/base/index.ts';
import { diskTree } from '../../src/cli/scan/index.ts';
import { type Examination, examine } from '../../src/detection/index.ts';
import { compileIndicators, type IndicatorIndex } from '../../src/detection/indicators/index.ts';
import { type EvidenceTree, memoryTree } from '../../src/evidence/index.ts';
import { nodeBackupCrypto } from '../../src/formats/keybag/node.ts';
import { makeZip } from '../../src/formats/zip/testing.ts';
import { COLLECTED_AT_MS, makeArchive, makeBugreport, makeCollection, makeIntrusionLogs } from './android.ts';
import { BACKUP_TRACES, BUGREPORT_TRACES, COLLECTION_TRACES, LOG_TRACES } from './android-plants.data.ts';
import { FILESYSTEM_TRACES } from './filesystem-traces.data.ts';
import { SMALL, writeBackup } from './ios-backup.ts';
import { NOW_MS } from './ios-context.ts';
import { type FilesystemPlant, makeFilesystem, packTar } from './ios-filesystem.ts';
import { IOS_TRACES } from './ios-traces.data.ts';
import { layoutOf, zoneMinutesOf } from './layout.ts';
import {
  ARCHIVE_LIVES,
  BUGREPORT_LIVES,
  COLLECTION_LIVES,
  FILESYSTEM_LIVES,
  IOS_LIVES,
  type IosLife,
  type Life,
  LOG_LIVES,
  SYSDIAGNOSE_LIVES,
  type SysdiagnoseLife,
} from './lives.data.ts';
import type { Plant } from './planted.data.ts';
import { MADE_AT_MS, makeSysdiagnose, packSysdiagnose, type SysdiagnosePlant, sysdiagnoseName } from './sysdiagnose.ts';
import { SYSDIAGNOSE_TRACES } from './sysdiagnose-traces.data.ts';
import type { Trace } from './trace.ts';

/** What a phone is generated from. */
export interface Recipe {
  readonly seed: number;
  readonly plants: readonly string[];
  readonly life: string;
  /** An empty one, for evidence that lies on disk. */
  readonly folder: string;
}

/** A kind of evidence that is generated, with every trace that can be planted in it and every way to live. */
export interface GeneratedKind {
  readonly name: string;
  readonly traces: Readonly<Record<string, Trace>>;
  readonly lives: Readonly<Record<string, Life>>;
  /** When it is examined. */
  readonly nowMs: number;
  make(recipe: Recipe): EvidenceTree;
}

const PASSWORD = 'correct horse';

export const GENERATED_KINDS: readonly GeneratedKind[] = [
  { name: 'iPhone backup', traces: IOS_TRACES, lives: IOS_LIVES, nowMs: NOW_MS, make: iosBackup(undefined) },
  { name: 'iPhone backup, encrypted', traces: IOS_TRACES, lives: IOS_LIVES, nowMs: NOW_MS, make: iosBackup(PASSWORD) },
  {
    name: 'iPhone file system',
    traces: FILESYSTEM_TRACES,
    lives: FILESYSTEM_LIVES,
    nowMs: MADE_AT_MS,
    make({ seed, plants }) {
      const own = plants.filter((name): name is FilesystemPlant => name in FILESYSTEM_TRACES);
      // Of these the log of the database is the trace.
      const logged = own.includes('message-in-log') && seed % 3 === 0 ? seed + 1 : seed;
      const files = makeFilesystem(own, logged);
      if (seed % 3 === 0) return memoryTree('dump', files);
      if (seed % 3 === 1) return zipped('dump.zip', files);
      return single('dump.tar.gz', new Uint8Array(gzipSync(packTar(files))));
    },
  },
  {
    name: 'iPhone sysdiagnose',
    traces: SYSDIAGNOSE_TRACES,
    lives: SYSDIAGNOSE_LIVES,
    nowMs: MADE_AT_MS,
    make({ seed, plants, life }) {
      const [osVersion, build] = SYSTEMS[seed % SYSTEMS.length] ?? SYSTEMS[0];
      const own = plants.filter(isSysdiagnosePlant);
      const zoneMinutes = zoneMinutesOf(seed);
      const options = { seed, plants: own, osVersion, build, zoneMinutes, life: life as SysdiagnoseLife };
      return single('s.tar.gz', packSysdiagnose(makeSysdiagnose(options), sysdiagnoseName(options)));
    },
  },
  {
    name: 'Android bug report',
    traces: BUGREPORT_TRACES,
    lives: BUGREPORT_LIVES,
    nowMs: COLLECTED_AT_MS,
    make: (recipe) => single('bugreport.zip', makeBugreport(recipe)),
  },
  {
    name: 'AndroidQF collection',
    traces: COLLECTION_TRACES,
    lives: COLLECTION_LIVES,
    nowMs: COLLECTED_AT_MS,
    make: (recipe) => collection(recipe.seed, makeCollection(recipe)),
  },
  {
    name: 'Android backup',
    traces: BACKUP_TRACES,
    lives: ARCHIVE_LIVES,
    nowMs: COLLECTED_AT_MS,
    make(recipe) {
      const locked = recipe.seed % 2 === 0 ? {} : { password: PASSWORD };
      return single('backup.ab', makeArchive({ ...recipe, ...locked }));
    },
  },
  {
    name: 'Android intrusion logs',
    traces: LOG_TRACES,
    lives: LOG_LIVES,
    nowMs: COLLECTED_AT_MS,
    make: (recipe) => memoryTree('logs', makeIntrusionLogs(recipe)),
  },
];

const SYSTEMS = [
  ['18.5', '22F76'],
  ['16.7.10', '20H350'],
  ['17.6.1', '21G93'],
  ['18.6.2', '22G100'],
] as const;

/** The next seed whose phone keeps what the trace stands in. */
export function seedFor(kind: GeneratedKind, plant: string, seed: number): number {
  const { since = 0, until = 99 } = kind.traces[plant] ?? {};
  let next = seed;
  while (!(layoutOf(next).since(since) && layoutOf(next).until(until))) next++;
  return next;
}

/** The lives of a kind that are no trace of it, each with the seeds of `count` phones. */
export function healthyPhones(
  { lives }: GeneratedKind,
  seed: number,
  count: number,
): readonly Omit<Recipe, 'folder'>[] {
  const names = Object.keys(lives);
  return Array.from({ length: count }, (_, i) => ({ seed: seed + i, plants: [], life: names[i % names.length] ?? '' }));
}

/** The indicators of every trace of a kind; the id of each is the name of its trace. */
export function indicatorsOf({ traces }: GeneratedKind): IndicatorIndex {
  const indicators = Object.entries(traces).flatMap(([id, { indicator }]) =>
    indicator === undefined ? [] : [{ id, key: indicator[0], value: indicator[1], collection: `Planted ${id}` }],
  );
  return compileIndicators([{ source: 'planted', bundle: { unsupported: [], indicators } }]);
}

/** Generates a phone and examines it with each of the indexes; evidence on disk is removed again. */
export async function examineGenerated(
  kind: GeneratedKind,
  recipe: Omit<Recipe, 'folder'>,
  indexes: readonly IndicatorIndex[],
): Promise<readonly Examination[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pavise-generated-'));
  try {
    const tree = kind.make({ ...recipe, folder });
    const results: Examination[] = [];
    for (const index of indexes) {
      const result = await examine([tree], index, {
        passwords: [utf8Bytes(PASSWORD)],
        crypto: nodeBackupCrypto,
        level: 'thorough',
        nowMs: kind.nowMs,
        progress() {},
      });
      if ('unknown' in result) throw new Error(`${kind.name}, seed ${recipe.seed}: not recognised`);
      results.push(result);
    }
    return results;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Judges what was told of a phone with one planted trace. */
export function judgePlanted(
  kind: GeneratedKind,
  plant: string,
  { findings }: Examination,
): { readonly found: boolean; readonly strays: readonly string[] } {
  const trace = kind.traces[plant];
  if (trace === undefined) throw new Error(`no trace ${plant} in ${kind.name}`);
  let found = false;
  const strays: string[] = [];
  for (const { level, verdict, artefact, indicator, value } of findings) {
    const told = `${level} ${verdict} ${artefact}`;
    // Traces may share an indicator: the index keeps one id for both.
    const own = trace.indicator === undefined ? indicator === undefined : indicator?.value === trace.indicator[1];
    if (own && told === trace.told) found = true;
    else if (!own && (level === 'critical' || level === 'high')) strays.push(`${told} ${value}`);
  }
  return { found, strays };
}

function iosBackup(password: string | undefined): GeneratedKind['make'] {
  return ({ seed, plants, life, folder }) => {
    const own = plants.filter((name): name is Plant => name in IOS_TRACES);
    const locked = password === undefined ? {} : { password };
    writeBackup(folder, { size: SMALL, seed, plants: own, varied: true, life: life as IosLife, ...locked });
    return diskTree(folder);
  };
}

/** As a folder, or as the zip that AndroidQF makes. */
function collection(seed: number, files: ReadonlyMap<string, Uint8Array>): EvidenceTree {
  if (seed % 2 === 0) return memoryTree('collection', files);
  return zipped('collection.zip', files);
}

function zipped(name: string, files: ReadonlyMap<string, Uint8Array>): EvidenceTree {
  return single(name, makeZip([...files].map(([path, data]) => ({ name: path, data }))));
}

/** What stands in every list of findings that is due to the age of the system, which the seed chooses. */
const OF_AGE = new Set(['backup-info']);

/** What is told of a phone without a trace, sorted and once each: level, verdict and artefact. */
export function toldOf({ findings }: Examination): readonly string[] {
  const told = findings.filter(({ artefact }) => !OF_AGE.has(artefact));
  return [...new Set(told.map(({ level, verdict, artefact }) => `${level} ${verdict} ${artefact}`))].sort();
}

function isSysdiagnosePlant(name: string): name is SysdiagnosePlant {
  return name in SYSDIAGNOSE_TRACES;
}

/** One file as it is given on the command line. */
function single(name: string, bytes: Uint8Array): EvidenceTree {
  return { ...memoryTree(name, new Map([[name, bytes]])), single: true };
}
