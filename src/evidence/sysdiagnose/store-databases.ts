import { FormatError } from '../../base/index.ts';
import { gunzip } from '../../formats/gzip/index.ts';
import { openSqlite, type SqliteDatabase, type SqliteValue } from '../../formats/sqlite/index.ts';
import { blockFile } from '../block-file.ts';
import { type Artefact, type ArtefactModule, type Emit, examined, type OpenFile, unreadable } from '../evidence.ts';
import { plainText, readDatabases, readEach } from '../ios/files.ts';
import { appleTimeMs, unixTimeMs } from '../times.ts';
import { filesLike, type Sysdiagnose } from './files.ts';
import { chunksOf, isGzip } from './open.ts';
import { emitProgram } from './sightings.ts';

/** An app or program that a database of the system names, with the times of its rows. */
export interface NamedProgram {
  readonly path: string;
  readonly table: string;
  readonly kind: 'app' | 'process';
  readonly name: string;
  readonly rows: number;
  readonly firstAtMs: number | undefined;
  readonly lastAtMs: number | undefined;
}

const APP_COLUMNS = new Set(['bundle_id', 'bundleid', 'appbundleid', 'bundleidentifier', 'bundle_identifier']);
const PROCESS_COLUMNS = new Set(['processname', 'process_name', 'launchdname', 'appexecutable', 'executablename']);
const TIME_COLUMNS = ['timestamp', 'event_time', 'install_date', 'date'];
/** Powerlogs have some hundred tables, and some hundred thousand rows in the largest. */
const MAX_TABLES = 2000;
const MAX_NAMES = 50_000;
/** Unpacked: powerlogs of a week have some hundred megabytes. */
const MAX_UNPACKED_BYTES = 512 * 1024 * 1024;
/** Seconds since 2001 pass this in 2039; seconds since 1970 passed it in 2008. */
const UNIX_FROM = 1.2e9;

const STORE = 'app-store';

/** Apps that the App Store's services installed, updated or downloaded. */
export const storeDatabases: ArtefactModule<Sysdiagnose, NamedProgram> = {
  artefact: STORE,
  read: (source, emit) =>
    readDatabases(
      source,
      STORE,
      filesLike(source, /^logs\/(?:appinstallation|itunesstored)\/[^/]+\.sqlitedb$/),
      'logs/appinstallation/appstored.sqlitedb',
      (database, path) => readNames(database, STORE, path, emit),
    ),
};

const POWER = 'power-log';

/** Programs that used the processor, the network, camera or microphone, for about a week. */
export const powerLog: ArtefactModule<Sysdiagnose, NamedProgram> = {
  artefact: POWER,
  read(source, emit) {
    const files = filesLike(source, /^logs\/powerlogs\/[^/]+\.PLSQL(?:\.gz)?$/i);
    return readEach(POWER, files, 'logs/powerlogs/powerlog_*.PLSQL', async (file, path) => {
      const open = await source.open(file);
      if (open === undefined) return unreadable(POWER, path, 0, 'listed, content missing');
      try {
        return await readPowerLog(open, path, emit);
      } finally {
        open.close();
      }
    });
  },
};

async function readPowerLog(open: OpenFile, path: string, emit: Emit<NamedProgram>): Promise<Artefact> {
  const packed = isGzip(open);
  const file = packed ? await blockFile(gunzip(chunksOf(open)), MAX_UNPACKED_BYTES) : open;
  const database = openSqlite(file);
  const records = readNames(database, POWER, path, emit);
  const [damage] = database.damage;
  if (damage === undefined) return examined(POWER, path, records);
  return unreadable(POWER, path, records, `partly salvaged, ${records} records: ${damage}`);
}

/** Goes through every table that has a column for the name of an app or program. */
function readNames(database: SqliteDatabase, artefact: string, path: string, emit: Emit<NamedProgram>): number {
  let names = 0;
  for (const table of database.tables.slice(0, MAX_TABLES)) {
    const columns = database.columns(table) ?? [];
    const time = TIME_COLUMNS.find((name) => columns.includes(name)) ?? 'timestamp';
    for (const column of columns) {
      const kind = APP_COLUMNS.has(column) ? 'app' : PROCESS_COLUMNS.has(column) ? 'process' : undefined;
      if (kind === undefined) continue;
      const found = collectNames(database, table, [column, time]);
      for (const [name, { rows, firstAtMs, lastAtMs }] of found) {
        names++;
        emitName({ path, table, kind, name, rows, firstAtMs, lastAtMs }, artefact, emit);
      }
    }
  }
  return names;
}

interface Times {
  rows: number;
  firstAtMs: number | undefined;
  lastAtMs: number | undefined;
}

function collectNames(database: SqliteDatabase, table: string, columns: readonly string[]): ReadonlyMap<string, Times> {
  const names = new Map<string, Times>();
  try {
    for (const { values } of database.rows(table, columns)) {
      const name = plainText(values[0]);
      const atMs = rowTimeMs(values[1]);
      const known = names.get(name);
      if (name === '' || (known === undefined && names.size >= MAX_NAMES)) continue;
      if (known === undefined) names.set(name, { rows: 1, firstAtMs: atMs, lastAtMs: atMs });
      else {
        known.rows++;
        if (atMs === undefined) continue;
        known.firstAtMs = Math.min(known.firstAtMs ?? atMs, atMs);
        known.lastAtMs = Math.max(known.lastAtMs ?? atMs, atMs);
      }
    }
  } catch (error) {
    // A table whose declaration cannot be read costs that table; damage to rows is noted by the database itself.
    if (!(error instanceof FormatError) || error.code === 'sqlite-steps') throw error;
  }
  return names;
}

function rowTimeMs(value: SqliteValue | undefined): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && number < UNIX_FROM ? appleTimeMs(number) : unixTimeMs(number);
}

function emitName(record: NamedProgram, artefact: string, emit: Emit<NamedProgram>): void {
  const { path, table, kind, name, rows, firstAtMs, lastAtMs } = record;
  emit.record(record);
  const locator = `${table}, ${rows} rows`;
  if (kind === 'process') emitProgram(name, { artefact, path, locator, atMs: firstAtMs }, emit);
  else
    emit.sighting({
      kind: 'app',
      value: name,
      evidence: 'present',
      artefact,
      path,
      locator: locator.slice(0, 400),
      atMs: firstAtMs,
    });
  for (const [what, atMs] of [
    [`${kind} first noted`, firstAtMs],
    [`${kind} last noted`, lastAtMs === firstAtMs ? undefined : lastAtMs],
  ] as const) {
    if (atMs !== undefined) emit.event?.({ atMs, artefact, path, what, detail: `${name} (${table})` });
  }
}
