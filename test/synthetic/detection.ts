import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8Bytes } from '../../src/base/index.ts';
import { nodeBackupCrypto } from '../../src/formats/keybag/node.ts';
import { type Examination, examine } from '../../src/threats/detectors/index.ts';
import { compileIndicators, type IndicatorIndex } from '../../src/threats/indicators/index.ts';
import { type EvidenceTree, memoryTree } from '../../src/threats/readers/index.ts';
import { diskTree } from '../../src/threats/scan/index.ts';
import { COLLECTED_AT_MS, makeArchive, makeBugreport, makeCollection, makeIntrusionLogs } from './android.ts';
import { BACKUP_TRACES, BUGREPORT_TRACES, COLLECTION_TRACES, LOG_TRACES } from './android-plants.data.ts';
import { SMALL, writeBackup } from './ios-backup.ts';
import { NOW_MS } from './ios-context.ts';
import { IOS_TRACES } from './ios-traces.data.ts';
import type { Plant } from './planted.data.ts';
import { MADE_AT_MS, makeSysdiagnose, packSysdiagnose, type SysdiagnosePlant } from './sysdiagnose.ts';
import { SYSDIAGNOSE_TRACES } from './sysdiagnose-traces.data.ts';
import type { Trace } from './trace.ts';

/** A kind of evidence that is generated, with every trace that can be planted in it. */
export interface GeneratedKind {
  readonly name: string;
  readonly traces: Readonly<Record<string, Trace>>;
  /** When it is examined. */
  readonly nowMs: number;
  /** @param folder an empty one, for evidence that lies on disk */
  make(seed: number, plants: readonly string[], folder: string): EvidenceTree;
}

const PASSWORD = 'correct horse';

export const GENERATED_KINDS: readonly GeneratedKind[] = [
  { name: 'iPhone backup', traces: IOS_TRACES, nowMs: NOW_MS, make: iosBackup(undefined) },
  { name: 'iPhone backup, encrypted', traces: IOS_TRACES, nowMs: NOW_MS, make: iosBackup(PASSWORD) },
  {
    name: 'iPhone sysdiagnose',
    traces: SYSDIAGNOSE_TRACES,
    nowMs: MADE_AT_MS,
    make: (seed, plants) =>
      single('s.tar.gz', packSysdiagnose(makeSysdiagnose({ seed, plants: plants.filter(isSysdiagnosePlant) }))),
  },
  {
    name: 'Android bug report',
    traces: BUGREPORT_TRACES,
    nowMs: COLLECTED_AT_MS,
    make: (seed, plants) => single('bugreport.zip', makeBugreport({ seed, plants })),
  },
  {
    name: 'AndroidQF collection',
    traces: COLLECTION_TRACES,
    nowMs: COLLECTED_AT_MS,
    make: (seed, plants) => memoryTree('collection', makeCollection({ seed, plants })),
  },
  {
    name: 'Android backup, encrypted',
    traces: BACKUP_TRACES,
    nowMs: COLLECTED_AT_MS,
    make: (seed, plants) => single('backup.ab', makeArchive({ seed, plants, password: PASSWORD })),
  },
  {
    name: 'Android intrusion logs',
    traces: LOG_TRACES,
    nowMs: COLLECTED_AT_MS,
    make: (seed, plants) => memoryTree('logs', makeIntrusionLogs({ seed, plants })),
  },
];

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
  seed: number,
  plants: readonly string[],
  indexes: readonly IndicatorIndex[],
): Promise<readonly Examination[]> {
  const folder = mkdtempSync(join(tmpdir(), 'pavise-generated-'));
  try {
    const tree = kind.make(seed, plants, folder);
    const results: Examination[] = [];
    for (const index of indexes) {
      const result = await examine([tree], index, {
        passwords: [utf8Bytes(PASSWORD)],
        crypto: nodeBackupCrypto,
        level: 'thorough',
        nowMs: kind.nowMs,
        progress() {},
      });
      if ('unknown' in result) throw new Error(`${kind.name}, seed ${seed}: not recognised`);
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
  return (seed, plants, folder) => {
    const own = plants.filter((name): name is Plant => name in IOS_TRACES);
    const locked = password === undefined ? {} : { password };
    writeBackup(folder, { size: SMALL, seed, plants: own, osVersion: '26.6.1', ...locked });
    return diskTree(folder);
  };
}

function isSysdiagnosePlant(name: string): name is SysdiagnosePlant {
  return name in SYSDIAGNOSE_TRACES;
}

/** One file as it is given on the command line. */
function single(name: string, bytes: Uint8Array): EvidenceTree {
  return { ...memoryTree(name, new Map([[name, bytes]])), single: true };
}
