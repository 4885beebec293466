import { FormatError, utf8TextLoose } from '../../base/index.ts';
import type { BackupCrypto } from '../../formats/keybag/index.ts';
import type { PlistDict } from '../../formats/plist/index.ts';
import { isPlistDict } from '../../formats/plist/index.ts';
import { openSqlite } from '../../formats/sqlite/index.ts';
import {
  type Artefact,
  absent,
  type EvidenceTree,
  examined,
  identityOf,
  type MaybePromise,
  type OpenFile,
  type PhoneIdentity,
  readWhole,
  unreadable,
} from '../evidence.ts';
import { reasonOf } from '../failure.ts';
import { statusRows } from './backup-status.ts';
import { absolutePathOf } from './domains.ts';
import { fileIdOf } from './file-id.ts';
import { type FileTable, makeFileTable } from './file-table.ts';
import { type IosFiles, type PhoneFile, plistDictOf } from './files.ts';
import { type BackupUnlock, type SealedFile, sealedFileOf, type UnlockWatch, unlockBackup } from './unlock.ts';

/** An iOS backup; without files when Manifest.db cannot be read. */
export interface IosBackup extends IosFiles {
  readonly tree: EvidenceTree;
  readonly encrypted: boolean;
  /** Encrypted, and not opened: the artefacts say why. */
  readonly locked: boolean;
  /** Content paths that were opened so far. */
  readonly opened: ReadonlySet<string>;
  readonly device: PhoneIdentity;
  readonly artefacts: readonly Artefact[];
  /** Manifest.plist says so; a copy that was decrypted since still does. */
  readonly claimsEncryption: boolean;
  /** Info.plist, which is never encrypted. */
  readonly info: PlistDict | undefined;
  /** The file whose content lies at a path of the backup. */
  listedAt(path: string): PhoneFile | undefined;
  /** Files that have a content of their own. */
  readonly listedCount: number;
  /** Opens a file as `open` does, but does not note it in `opened`. */
  read(file: PhoneFile): MaybePromise<OpenFile | undefined>;
  /** The list of files, for those who read more of it than names. */
  openManifest(): MaybePromise<OpenFile | undefined>;
}

const MAX_PLIST_BYTES = 64 * 1024 * 1024;
/** Ten times the largest backup that was measured. */
const MAX_FILES = 5_000_000;
const FILE_ID = /^[0-9a-f]{40}$/;
const CONTENT_PATH = /^[0-9a-f]{2}\/[0-9a-f]{40}$/;

/**
 * Opens a folder as an iOS backup; undefined when it is none.
 *
 * An encrypted one is decrypted in memory, page by page, where a password fits.
 */
export async function openIosBackup(
  tree: EvidenceTree,
  {
    passwords,
    crypto,
    ...watch
  }: UnlockWatch & {
    readonly passwords: readonly Uint8Array[];
    readonly crypto?: BackupCrypto | undefined;
  },
  place: { readonly isSnapshot: boolean; readonly hasSnapshot: boolean } = { isSnapshot: false, hasSnapshot: false },
): Promise<IosBackup | undefined> {
  if (tree.single) return undefined;
  const manifestDb = await tree.open('Manifest.db');
  const isBackup =
    manifestDb !== undefined || (await exists(tree, 'Manifest.plist')) || (await exists(tree, 'Manifest.mbdb'));
  if (!isBackup) return undefined;
  const info = await readPlistArtefact(tree, 'backup-info', 'Info.plist');
  const status = await readPlistArtefact(tree, 'backup-status', 'Status.plist');
  const manifest = await readPlistArtefact(tree, 'backup-manifest', 'Manifest.plist');
  const wholeness = statusRows(status.dict, status.artefact, place);
  const list = await readFileList(manifestDb, manifest.dict, passwords, crypto, watch);
  const { files, unlock } = list;
  const opened = new Set<string>();
  const read = async (file: PhoneFile): Promise<OpenFile | undefined> => {
    const content = await tree.open(contentPath(file.id));
    if (content === undefined || unlock === undefined) return content;
    return openSealed(content, files.sealedOf(file.id), unlock);
  };
  return {
    tree,
    encrypted: list.encrypted,
    locked: list.encrypted && unlock === undefined,
    opened,
    device: identityIn(info.dict, manifest.dict),
    files,
    artefacts: [info.artefact, ...wholeness, manifest.artefact, list.artefact],
    claimsEncryption: manifest.dict?.['IsEncrypted'] === true,
    info: info.dict,
    async openManifest() {
      const source = await tree.open('Manifest.db');
      return source === undefined || unlock === undefined ? source : unlock.manifest(source);
    },
    find: (domain, relativePath) => files.find(domain, relativePath) ?? unlistedFile(domain, relativePath),
    named: files.named,
    listedAt: (path) =>
      CONTENT_PATH.test(path) && path.startsWith(path.slice(3, 5)) ? files.byId(path.slice(3)) : undefined,
    listedCount: files.idCount(),
    read,
    open(file) {
      opened.add(contentPath(file.id));
      return read(file);
    },
  };
}

