import type { SqliteDatabase } from '../../formats/sqlite/index.ts';
import type { ArtefactModule, Emit } from '../evidence.ts';
import { appleTimeMs } from '../times.ts';
import { deletedPlace, type IosFiles, keyOf, listed, numberOf, plainText, readDatabases } from './files.ts';

/** A program's own row, use of the network by a program, or such use whose program has no row any more. */
export type DataUsageRecord =
  | { readonly kind: 'process'; readonly path: string; readonly id: number }
  | DataUsage
  | { readonly kind: 'orphan'; readonly path: string; readonly id: number; readonly atMs: number | undefined };

interface DataUsage {
  readonly kind: 'usage';
  readonly path: string;
  readonly processId: number;
  readonly process: string;
  readonly bundleId: string;
  readonly firstAtMs: number | undefined;
  readonly lastAtMs: number | undefined;
  /** Undefined for a program without live use. */
  readonly liveId: number | undefined;
  readonly liveAtMs: number | undefined;
  /** Newer phones do not keep the Wi-Fi counters. */
  readonly wifiInBytes: number | undefined;
  readonly wifiOutBytes: number | undefined;
  readonly cellularInBytes: number | undefined;
  readonly cellularOutBytes: number | undefined;
}

type Process = Pick<DataUsage, 'process' | 'bundleId' | 'firstAtMs' | 'lastAtMs'>;

const ARTEFACT = 'data-usage';
const PATH = 'Library/Databases/DataUsage.sqlite';
const PROCESS_COLUMNS = ['ZPROCNAME', 'ZBUNDLENAME', 'ZFIRSTTIMESTAMP', 'ZTIMESTAMP'];
const USAGE_COLUMNS = ['ZHASPROCESS', 'ZTIMESTAMP', 'ZWIFIIN', 'ZWIFIOUT', 'ZWWANIN', 'ZWWANOUT'];

/** Programs that used the network: one record for each live use, and one for each program without any. */
export const dataUsage: ArtefactModule<IosFiles, DataUsageRecord> = {
  artefact: ARTEFACT,
  read: (source, emit) =>
    readDatabases(
      source,
      ARTEFACT,
      listed(source, 'WirelessDomain', PATH),
      `WirelessDomain/${PATH}`,
      (database, path) => {
        const processes = readProcesses(database, path, emit);
        const used = new Set<number>();
        let records = 0;
        for (const { rowid: liveId, values } of database.rows('ZLIVEUSAGE', USAGE_COLUMNS)) {
          records++;
          const [has, time, wifiIn, wifiOut, cellularIn, cellularOut] = values;
          const processId = keyOf(has);
          const process = processes.get(processId);
          const liveAtMs = appleTimeMs(time);
          used.add(processId);
          if (process === undefined) {
            emit.record({ kind: 'orphan', path, id: liveId, atMs: liveAtMs });
            continue;
          }
          tell(
            {
              kind: 'usage',
              path,
              processId,
              ...process,
              liveId,
              liveAtMs,
              wifiInBytes: numberOf(wifiIn),
              wifiOutBytes: numberOf(wifiOut),
              cellularInBytes: numberOf(cellularIn),
              cellularOutBytes: numberOf(cellularOut),
            },
            `ZLIVEUSAGE Z_PK ${liveId}, ZPROCESS Z_PK ${processId}`,
            emit,
          );
        }
        for (const [processId, process] of processes) {
          if (used.has(processId)) continue;
          records++;
          tell({ ...UNUSED, path, processId, ...process }, `ZPROCESS Z_PK ${processId}`, emit);
        }
        readDeleted(database, path, processes, emit);
        return records;
      },
    ),
};

const UNUSED = {
  kind: 'usage',
  liveId: undefined,
  liveAtMs: undefined,
  wifiInBytes: undefined,
  wifiOutBytes: undefined,
  cellularInBytes: undefined,
  cellularOutBytes: undefined,
} as const;

function readProcesses(
  database: SqliteDatabase,
  path: string,
  emit: Emit<DataUsageRecord>,
): ReadonlyMap<number, Process> {
  const processes = new Map<number, Process>();
  for (const { rowid: id, values } of database.rows('ZPROCESS', PROCESS_COLUMNS)) {
    const [name, bundle, first, last] = values;
    const firstAtMs = appleTimeMs(first);
    processes.set(id, {
      process: plainText(name),
      bundleId: plainText(bundle),
      firstAtMs,
      lastAtMs: appleTimeMs(last),
    });
    emit.record({ kind: 'process', path, id });
  }
  return processes;
}

/** Programs whose row was removed: apps that were uninstalled, and spyware that hides. */
function readDeleted(
  database: SqliteDatabase,
  path: string,
  processes: ReadonlyMap<number, Process>,
  emit: Emit<DataUsageRecord>,
): void {
  const present = new Set([...processes.values()].map(({ process }) => process));
  for (const row of database.deletedRows('ZPROCESS', PROCESS_COLUMNS)) {
    const value = plainText(row.values[0]);
    if (value === '' || present.has(value)) continue;
    const locator = deletedPlace('ZPROCESS', 'Z_PK', row);
    const atMs = appleTimeMs(row.values[2]);
    emit.sighting({ kind: 'process', value, evidence: 'executed', artefact: ARTEFACT, path, locator, atMs });
    if (atMs !== undefined)
      emit.event?.({ atMs, artefact: ARTEFACT, path, what: 'network first used, row deleted', detail: value });
  }
}

function tell(usage: DataUsage, locator: string, emit: Emit<DataUsageRecord>): void {
  emit.record(usage);
  const { process, path, firstAtMs, lastAtMs, liveAtMs } = usage;
  if (process === '') return;
  const common = { kind: 'process', evidence: 'executed', artefact: ARTEFACT, path, locator, atMs: firstAtMs } as const;
  emit.sighting({ value: process, ...common });
  // "daemon/bundle": the daemon worked for the bundle, and either name may be the known one.
  const slash = process.indexOf('/');
  if (slash > 0) emit.sighting({ value: process.slice(0, slash), ...common });
  for (const [what, atMs] of [
    ['network first used', firstAtMs],
    ['network last used', lastAtMs],
    ['network used', liveAtMs],
  ] as const) {
    if (atMs !== undefined) emit.event?.({ atMs, artefact: ARTEFACT, path, what, detail: process });
  }
}
