import { FormatError } from '../../base/index.ts';
import type { BackupCrypto } from './crypto.ts';
import type { KeyBag } from './parse.ts';

/** The class keys that a password opened. */
export interface ClassKeys {
  readonly keys: ReadonlyMap<number, Uint8Array>;
  /** Classes of the bag that stayed locked: wrapped for the device alone, or damaged. */
  readonly locked: readonly number[];
}

const KEK_BYTES = 32;
const WRAPPED_KEY_BYTES = 40; // RFC 3394: a 32-byte key and 8 bytes of integrity value
const PASSWORD_WRAP = 2;

/**
 * Derives the key that wraps the class keys from the password's UTF-8 bytes, which are taken as they are.
 *
 * Costs seconds: keep the answer for the backup, in memory only. Two steps when the bag has DPSL and DPIC, whatever the iOS version says.
 */
export async function deriveKek(bag: KeyBag, password: Uint8Array, crypto: BackupCrypto): Promise<Uint8Array> {
  const { doubleProtection: first } = bag;
  const secret =
    first === undefined ? password : await crypto.pbkdf2('SHA-256', password, first.salt, first.iterations, KEK_BYTES);
  return crypto.pbkdf2('SHA-1', secret, bag.salt, bag.iterations, KEK_BYTES);
}

/**
 * Unwraps the class keys.
 *
 * @throws FormatError `keybag-password` when every unwrap fails its integrity check, `keybag-class` when no class is wrapped by a password
 */
export function unwrapClassKeys(bag: KeyBag, kek: Uint8Array, crypto: BackupCrypto): ClassKeys {
  const keys = new Map<number, Uint8Array>();
  const locked: number[] = [];
  let tried = 0;
  for (const { classId, wrap, wrappedKey } of bag.classes) {
    const usable = (wrap & PASSWORD_WRAP) !== 0 && wrappedKey.length === WRAPPED_KEY_BYTES;
    if (usable) tried++;
    const key = usable ? crypto.unwrapKey(kek, wrappedKey) : undefined;
    if (key === undefined) locked.push(classId);
    else if (!keys.has(classId)) keys.set(classId, key);
  }
  if (tried === 0)
    throw new FormatError('keybag-class', -1, 'Cannot open backup: no class key is wrapped by a password');
  if (keys.size === 0) throw new FormatError('keybag-password', -1, 'Cannot open backup: the password is wrong');
  return { keys, locked };
}

/**
 * Unwraps the key of a file (`EncryptionKey` of its MBFile, or `ManifestKey`): class (4 bytes, little-endian) and 40 wrapped bytes.
 *
 * @param protectionClass of the MBFile; the class before the wrapped bytes when left out
 * @throws FormatError `keybag-file-key` (size, or integrity check), `keybag-class` (its class key is missing or locked)
 */
export function unwrapFileKey(
  classKeys: ClassKeys,
  wrapped: Uint8Array,
  crypto: BackupCrypto,
  protectionClass?: number,
): Uint8Array {
  if (wrapped.length !== 4 + WRAPPED_KEY_BYTES) {
    throw new FormatError('keybag-file-key', 0, `Cannot decrypt file: its key has ${wrapped.length} bytes, not 44`);
  }
  const named = new DataView(wrapped.buffer, wrapped.byteOffset).getUint32(0, true);
  const classId = protectionClass ?? named;
  const classKey = classKeys.keys.get(classId) ?? classKeys.keys.get(named);
  if (classKey === undefined) {
    const why = classKeys.locked.includes(classId) ? 'is locked' : 'is not in the key bag';
    throw new FormatError('keybag-class', -1, `Cannot decrypt file: the key of class ${classId} ${why}`);
  }
  const key = crypto.unwrapKey(classKey, wrapped.subarray(4));
  if (key === undefined) {
    throw new FormatError('keybag-file-key', 4, 'Cannot decrypt file: its key fails the integrity check');
  }
  return key;
}
