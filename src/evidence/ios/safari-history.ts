import type { SqliteDatabase } from '../../formats/sqlite/index.ts';
import type { ArtefactModule, Emit } from '../evidence.ts';
import { appleTimeMs } from '../times.ts';
import { deletedPlace, type IosFiles, keyOf, numberOf, plainText, readDatabases } from './files.ts';
import { safariFiles } from './safari-files.ts';

/** A visit, or a redirect between two visits of one database. */
export type SafariHistoryRecord = SafariVisit | SafariRedirect;

interface SafariVisit {
  readonly kind: 'visit';
  readonly path: string;
  readonly visitId: number;
  readonly url: string;
  readonly atMs: number | undefined;
  /** The visits before and after it in a chain of redirects, of the same database. */
  readonly redirectSource: number | undefined;
  readonly redirectDestination: number | undefined;
}

export interface SafariRedirect {
  readonly kind: 'redirect';
  readonly path: string;
  readonly visitId: number;
  readonly fromUrl: string;
  readonly toUrl: string;
  readonly atMs: number | undefined;
  /** Milliseconds from one visit to the other. */
  readonly afterMs: number;
}

const ARTEFACT = 'safari-history';

/** Visits of Safari in all its profiles; a page that was never visited but stands in the history gives a sighting too. */
export const safariHistory: ArtefactModule<IosFiles, SafariHistoryRecord> = {
  artefact: ARTEFACT,
  read: (source, emit) =>
    readDatabases(source, ARTEFACT, safariFiles(source, 'History.db'), 'Library/Safari/History.db', (database, path) =>
      readHistory(database, path, emit),
    ),
};

function readHistory(database: SqliteDatabase, path: string, emit: Emit<SafariHistoryRecord>): number {
  const urls = new Map<number, string>();
  for (const { rowid, values } of database.rows('history_items', ['url'])) {
    if (typeof values[0] === 'string') urls.set(rowid, values[0]);
  }
  const visited = new Set<number>();
  const redirects = new Map<number, Redirect[]>();
  let records = 0;
  const common = { kind: 'url', evidence: 'visited', artefact: ARTEFACT, path } as const;
  for (const { rowid, values } of database.rows('history_visits', VISIT_COLUMNS)) {
    records++;
    const [itemValue, time, title, destination, source] = values;
    const item = keyOf(itemValue);
    const url = urls.get(item);
    visited.add(item);
    if (url === undefined) continue;
    const atMs = appleTimeMs(time);
    emit.sighting({ value: url, ...common, locator: `visit ${rowid}`, atMs });
    const [redirectSource, redirectDestination] = [numberOf(source), numberOf(destination)];
    emit.record({ kind: 'visit', path, visitId: rowid, url, atMs, redirectSource, redirectDestination });
    if (atMs === undefined) continue;
    emit.event?.({ atMs, artefact: ARTEFACT, path, what: 'page visited', detail: `${url} ${plainText(title)}`.trim() });
    if (typeof destination !== 'number' || !url.startsWith('http://')) continue;
    const waiting = redirects.get(destination);
    if (waiting === undefined) redirects.set(destination, [{ visitId: rowid, url, atMs }]);
    else waiting.push({ visitId: rowid, url, atMs });
  }
  for (const [item, url] of urls) {
    if (!visited.has(item)) emit.sighting({ value: url, ...common, locator: `history item ${item}`, atMs: undefined });
  }
  readDeleted(database, path, urls, emit);
  if (redirects.size > 0) readRedirects(database, path, urls, redirects, emit);
  return records;
}

const VISIT_COLUMNS = ['history_item', 'visit_time', 'title', 'redirect_destination', 'redirect_source'];

interface Redirect {
  readonly visitId: number;
  readonly url: string;
  readonly atMs: number;
}

/** Pages of a history that was deleted. */
function readDeleted(
  database: SqliteDatabase,
  path: string,
  urls: ReadonlyMap<number, string>,
  emit: Emit<SafariHistoryRecord>,
): void {
  let present: ReadonlySet<string> | undefined;
  for (const row of database.deletedRows('history_items', ['url'])) {
    const value = plainText(row.values[0]);
    present ??= new Set(urls.values());
    if (!value.includes('://') || present.has(value)) continue;
    const locator = deletedPlace('history_items', 'id', row);
    emit.sighting({ kind: 'url', value, evidence: 'visited', artefact: ARTEFACT, path, locator, atMs: undefined });
  }
}

/** A second walk, since a redirect may lead to a visit that stands before it; ids hold within one database. */
function readRedirects(
  database: SqliteDatabase,
  path: string,
  urls: ReadonlyMap<number, string>,
  redirects: ReadonlyMap<number, readonly Redirect[]>,
  emit: Emit<SafariHistoryRecord>,
): void {
  for (const { rowid, values } of database.rows('history_visits', ['history_item', 'visit_time'])) {
    const sources = redirects.get(rowid);
    const toUrl = sources === undefined ? undefined : urls.get(keyOf(values[0]));
    const atMs = appleTimeMs(values[1]);
    if (sources === undefined || toUrl === undefined || atMs === undefined) continue;
    for (const { visitId, url, atMs: fromMs } of sources) {
      emit.record({ kind: 'redirect', path, visitId, fromUrl: url, toUrl, atMs: fromMs, afterMs: atMs - fromMs });
    }
  }
}
