import { FormatError } from '../../base/index.ts';
import { isPlistDict, parsePlist } from '../../formats/plist/index.ts';
import type { SqliteValue } from '../../formats/sqlite/index.ts';
import type { ArtefactModule } from '../evidence.ts';
import { linksIn } from '../links.ts';
import { plistLinkStrings } from '../plist-strings.ts';
import { appleTimeMs } from '../times.ts';
import { type IosFiles, keyOf, listed, plainText, readDatabases, rowsIfAny } from './files.ts';

export interface ShortcutRecord {
  readonly path: string;
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly createdAtMs: number | undefined;
  readonly modifiedAtMs: number | undefined;
  /** Identifiers of its steps. */
  readonly actions: readonly string[];
  readonly urls: readonly string[];
}

const ARTEFACT = 'shortcuts';
const PATH = 'Library/Shortcuts/Shortcuts.sqlite';
const COLUMNS = ['ZNAME', 'ZACTIONSDESCRIPTION', 'ZCREATIONDATE', 'ZMODIFICATIONDATE'];

/** Shortcuts with their steps and the addresses that they open. */
export const shortcuts: ArtefactModule<IosFiles, ShortcutRecord> = {
  artefact: ARTEFACT,
  read: (source, emit) =>
    readDatabases(source, ARTEFACT, listed(source, 'HomeDomain', PATH), `HomeDomain/${PATH}`, (database, path) => {
      const steps = new Map<number, Uint8Array[]>();
      for (const { values } of rowsIfAny(database, 'ZSHORTCUTACTIONS', ['ZSHORTCUT', 'ZDATA'])) {
        const [shortcut, data]: readonly (SqliteValue | undefined)[] = values;
        if (!(data instanceof Uint8Array)) continue;
        const others = steps.get(keyOf(shortcut));
        if (others === undefined) steps.set(keyOf(shortcut), [data]);
        else others.push(data);
      }
      let records = 0;
      for (const { rowid: id, values } of database.rows('ZSHORTCUT', COLUMNS)) {
        records++;
        const [name, description, created, modified] = values;
        const [createdAtMs, modifiedAtMs] = [appleTimeMs(created), appleTimeMs(modified)];
        const data = steps.get(id) ?? [];
        const record: ShortcutRecord = {
          path,
          id,
          name: plainText(name),
          description: plainText(description),
          createdAtMs,
          modifiedAtMs,
          actions: data.flatMap(actionsOf),
          urls: urlsOf(data),
        };
        emit.record(record);
        for (const value of record.urls) {
          const locator = `ZSHORTCUT Z_PK ${id}`;
          const atMs = modifiedAtMs ?? createdAtMs;
          emit.sighting({ kind: 'url', value, evidence: 'received', artefact: ARTEFACT, path, locator, atMs });
        }
        for (const [what, atMs] of [
          ['shortcut created', createdAtMs],
          ['shortcut modified', modifiedAtMs],
        ] as const) {
          if (atMs !== undefined) emit.event?.({ atMs, artefact: ARTEFACT, path, what, detail: record.name });
        }
      }
      return records;
    }),
};

function urlsOf(data: readonly Uint8Array[]): readonly string[] {
  const urls = new Set<string>();
  for (const bytes of data) {
    plistLinkStrings(bytes, (text) => {
      for (const url of linksIn(text)) urls.add(url);
    });
  }
  return [...urls];
}

function actionsOf(bytes: Uint8Array): string[] {
  try {
    const list = parsePlist(bytes);
    if (!Array.isArray(list)) return [];
    return list.flatMap((step) => {
      const action = isPlistDict(step) ? step['WFWorkflowActionIdentifier'] : undefined;
      return typeof action === 'string' ? [action] : [];
    });
  } catch (error) {
    if (error instanceof FormatError) return [];
    throw error;
  }
}
