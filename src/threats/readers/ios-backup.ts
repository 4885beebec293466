import { FormatError } from '../../base/index.ts';
import { isPlistDict, type PlistDict, parsePlist } from '../../formats/plist/index.ts';
import { openSqlite, type SqliteDatabase } from '../../formats/sqlite/index.ts';
import { type Artefact, type EvidenceFolder, type OpenFile, readWhole } from './evidence.ts';
import { absolutePathOf } from './ios-domains.ts';

/** A row of Manifest.db that has content. */
export interface BackupFile {
  readonly fileId: string;
  readonly domain: string;
  readonly relativePath: string;
  readonly absolutePath: string | undefined;
}

/** An iOS backup; `files` is undefined when Manifest.db cannot be read. */
export interface IosBackup {
  readonly folder: EvidenceFolder;
  readonly encrypted: boolean;
  readonly device: {
    readonly productType: string;
    readonly osVersion: string;
    readonly name: string;
    readonly udid: string;
  };
  readonly files: readonly BackupFile[];
  readonly artefacts: readonly Artefact[];
  find(domain: string, relativePath: string): BackupFile | undefined;
}

const MAX_PLIST_BYTES = 64 * 1024 * 1024;
const MAX_WAL_BYTES = 256 * 1024 * 1024;
/** Ten times the largest backup that was measured. */
const MAX_FILES = 5_000_000;

/** Opens a folder as an iOS backup; undefined when it is none. */
export function openIosBackup(folder: EvidenceFolder): IosBackup | undefined {
  const manifestDb = folder.open('Manifest.db');
  const isBackup = manifestDb !== undefined || exists(folder, 'Manifest.plist') || exists(folder, 'Manifest.mbdb');
  if (!isBackup) return undefined;
  const info = readPlistArtefact(folder, 'backup-info', 'Info.plist');
  const status = readPlistArtefact(folder, 'backup-status', 'Status.plist');
  const manifest = readPlistArtefact(folder, 'backup-manifest', 'Manifest.plist');
  const claimsEncryption = manifest.dict?.IsEncrypted === true;
  const { files, artefact, encrypted } = readManifestDb(manifestDb, claimsEncryption);
  const byKey = new Map(files.map((file) => [`${file.domain}-${file.relativePath}`, file]));
  const text = (dict: PlistDict | undefined, key: string): string => {
    const value = dict?.[key];
    return typeof value === 'string' ? value : '';
  };
  const lockdown = manifest.dict?.Lockdown;
  const lock = isPlistDict(lockdown) ? lockdown : undefined;
  return {
    folder,
    encrypted,
    device: {
      productType: text(info.dict, 'Product Type') || text(lock, 'ProductType'),
      osVersion: text(info.dict, 'Product Version') || text(lock, 'ProductVersion'),
      name: text(info.dict, 'Device Name') || text(lock, 'DeviceName'),
      udid: text(info.dict, 'Unique Identifier') || text(lock, 'UniqueDeviceID'),
    },
    files,
    artefacts: [info.artefact, status.artefact, manifest.artefact, artefact],
    find: (domain, relativePath) => byKey.get(`${domain}-${relativePath}`),
  };
}

/** Where the content of a file lies in the backup. */
export function contentPath(fileId: string): string {
  return `${fileId.slice(0, 2)}/${fileId}`;
}

/**
 * Opens a database of the backup with its write-ahead log, calls `read`, and closes it.
 * Side files are rows of their own in the manifest, with their own file id.
 */
export function withDatabase<T>(backup: IosBackup, file: BackupFile, read: (database: SqliteDatabase) => T): T {
  const source = backup.folder.open(contentPath(file.fileId));
  if (source === undefined) throw new FormatError('backup-content', -1, 'listed in the manifest, content missing');
  try {
    const walFile = backup.find(file.domain, `${file.relativePath}-wal`);
    const walSource = walFile === undefined ? undefined : backup.folder.open(contentPath(walFile.fileId));
    let wal: Uint8Array | undefined;
    if (walSource !== undefined) {
      wal = readWhole(walSource, MAX_WAL_BYTES);
      walSource.close();
    }
    return read(openSqlite(source, wal === undefined ? {} : { wal }));
  } finally {
    source.close();
  }
}