function identityIn(info: PlistDict | undefined, manifest: PlistDict | undefined): PhoneIdentity {
  const text = (dict: PlistDict | undefined, key: string): string => {
    const value = dict?.[key];
    return typeof value === 'string' ? value : '';
  };
  const lockdown = manifest?.['Lockdown'];
  const lock = isPlistDict(lockdown) ? lockdown : undefined;
  return identityOf({
    productType: text(info, 'Product Type') || text(lock, 'ProductType'),
    osVersion: text(info, 'Product Version') || text(lock, 'ProductVersion'),
    buildVersion: text(info, 'Build Version') || text(lock, 'BuildVersion'),
    name: text(info, 'Device Name') || text(lock, 'DeviceName'),
    udid: text(info, 'Unique Identifier') || text(lock, 'UniqueDeviceID'),
  });
}

function openSealed(content: OpenFile, sealed: SealedFile | undefined, unlock: BackupUnlock): OpenFile {
  // Files that the manifest does not list have no key, and stay as they are.
  if (sealed === undefined) return content;
  try {
    return unlock.file(content, sealed);
  } catch (error) {
    content.close();
    throw error;
  }
}

/** A file that Manifest.db does not list may still have its content under its usual id (seen with WhatsApp's LID.sqlite). */
function unlistedFile(domain: string, relativePath: string): PhoneFile {
  const absolutePath = absolutePathOf(domain, relativePath);
  return { id: fileIdOf(domain, relativePath), domain, relativePath, absolutePath, unlisted: true };
}

/** Where the content of a file lies in the backup. */
export function contentPath(fileId: string): string {
  return `${fileId.slice(0, 2)}/${fileId}`;
}

async function exists(tree: EvidenceTree, path: string): Promise<boolean> {
  const file = await tree.open(path);
  file?.close();
  return file !== undefined;
}

async function readPlistArtefact(
  tree: EvidenceTree,
  artefact: string,
  path: string,
): Promise<{ dict: PlistDict | undefined; artefact: Artefact }> {
  const source = await tree.open(path);
  if (source === undefined) return { dict: undefined, artefact: absent(artefact, path) };
  try {
    const bytes = readWhole(source, MAX_PLIST_BYTES);
    if (bytes === undefined) throw new FormatError('backup-plist', -1, 'property list is over 64 MiB');
    return { dict: plistDictOf(bytes), artefact: examined(artefact, path, 1) };
  } catch (error) {
    return { dict: undefined, artefact: unreadable(artefact, path, 0, reasonOf(error)) };
  } finally {
    source.close();
  }
}

interface FileList {
  readonly files: FileTable;
  readonly unlock: BackupUnlock | undefined;
  readonly encrypted: boolean;
  readonly artefact: Artefact;
}

async function readFileList(
  source: OpenFile | undefined,
  manifest: PlistDict | undefined,
  passwords: readonly Uint8Array[],
  crypto: BackupCrypto | undefined,
  watch: UnlockWatch,
): Promise<FileList> {
  let files = makeFileTable(false);
  let encrypted = manifest?.['IsEncrypted'] === true;
  let unlock: BackupUnlock | undefined;
  let artefact: Artefact;
  try {
    if (source === undefined) throw new FormatError('backup-manifest', -1, 'Manifest.db is missing');
    // An already decrypted copy still says IsEncrypted: the first bytes decide.
    encrypted &&= utf8TextLoose(source.read(0, 4)) !== 'SQLi';
    if (encrypted) unlock = await unlockBackup(manifest ?? {}, passwords, crypto, watch);
    files = makeFileTable(unlock !== undefined);
    artefact = readManifestDb(unlock?.manifest(source) ?? source, files, unlock !== undefined);
  } catch (error) {
    artefact = unreadable('manifest', 'Manifest.db', files.length, reasonOf(error));
  } finally {
    source?.close();
  }
  return { files, unlock, encrypted, artefact };
}

/** @param sealed the files are encrypted, each with a key of its own */
function readManifestDb(source: OpenFile, files: FileTable, sealed: boolean): Artefact {
  const database = openSqlite(source);
  const columns = ['fileID', 'domain', 'relativePath', 'flags', ...(sealed ? ['file'] : [])];
  let records = 0;
  try {
    for (const { values } of database.rows('Files', columns)) {
      if (++records > MAX_FILES) throw new FormatError('backup-files', -1, 'more than 5,000,000 files');
      const [id, domain, relativePath, flags, blob] = values;
      if (typeof id !== 'string' || typeof domain !== 'string' || typeof relativePath !== 'string') continue;
      if (flags !== 1 || !FILE_ID.test(id)) continue;
      files.add(id, domain, relativePath, blob instanceof Uint8Array ? sealedFileIn(blob) : undefined);
    }
  } catch (error) {
    return unreadable('manifest', 'Manifest.db', records, `partly salvaged: ${reasonOf(error)}`);
  }
  const damage = source.damage ?? database.damage[0];
  if (damage !== undefined) return unreadable('manifest', 'Manifest.db', records, `partly salvaged: ${damage}`);
  return examined('manifest', 'Manifest.db', records);
}

/** One damaged entry costs one file: it then has no key, and says so when it is opened. */
function sealedFileIn(blob: Uint8Array): SealedFile {
  try {
    return sealedFileOf(blob);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { sizeBytes: undefined, protectionClass: undefined, wrappedKey: undefined };
  }
}
