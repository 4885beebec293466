import { FormatError, utf8TextLoose } from '../../base/index.ts';
import { isPlistDict, type PlistDict, parsePlist } from '../../formats/plist/index.ts';
import { type DeletedRow, openSqlite, type SqliteDatabase, type SqliteValue } from '../../formats/sqlite/index.ts';
import {
  type Artefact,
  absent,
  examined,
  type MaybePromise,
  type OpenFile,
  readWhole,
  unreadable,
} from '../evidence.ts';
import { reasonOf } from '../failure.ts';

/** A file of an iPhone, wherever the evidence keeps its content: backup, encrypted backup, dump of a file system. */
export interface PhoneFile {
  /** What the source opens it by: the file id of a backup, the path in a dump. */
  readonly id: string;
  readonly domain: string;
  readonly relativePath: string;
  /** Path on the phone; "*" stands for a component that the source does not keep. */
  readonly absolutePath: string | undefined;
  /** The source does not list it: it may still be there under its usual id, and when it is not, nothing is amiss. */
  readonly unlisted?: true;
  /** It has the name of what is looked for and lies elsewhere, so that it may be another thing: read as far as it has the shape. */
  readonly elsewhere?: true;
}

/** Files that may be made one by one as they are asked for; an array is one too. */
export interface PhoneFileList extends Iterable<PhoneFile> {
  readonly length: number;
}

/** The files of an iPhone, by domain and path, which is how the modules ask for them. */
export interface IosFiles {
  readonly files: PhoneFileList;
  find(domain: string, relativePath: string): PhoneFile | undefined;
  /** Files of that base name, in any domain. */
  named(baseName: string): readonly PhoneFile[];
  /** @returns undefined when the file is listed and has no content */
  open(file: PhoneFile): MaybePromise<OpenFile | undefined>;
}

const MAX_PLIST_BYTES = 64 * 1024 * 1024;

/** Path of a file as it stands in reports. */
export function pathOf(file: PhoneFile): string {
  return file.domain === '' ? file.relativePath : `${file.domain}/${file.relativePath}`;
}

/** Those files that pass. */
export function filesWhere(source: IosFiles, isWanted: (file: PhoneFile) => boolean): PhoneFile[] {
  const wanted: PhoneFile[] = [];
  for (const file of source.files) if (isWanted(file)) wanted.push(file);
  return wanted;
}

/** Of files of one name so many are looked at. */
const MAX_PLACES = 50;

/**
 * Finds the files of an artefact, for the readers below: the one in its usual place; of an app also those in the same place of other containers, since
 * copies may lack the lists that say whose these are, and apps have siblings (WhatsApp Business, Chrome Beta). Where there is none, the same place below any
 * other folder; else any file of that name.
 */
export function listed(source: IosFiles, domain: string, relativePath: string): PhoneFile[] {
  const usual = source.find(domain, relativePath);
  const known = usual !== undefined && usual.unlisted === undefined ? [usual] : [];
  if (known.length > 0 && !domain.startsWith('AppDomain')) return known;
  const placed = source
    .named(baseOf(relativePath))
    .filter((file) => endsWith(file.relativePath, relativePath) && file.id !== usual?.id);
  const found = [...known, ...placed];
  const files = found.length > 0 ? found : namedIn(source, baseOf(relativePath), [relativePath]);
  // One that is not listed may be there all the same, under its usual id.
  return [...files.slice(0, MAX_PLACES), ...(usual !== undefined && known.length === 0 ? [usual] : [])];
}

function baseOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function endsWith(path: string, end: string): boolean {
  return path === end || path.endsWith(`/${end}`);
}

/** The files of one name, wherever they lie; those whose path does not end in one of the usual places may be other things. */
export function namedIn(source: IosFiles, baseName: string, places: readonly string[]): PhoneFile[] {
  const files = source
    .named(baseName)
    .map((file) =>
      places.some((place) => endsWith(file.relativePath, place)) ? file : { ...file, elsewhere: true as const },
    );
  const usual = files.filter(({ elsewhere }) => elsewhere === undefined);
  return (usual.length > 0 ? usual : files).slice(0, MAX_PLACES);
}

/**
 * Runs `read` over the databases of an artefact, each with its write-ahead log.
 *
 * What was read before damage counts, and is called partly salvaged.
 * @param usualPath told where no file is listed
 * @param read returns the number of records
 */
export async function readDatabases(
  source: IosFiles,
  artefact: string,
  files: readonly PhoneFile[],
  usualPath: string,
  read: (database: SqliteDatabase, path: string, file: PhoneFile) => number,
): Promise<Artefact[]> {
  return readEach(artefact, files, usualPath, (file, path) =>
    withDatabase(source, file, (database, damage) => {
      const records = read(database, path, file);
      const first = damage ?? database.damage[0];
      if (first === undefined) return examined(artefact, path, records);
      return unreadable(artefact, path, records, `partly salvaged, ${records} records: ${first}`);
    }),
  );
}