/** Reads a property list of the backup; throws FormatError. */
export function readBackupPlist(backup: IosBackup, file: BackupFile): PlistDict {
  const source = backup.folder.open(contentPath(file.fileId));
  if (source === undefined) throw new FormatError('backup-content', -1, 'listed in the manifest, content missing');
  try {
    return plistDict(source);
  } finally {
    source.close();
  }
}

function exists(folder: EvidenceFolder, path: string): boolean {
  const file = folder.open(path);
  file?.close();
  return file !== undefined;
}

function plistDict(source: OpenFile): PlistDict {
  const bytes = readWhole(source, MAX_PLIST_BYTES);
  if (bytes === undefined) throw new FormatError('backup-plist', -1, 'property list is over 64 MiB');
  const value = parsePlist(bytes);
  if (!isPlistDict(value)) throw new FormatError('backup-plist', -1, 'property list holds no dictionary');
  return value;
}

function readPlistArtefact(
  folder: EvidenceFolder,
  artefact: string,
  path: string,
): { dict: PlistDict | undefined; artefact: Artefact } {
  const source = folder.open(path);
  if (source === undefined)
    return { dict: undefined, artefact: { artefact, path, records: 0, status: 'absent', why: null } };
  try {
    return { dict: plistDict(source), artefact: { artefact, path, records: 1, status: 'examined', why: null } };
  } catch (error) {
    const why = reasonOf(error);
    return { dict: undefined, artefact: { artefact, path, records: 0, status: 'unreadable', why } };
  } finally {
    source.close();
  }
}

function readManifestDb(
  source: OpenFile | undefined,
  claimsEncryption: boolean,
): { files: BackupFile[]; artefact: Artefact; encrypted: boolean } {
  const base = { artefact: 'manifest', path: 'Manifest.db' };
  if (source === undefined) {
    return {
      files: [],
      artefact: { ...base, records: 0, status: 'unreadable', why: 'Manifest.db is missing' },
      encrypted: claimsEncryption,
    };
  }
  const files: BackupFile[] = [];
  let records = 0;
  try {
    // An already decrypted copy still says IsEncrypted: the first bytes decide.
    const head = source.read(0, 4);
    const plain = head[0] === 0x53 && head[1] === 0x51 && head[2] === 0x4c && head[3] === 0x69;
    if (!plain && claimsEncryption) {
      const why = 'the backup is encrypted: it can be read only with its password';
      return { files, artefact: { ...base, records: 0, status: 'unreadable', why }, encrypted: true };
    }
    const database = openSqlite(source);
    for (const { values } of database.rows('Files', ['fileID', 'domain', 'relativePath', 'flags'])) {
      if (++records > MAX_FILES) throw new FormatError('backup-files', -1, 'more than 5,000,000 files');
      const [fileId, domain, relativePath, flags] = values;
      if (typeof fileId !== 'string' || typeof domain !== 'string' || typeof relativePath !== 'string') continue;
      if (flags !== 1 || !/^[0-9a-f]{40}$/.test(fileId)) continue;
      files.push({ fileId, domain, relativePath, absolutePath: absolutePathOf(domain, relativePath) });
    }
    if (database.damage.length > 0) {
      const why = `partly salvaged: ${database.damage[0]}`;
      return { files, artefact: { ...base, records, status: 'unreadable', why }, encrypted: false };
    }
    return { files, artefact: { ...base, records, status: 'examined', why: null }, encrypted: false };
  } catch (error) {
    return { files, artefact: { ...base, records, status: 'unreadable', why: reasonOf(error) }, encrypted: false };
  } finally {
    source.close();
  }
}

/** The reason in an artefact's row; what is no bad input is a bug and goes on up. */
export function reasonOf(error: unknown): string {
  if (error instanceof FormatError) return error.message;
  if (error instanceof Error && 'code' in error && typeof error.code === 'string')
    return `cannot be read: ${error.code}`;
  throw error;
}
