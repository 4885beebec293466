import { FormatError } from '../../base/index.ts';
import { isPlistDict, type PlistValue, parsePlist } from '../../formats/plist/index.ts';
import type { SqliteDatabase, SqliteValue } from '../../formats/sqlite/index.ts';
import type { ArtefactModule, Emit } from '../evidence.ts';
import { appleTimeMs } from '../times.ts';
import { type IosFiles, plainText, readDatabases, rowsIfAny } from './files.ts';
import { safariFiles } from './safari-files.ts';

/** An open tab. */
export interface SafariTabRecord {
  readonly path: string;
  readonly id: number;
  readonly title: string;
  readonly url: string;
  readonly visibleUrl: string;
  readonly viewedAtMs: number | undefined;
  readonly privateBrowsing: boolean;
  /** The tab's own history, oldest first. */
  readonly session: readonly { readonly url: string; readonly originalUrl: string; readonly dataBytes: number }[];
}

const ARTEFACT = 'safari-browser-state';
/** Four bytes stand before the property list of a session. */
const SESSION_HEADER_BYTES = 4;
const COLUMNS = ['uuid', 'title', 'url', 'user_visible_url', 'last_viewed_time', 'private_browsing', 'session_data'];

export const safariBrowserState: ArtefactModule<IosFiles, SafariTabRecord> = {
  artefact: ARTEFACT,
  read: (source, emit) =>
    readDatabases(
      source,
      ARTEFACT,
      safariFiles(source, 'BrowserState.db'),
      'Library/Safari/BrowserState.db',
      (database, path) => {
        const sessions = readSessions(database);
        let records = 0;
        for (const { rowid: id, values } of database.rows('tabs', COLUMNS)) {
          records++;
          const [uuid, title, url, visible, viewed, hidden, own] = values;
          const record: SafariTabRecord = {
            path,
            id,
            title: plainText(title),
            url: plainText(url),
            visibleUrl: plainText(visible),
            viewedAtMs: appleTimeMs(viewed),
            privateBrowsing: hidden === 1,
            // Before iOS 12 the session stood in the tab's own row.
            session: sessions.get(plainText(uuid)) ?? sessionOf(own),
          };
          emit.record(record);
          emitSightings(record, emit);
        }
        return records;
      },
    ),
};

function readSessions(database: SqliteDatabase): ReadonlyMap<string, SafariTabRecord['session']> {
  const sessions = new Map<string, SafariTabRecord['session']>();
  for (const { values } of rowsIfAny(database, 'tab_sessions', ['tab_uuid', 'session_data'])) {
    sessions.set(plainText(values[0]), sessionOf(values[1]));
  }
  return sessions;
}

/** A session that cannot be read is none: the byte scan still goes over it. */
function sessionOf(value: SqliteValue | undefined): SafariTabRecord['session'] {
  if (!(value instanceof Uint8Array) || value.length <= SESSION_HEADER_BYTES) return [];
  let list: PlistValue;
  try {
    list = parsePlist(value.subarray(SESSION_HEADER_BYTES));
  } catch (error) {
    if (error instanceof FormatError) return [];
    throw error;
  }
  const history = isPlistDict(list) ? list['SessionHistory'] : undefined;
  const entries = isPlistDict(history) ? history['SessionHistoryEntries'] : undefined;
  if (!Array.isArray(entries)) return [];
  return entries.filter(isPlistDict).map((entry) => {
    const {
      SessionHistoryEntryURL: url,
      SessionHistoryEntryOriginalURL: original,
      SessionHistoryEntryData: data,
    } = entry;
    return {
      url: typeof url === 'string' ? url : '',
      originalUrl: typeof original === 'string' ? original : '',
      dataBytes: data instanceof Uint8Array ? data.length : 0,
    };
  });
}

function emitSightings(record: SafariTabRecord, emit: Emit<SafariTabRecord>): void {
  const { path, id, viewedAtMs, session } = record;
  const urls = new Set([record.url, record.visibleUrl, ...session.flatMap((entry) => [entry.url, entry.originalUrl])]);
  for (const value of urls) {
    if (!value.includes('://')) continue;
    const locator = `tab ${id}`;
    emit.sighting({ kind: 'url', value, evidence: 'visited', artefact: ARTEFACT, path, locator, atMs: viewedAtMs });
  }
  if (viewedAtMs !== undefined)
    emit.event?.({
      atMs: viewedAtMs,
      artefact: ARTEFACT,
      path,
      what: 'tab viewed',
      detail: `${record.url} ${record.title}`,
    });
}
