import {
  backupTree,
  type EvidenceTree,
  gatherAndroid,
  isAndroidBackup,
  nameOf,
  reasonOf,
  unreadable,
} from '../../evidence/index.ts';
import { BACKUP_CHECKS } from './android-checks.ts';
import { androidSource } from './android-source.ts';
import { closedSource, startOf } from './archive.ts';
import type { OpenedSource, OpenOptions, SourceReader } from './source.ts';

/** A folder that was made of a backup. */
const UNPACKED = /^(?:.*\/)?apps\/[^/]+\/.*_(?:sms|mms)_backup$/;
const HEAD_BYTES = 64;
const MAGIC = /^ANDROID BACKUP\n/;
/** Fourth line of the header. */
const ENCRYPTED = /^.*\n.*\n.*\nAES-256\n/;

/** Backup of `adb backup`, open or encrypted, alone or in a folder; or the folder of one that was unpacked. */
export const androidBackup: SourceReader = {
  kind: 'android-backup',
  async open(tree, options) {
    for await (const { path } of tree.files()) {
      if (!tree.single && UNPACKED.test(path)) return folderOf(tree, options);
      if (!tree.single && !/\.ab$/i.test(path)) continue;
      const { text } = await startOf(tree, path, HEAD_BYTES);
      if (MAGIC.test(text))
        return tree.single ? fileOf(tree, path, ENCRYPTED.test(text), options) : folderOf(tree, options);
    }
    return undefined;
  },
};

async function folderOf(tree: EvidenceTree, options: OpenOptions): Promise<OpenedSource> {
  return androidSource('android-backup', await gatherAndroid(tree, options), BACKUP_CHECKS, options.level);
}

async function fileOf(
  tree: EvidenceTree,
  path: string,
  encrypted: boolean,
  options: OpenOptions,
): Promise<OpenedSource | undefined> {
  const file = await tree.open(path);
  if (file === undefined || !isAndroidBackup(file)) return undefined;
  try {
    const inner = await backupTree(nameOf(path), file, options);
    const gathered = await gatherAndroid(inner, options);
    const failures = [...inner.refused, ...gathered.failures];
    const source = androidSource('android-backup', { ...gathered, failures }, BACKUP_CHECKS, options.level);
    return { ...source, encrypted };
  } catch (error) {
    return closedSource('android-backup', encrypted, unreadable('backup', path, 0, reasonOf(error)));
  } finally {
    file.close();
  }
}
