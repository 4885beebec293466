import { equalBytes, FormatError, utf8TextLoose } from '../../base/index.ts';
import type { BackupCrypto } from '../keybag/index.ts';
import type { BackupEncryption } from './header.ts';

export interface MasterKey {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

const KEY_BYTES = 32;
const IV_BYTES = 16;

/**
 * Opens the master key with a password and proves it by its checksum.
 *
 * @throws FormatError `ab-password`: a wrong password shows as impossible lengths or as a checksum that differs
 */
export async function openMasterKey(
  encryption: BackupEncryption,
  version: number,
  password: Uint8Array,
  crypto: BackupCrypto,
): Promise<MasterKey> {
  // Version 1 took the low byte of each character; some of its writers took UTF-8 already.
  for (const utf8 of version > 1 ? [true] : [false, true]) {
    const master = await tryPassword(encryption, utf8 ? password : lowBytes(password), utf8, crypto);
    if (master !== undefined) return master;
  }
  throw new FormatError('ab-password', -1, 'Cannot open Android backup: the password is wrong');
}

async function tryPassword(
  encryption: BackupEncryption,
  password: Uint8Array,
  utf8: boolean,
  crypto: BackupCrypto,
): Promise<MasterKey | undefined> {
  const { userSalt, checksumSalt, rounds, userIv, masterKeyBlob } = encryption;
  const userKey = await crypto.pbkdf2('SHA-1', password, userSalt, rounds, KEY_BYTES);
  const fields = splitBlob(crypto.decryptCbc(userKey, userIv, masterKeyBlob));
  if (fields === undefined) return undefined;
  const { key, iv, checksum } = fields;
  const expected = await crypto.pbkdf2('SHA-1', utf8 ? asJavaText(key) : key, checksumSalt, rounds, KEY_BYTES);
  return equalBytes(checksum, expected) ? { key, iv } : undefined;
}

/** Three fields, each behind its length in one byte. */
function splitBlob(blob: Uint8Array): (MasterKey & { readonly checksum: Uint8Array }) | undefined {
  let at = 0;
  const field = (): Uint8Array => {
    const length = blob[at] ?? 0;
    at += 1 + length;
    return blob.slice(at - length, at);
  };
  const [iv, key, checksum] = [field(), field(), field()];
  const whole =
    at <= blob.length && iv.length === IV_BYTES && key.length === KEY_BYTES && checksum.length === KEY_BYTES;
  return whole ? { iv, key, checksum } : undefined;
}

/** The key as Java text in UTF-8: bytes from 0x80 became characters U+FF80 to U+FFFF by sign extension. */
function asJavaText(key: Uint8Array): Uint8Array {
  const out: number[] = [];
  for (const byte of key) {
    if (byte < 0x80) out.push(byte);
    else out.push(0xef, 0xbc | ((byte >> 6) & 3), 0x80 | (byte & 0x3f));
  }
  return Uint8Array.from(out);
}

function lowBytes(password: Uint8Array): Uint8Array {
  return Uint8Array.from(utf8TextLoose(password), (char) => char.charCodeAt(0) & 0xff);
}
