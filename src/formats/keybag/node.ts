import { createDecipheriv, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import type { BackupCrypto } from './crypto.ts';

const derive = promisify(pbkdf2);
const WRAP_IV = new Uint8Array(8).fill(0xa6); // RFC 3394, section 2.2.3.1

/** BackupCrypto by OpenSSL; PBKDF2 runs in the thread pool. */
export const nodeBackupCrypto: BackupCrypto = {
  pbkdf2: async (hash, password, salt, iterations, lengthBytes) =>
    plain(await derive(password, salt, iterations, lengthBytes, hash === 'SHA-1' ? 'sha1' : 'sha256')),
  unwrapKey(kek, wrapped) {
    const decipher = createDecipheriv('id-aes256-wrap', kek, WRAP_IV);
    try {
      return plain(decipher.update(wrapped));
    } catch {
      return undefined; // OpenSSL checks the integrity value in update and tells no other failure of it
    }
  },
  decryptCbc: (key, iv, data) => plain(createDecipheriv('aes-256-cbc', key, iv).setAutoPadding(false).update(data)),
};

/** A Buffer's slice() is a view where a Uint8Array's is a copy, which readers rely on. */
function plain(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
