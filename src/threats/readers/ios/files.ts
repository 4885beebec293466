import { FormatError } from '../../../base/index.ts';
import { isPlistDict, type PlistDict, parsePlist } from '../../../formats/plist/index.ts';
import { openSqlite, type SqliteDatabase, type SqliteValue } from '../../../formats/sqlite/index.ts';
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
}

/** The files of an iPhone, by domain and path, which is how the modules ask for them. */
export interface IosFiles {
  readonly files: readonly PhoneFile[];
  find(domain: string, relativePath: string): PhoneFile | undefined;
  /** Files of that base name, in any domain. */
  named(baseName: string): readonly PhoneFile[];
  /** @returns undefined when the file is listed and has no content */
  open(file: PhoneFile): MaybePromise<OpenFile | undefined>;
}

const MAX_PLIST_BYTES = 64 * 1024 * 1024;
const MAX_WAL_BYTES = 256 * 1024 * 1024;

/** Path of a file as it stands in reports. */
export function pathOf(file: PhoneFile): string {
  return file.domain === '' ? file.relativePath : `${file.domain}/${file.relativePath}`;
}

/** Finds one file as a list, for the readers below. */
export function listed(source: IosFiles, domain: string, relativePath: string): PhoneFile[] {
  const file = source.find(domain, relativePath);
  return file === undefined ? [] : [file];
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
  if (files.length === 0) return [absent(artefact, usualPath)];
  const rows: Artefact[] = [];
  for (const file of files) {
    const path = pathOf(file);
    try {
      rows.push(
        await withDatabase(source, file, (database, damage) => {
          const records = read(database, path, file);
          const first = damage ?? database.damage[0];
          if (first === undefined) return examined(artefact, path, records);
          return unreadable(artefact, path, records, `partly salvaged, ${records} records: ${first}`);
        }),
      );
    } catch (error) {
      rows.push(unreadable(artefact, path, 0, reasonOf(error)));
    }
  }
  return rows;
}

/** Runs `read` over the property lists of an artefact; it returns the number of records. */
export async function readPlists(
  source: IosFiles,
  artefact: string,
  files: readonly PhoneFile[],
  usualPath: string,
  read: (plist: PlistDict, path: string, file: PhoneFile) => number,
): Promise<Artefact[]> {
  if (files.length === 0) return [absent(artefact, usualPath)];
  const rows: Artefact[] = [];
  for (const file of files) {
    const path = pathOf(file);
    try {
      rows.push(examined(artefact, path, read(plistDictOf(await bytesOf(source, file, MAX_PLIST_BYTES)), path, file)));
    } catch (error) {
      rows.push(unreadable(artefact, path, 0, reasonOf(error)));
    }
  }
  return rows;
}

/** Reads the whole content of a file; throws FormatError `evidence-missing`, `evidence-size`. */
export async function bytesOf(source: IosFiles, file: PhoneFile, limitBytes: number): Promise<Uint8Array> {
  const open = await source.open(file);
  if (open === undefined) throw missing();
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

/** Core Data keeps some texts as bytes. */
export function plainText(value: SqliteValue | undefined): string {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : '';
}

/** Opens a database with its write-ahead log, which is a file of its own in a backup, and closes both. */
async function withDatabase<T>(
  source: IosFiles,
  file: PhoneFile,
  read: (database: SqliteDatabase, damage: string | undefined) => T,
): Promise<T> {
  const wal = await walOf(source, file);
  const open = await source.open(file);
  if (open === undefined) throw missing();
  try {
    return read(openSqlite(open, wal === undefined ? {} : { wal }), open.damage);
  } finally {
    open.close();
  }
}

async function walOf(source: IosFiles, file: PhoneFile): Promise<Uint8Array | undefined> {
  const walFile = source.find(file.domain, `${file.relativePath}-wal`);
  const open = walFile === undefined ? undefined : await source.open(walFile);
  if (open === undefined) return undefined;
  try {
    const bytes = readWhole(open, MAX_WAL_BYTES);
    if (bytes === undefined) throw new FormatError('evidence-size', -1, 'write-ahead log is over 256 MiB');
    return bytes;
  } finally {
    open.close();
  }
}

function missing(): FormatError {
  return new FormatError('evidence-missing', -1, 'listed, content missing');
}
