import { FormatError } from '../../../base/index.ts';
import type { PlistDict } from '../../../formats/plist/index.ts';
import { isPlistDict } from '../../../formats/plist/index.ts';
import { openSqlite } from '../../../formats/sqlite/index.ts';
import {
  type Artefact,
  absent,
  type EvidenceTree,
  examined,
  identityOf,
  type OpenFile,
  type PhoneIdentity,
  readWhole,
  unreadable,
} from '../evidence.ts';
import { reasonOf } from '../failure.ts';
import { absolutePathOf } from './domains.ts';
import { type IosFiles, type PhoneFile, plistDictOf } from './files.ts';

/** An iOS backup; without files when Manifest.db cannot be read. */
export interface IosBackup extends IosFiles {
  readonly tree: EvidenceTree;
  readonly encrypted: boolean;
  readonly device: PhoneIdentity;
  readonly artefacts: readonly Artefact[];
}

const MAX_PLIST_BYTES = 64 * 1024 * 1024;
/** Ten times the largest backup that was measured. */
const MAX_FILES = 5_000_000;

/** Opens a folder as an iOS backup; undefined when it is none. */
export async function openIosBackup(tree: EvidenceTree): Promise<IosBackup | undefined> {
  if (tree.single) return undefined;
  const manifestDb = await tree.open('Manifest.db');
  const isBackup =
    manifestDb !== undefined || (await exists(tree, 'Manifest.plist')) || (await exists(tree, 'Manifest.mbdb'));
  if (!isBackup) return undefined;
  const info = await readPlistArtefact(tree, 'backup-info', 'Info.plist');
  const status = await readPlistArtefact(tree, 'backup-status', 'Status.plist');
  const manifest = await readPlistArtefact(tree, 'backup-manifest', 'Manifest.plist');
  const claimsEncryption = manifest.dict?.IsEncrypted === true;
  const { files, artefact, encrypted } = readManifestDb(manifestDb, claimsEncryption);
  const byKey = new Map(files.map((file) => [`${file.domain}-${file.relativePath}`, file]));
  const byName = Map.groupBy(files, ({ relativePath }) => relativePath.slice(relativePath.lastIndexOf('/') + 1));
  const text = (dict: PlistDict | undefined, key: string): string => {
    const value = dict?.[key];
    return typeof value === 'string' ? value : '';
  };
  const lockdown = manifest.dict?.Lockdown;
  const lock = isPlistDict(lockdown) ? lockdown : undefined;
  return {
    tree,
    encrypted,
    device: identityOf({
      productType: text(info.dict, 'Product Type') || text(lock, 'ProductType'),
      osVersion: text(info.dict, 'Product Version') || text(lock, 'ProductVersion'),
      buildVersion: text(info.dict, 'Build Version') || text(lock, 'BuildVersion'),
      name: text(info.dict, 'Device Name') || text(lock, 'DeviceName'),
      udid: text(info.dict, 'Unique Identifier') || text(lock, 'UniqueDeviceID'),
    }),
    files,
    artefacts: [info.artefact, status.artefact, manifest.artefact, artefact],
    find: (domain, relativePath) => byKey.get(`${domain}-${relativePath}`),
    named: (baseName) => byName.get(baseName) ?? [],
    open: (file) => tree.open(contentPath(file.id)),
  };
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

function readManifestDb(
  source: OpenFile | undefined,
  claimsEncryption: boolean,
): { files: PhoneFile[]; artefact: Artefact; encrypted: boolean } {
  const base = { artefact: 'manifest', path: 'Manifest.db' };
  if (source === undefined) {
    return {
      files: [],
      artefact: { ...base, records: 0, status: 'unreadable', why: 'Manifest.db is missing' },
      encrypted: claimsEncryption,
    };
  }
  const files: PhoneFile[] = [];
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
      files.push({ id: fileId, domain, relativePath, absolutePath: absolutePathOf(domain, relativePath) });
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
