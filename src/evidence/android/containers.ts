import { FormatError } from '../../base/index.ts';
import { type AndroidBackup, openAndroidBackup } from '../../formats/android-backup/index.ts';
import type { BackupCrypto } from '../../formats/keybag/index.ts';
import { type ArchiveTree, isZip, tarTree, zipTree } from '../archive-trees.ts';
import type { OpenFile } from '../evidence.ts';

/** What opens encrypted backups. */
export interface Unlock {
  readonly passwords: readonly Uint8Array[];
  readonly crypto?: BackupCrypto | undefined;
}

const MAGIC = 'ANDROID BACKUP\n';
/** Messages are read even where a backup holds more than is kept in memory. */
const MESSAGES = /_(?:sms|mms)_backup$/;

/** Whether a file begins as `adb backup` writes it. */
export function isAndroidBackup(file: OpenFile): boolean {
  return new TextDecoder().decode(file.read(0, MAGIC.length)) === MAGIC;
}

/**
 * Opens a zip or an Android backup as a folder; undefined where the file is neither.
 *
 * @throws FormatError `zip-…` and `ab-…`: `ab-locked` when no password was given, `ab-password` when none fits, others for damage
 */
export async function openContainer(name: string, file: OpenFile, unlock: Unlock): Promise<ArchiveTree | undefined> {
  if (isZip(file)) return zipTree(name, file);
  return isAndroidBackup(file) ? backupTree(name, file, unlock) : undefined;
}

/** Opens an Android backup with the first password that fits, see `openContainer`. */
export async function backupTree(name: string, file: OpenFile, { passwords, crypto }: Unlock): Promise<ArchiveTree> {
  const backup = await openAndroidBackup(file);
  if (!backup.encrypted) return membersOf(name, backup, undefined);
  if (passwords.length === 0 || crypto === undefined) {
    throw new FormatError('ab-locked', -1, 'the backup is encrypted: it can be read only with its password');
  }
  for (const [i, password] of passwords.entries()) {
    try {
      return await membersOf(name, backup, { password, crypto });
    } catch (error) {
      const wrong = error instanceof FormatError && error.code === 'ab-password';
      if (!wrong || i === passwords.length - 1) throw error;
    }
  }
  throw new FormatError('ab-password', -1, 'Cannot open Android backup: the password is wrong');
}

function membersOf(name: string, backup: AndroidBackup, unlock: Parameters<AndroidBackup['tar']>[0]) {
  return tarTree(name, backup.tar(unlock), { wanted: (path) => MESSAGES.test(path) });
}