/** Runs `read` over the property lists of an artefact; it returns the number of records. */
export async function readPlists(
  source: IosFiles,
  artefact: string,
  files: readonly PhoneFile[],
  usualPath: string,
  read: (plist: PlistDict, path: string, file: PhoneFile) => number,
): Promise<Artefact[]> {
  return readEach(artefact, files, usualPath, async (file, path) => {
    const bytes = await bytesOf(source, file, MAX_PLIST_BYTES);
    return bytes === undefined ? undefined : examined(artefact, path, read(plistDictOf(bytes), path, file));
  });
}

/** Runs `read` over the files of an artefact; a failure ends one file. @param read gives undefined for a file that is not there after all */
export async function readEach(
  artefact: string,
  files: readonly PhoneFile[],
  usualPath: string,
  read: (file: PhoneFile, path: string) => Promise<Artefact | undefined>,
): Promise<Artefact[]> {
  const rows: Artefact[] = [];
  for (const file of files) {
    const path = pathOf(file);
    try {
      const row = await read(file, path);
      if (row !== undefined) rows.push(row);
    } catch (error) {
      const isOther = file.elsewhere && error instanceof FormatError && error.code !== 'evidence-missing';
      rows.push(isOther ? examined(artefact, path, 0) : unreadable(artefact, path, 0, reasonOf(error)));
    }
  }
  return rows.length === 0 ? [absent(artefact, usualPath)] : rows;
}

/** Reads the whole content of a file; undefined for an unlisted one that is not there. Throws FormatError `evidence-missing`, `evidence-size`. */
export async function bytesOf(source: IosFiles, file: PhoneFile, limitBytes: number): Promise<Uint8Array | undefined> {
  const open = await openListed(source, file);
  if (open === undefined) return undefined;
  try {
    const bytes = readWhole(open, limitBytes);
    if (bytes === undefined) throw new FormatError('evidence-size', -1, `is larger than ${limitBytes} bytes`);
    return bytes;
  } finally {
    open.close();
  }
}

/** Parses a property list that holds a dictionary; throws FormatError. */
export function plistDictOf(bytes: Uint8Array): PlistDict {
  const value = parsePlist(bytes);
  if (!isPlistDict(value)) throw new FormatError('evidence-plist', -1, 'property list holds no dictionary');
  return value;
}

/** Rows of a table; none where this version of the system has no such table. */
export function rowsIfAny(
  database: SqliteDatabase,
  table: string,
  columns: readonly string[],
): Iterable<{ readonly rowid: number; readonly values: readonly SqliteValue[] }> {
  return database.columns(table) === undefined ? [] : database.rows(table, columns);
}

/** Rows that are no longer in a table but still in the file. */
export function deletedIfAny(
  database: SqliteDatabase,
  table: string,
  columns: readonly string[],
): Iterable<DeletedRow> {
  return database.columns(table) === undefined ? [] : database.deletedRows(table, columns);
}

/** Where a deleted row stood, for locators. */
export function deletedPlace(table: string, key: string, { rowid, page, origin }: DeletedRow): string {
  return `deleted ${table} row${rowid === null ? '' : `, ${key} ${rowid}`}, page ${page} (${origin})`;
}

/** A row number that another row refers to; -1 matches none. */
export function keyOf(value: SqliteValue | undefined): number {
  return typeof value === 'number' ? value : -1;
}

/** A number, or undefined for anything else. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'bigint' ? Number(value) : undefined;
}

/** Core Data keeps some texts as bytes. */
export function plainText(value: SqliteValue | undefined): string {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? utf8TextLoose(value) : '';
}

/** Opens a database with its write-ahead log, which is a file of its own in a backup, and closes both; undefined for an unlisted one that is not there. */
export async function withDatabase<T>(
  source: IosFiles,
  file: PhoneFile,
  read: (database: SqliteDatabase, damage: string | undefined) => T,
): Promise<T | undefined> {
  const open = await openListed(source, file);
  if (open === undefined) return undefined;
  const wal = await walOf(source, file).catch((error: unknown) => {
    open.close();
    throw error;
  });
  try {
    return read(openDamaged(open, wal), open.damage ?? wal?.damage);
  } finally {
    open.close();
    wal?.close();
  }
}

/** A database whose beginning is lost is opened by what else it holds; what is no database at all is refused as such. */
function openDamaged(open: OpenFile, wal: OpenFile | undefined): SqliteDatabase {
  try {
    return openSqlite(open, { wal });
  } catch (error) {
    if (!(error instanceof FormatError) || error.code !== 'sqlite-magic') throw error;
    const salvaged = openSqlite(open, { wal, salvage: true });
    if (salvaged.tables.length === 0) throw error;
    return salvaged;
  }
}

async function walOf(source: IosFiles, file: PhoneFile): Promise<OpenFile | undefined> {
  const walFile = source.find(file.domain, `${file.relativePath}-wal`);
  return walFile === undefined ? undefined : await source.open(walFile);
}

async function openListed(source: IosFiles, file: PhoneFile): Promise<OpenFile | undefined> {
  const open = await source.open(file);
  if (open === undefined && file.unlisted === undefined)
    throw new FormatError('evidence-missing', -1, 'listed, content missing');
  return open;
}
