import type { SqliteValue } from '../../../formats/sqlite/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import { appleTimeMs } from '../times.ts';
import { type IosFiles, listed, plainText, readDatabases } from './files.ts';

/** A row of the table of programs, or of the usage that belongs to one. */
export type DataUsageRecord =
  | { readonly kind: 'process'; readonly path: string; readonly id: number }
  | { readonly kind: 'orphan'; readonly path: string; readonly id: number; readonly atMs: number | undefined };

const PATH = 'Library/Databases/DataUsage.sqlite';

export const dataUsage: ArtefactModule<IosFiles, DataUsageRecord> = {
  artefact: 'data-usage',
  read: (source, emit) =>
    readDatabases(
      source,
      'data-usage',
      listed(source, 'WirelessDomain', PATH),
      `WirelessDomain/${PATH}`,
      (database, path) => {
        const processes = new Map<number, { name: SqliteValue; first: SqliteValue }>();
        for (const { rowid, values } of database.rows('ZPROCESS', ['ZPROCNAME', 'ZFIRSTTIMESTAMP'])) {
          processes.set(rowid, { name: values[0] ?? null, first: values[1] ?? null });
          emit.record({ kind: 'process', path, id: rowid });
        }
        const used = new Set<number>();
        let records = 0;
        const see = (name: SqliteValue, locator: string, time: SqliteValue): void => {
          const text = plainText(name);
          if (text === '') return;
          const common = {
            kind: 'process',
            evidence: 'executed',
            artefact: 'data-usage',
            path,
            locator,
            atMs: appleTimeMs(time),
          } as const;
          emit.sighting({ value: text, ...common });
          // "daemon/bundle": the daemon worked for the bundle, and either name may be the known one.
          const slash = text.indexOf('/');
          if (slash > 0) emit.sighting({ value: text.slice(0, slash), ...common });
        };
        for (const { rowid, values } of database.rows('ZLIVEUSAGE', ['ZHASPROCESS', 'ZTIMESTAMP'])) {
          records++;
          const id = typeof values[0] === 'number' ? values[0] : -1;
          const process = processes.get(id);
          used.add(id);
          if (process === undefined) emit.record({ kind: 'orphan', path, id: rowid, atMs: appleTimeMs(values[1]) });
          else see(process.name, `ZLIVEUSAGE Z_PK ${rowid}, ZPROCESS Z_PK ${id}`, process.first);
        }
        for (const [id, process] of processes) {
          if (used.has(id)) continue;
          records++;
          see(process.name, `ZPROCESS Z_PK ${id}`, process.first);
        }
        return records;
      },
    ),
};
