import { FormatError } from '../../base/index.ts';
import {
  type BackupCrypto,
  type ClassKeys,
  cbcReader,
  deriveKek,
  parseKeyBag,
  unwrapClassKeys,
  unwrapFileKey,
} from '../../formats/keybag/index.ts';
import { isPlistDict, type PlistDict, PlistUid, type PlistValue, parsePlist } from '../../formats/plist/index.ts';
import type { OpenFile } from '../evidence.ts';

/** Opens the files of an encrypted backup; plain text is made in memory only, and only where it is read. */
export interface BackupUnlock {
  manifest(source: OpenFile): OpenFile;
  /** @param file what Manifest.db keeps of it; throws FormatError where the key cannot be unwrapped */
  file(source: OpenFile, file: SealedFile): OpenFile;
}

/** What the archived MBFile says of a file's encryption. */
export interface SealedFile {
  readonly sizeBytes: number | undefined;
  readonly protectionClass: number | undefined;
  readonly wrappedKey: Uint8Array | undefined;
}

/** Who waits for a key: told what takes so long, and free to give up. */
export interface UnlockWatch {
  readonly progress?: ((text: string, done: number, total: number | undefined) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Measured by OpenSSL and by browsers on an ordinary core: 3.3 to 3.8 million. */
const ROUNDS_PER_SECOND = 3_000_000;

/**
 * Unlocks a backup with the first password that fits.
 *
 * The key takes seconds and cannot be had in parts: `watch` is told how many before, and its signal ends the wait, with the signal's reason.
 * @throws FormatError `backup-locked` when no password was given, `keybag-password` when none fits, other codes for damage
 */
export async function unlockBackup(
  manifest: PlistDict,
  passwords: readonly Uint8Array[],
  crypto: BackupCrypto | undefined,
  { progress, signal }: UnlockWatch = {},
): Promise<BackupUnlock> {
  const [bagBytes, manifestKey] = [manifest['BackupKeyBag'], manifest['ManifestKey']];
  if (!(bagBytes instanceof Uint8Array) || !(manifestKey instanceof Uint8Array)) {
    throw new FormatError('backup-keys', -1, 'the backup is encrypted and Manifest.plist has no keys');
  }
  if (passwords.length === 0 || crypto === undefined) {
    throw new FormatError('backup-locked', -1, 'the backup is encrypted: it can be read only with its password');
  }
  const bag = parseKeyBag(bagBytes);
  const rounds = bag.iterations + (bag.doubleProtection?.iterations ?? 0);
  let classKeys: ClassKeys | undefined;
  for (const [i, password] of passwords.entries()) {
    const which = passwords.length === 1 ? '' : `, password ${i + 1} of ${passwords.length}`;
    progress?.(
      `Opening the encrypted backup, about ${Math.ceil(rounds / ROUNDS_PER_SECOND)} seconds${which}`,
      0,
      undefined,
    );
    try {
      classKeys = unwrapClassKeys(bag, await orAborted(() => deriveKek(bag, password, crypto), signal), crypto);
      break;
    } catch (error) {
      const wrong = error instanceof FormatError && error.code === 'keybag-password';
      if (!wrong || i === passwords.length - 1) throw error;
    }
  }
  const keys = classKeys;
  if (keys === undefined) throw new FormatError('keybag-password', -1, 'Cannot open backup: the password is wrong');
  const decrypt = (source: OpenFile, key: Uint8Array, sizeBytes: number | undefined): OpenFile => {
    const plain = cbcReader(source, key, sizeBytes, crypto);
    return {
      sizeBytes: plain.sizeBytes,
      ...(plain.damage === undefined ? {} : { damage: plain.damage }),
      read: (offset, length) => plain.read(offset, length),
      close: () => source.close(),
    };
  };
  return {
    manifest: (source) => decrypt(source, unwrapFileKey(keys, manifestKey, crypto), undefined),
    file(source, { sizeBytes, protectionClass, wrappedKey }) {
      if (wrappedKey === undefined)
        throw new FormatError('backup-file-key', -1, 'encrypted, and the manifest has no key');
      return decrypt(source, unwrapFileKey(keys, wrappedKey, crypto, protectionClass), sizeBytes);
    },
  };
}

/** What a thread computes cannot be stopped, but nobody has to wait for it. */
async function orAborted<T>(compute: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return compute();
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([compute(), promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Reads size, class and wrapped key from `Files.file`, an archived MBFile (NSKeyedArchiver); throws FormatError. */
export function sealedFileOf(blob: Uint8Array): SealedFile {
  const archive = parsePlist(blob);
  const objects = isPlistDict(archive) ? archive['$objects'] : undefined;
  const file = Array.isArray(objects) ? objects[1] : undefined;
  if (!Array.isArray(objects) || !isPlistDict(file)) {
    throw new FormatError('backup-mbfile', -1, 'the manifest entry is no archived file');
  }
  const keyObject = uidTarget(objects, file['EncryptionKey']);
  const data = isPlistDict(keyObject) ? keyObject['NS.data'] : undefined;
  return {
    sizeBytes: numberOf(file['Size']),
    protectionClass: numberOf(file['ProtectionClass']),
    wrappedKey: data instanceof Uint8Array ? data.slice() : undefined,
  };
}

function uidTarget(objects: readonly PlistValue[], value: PlistValue | undefined): PlistValue | undefined {
  return value instanceof PlistUid ? objects[value.uid] : undefined;
}

function numberOf(value: PlistValue | undefined): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
