import { aeskw, cbc } from '@noble/ciphers/aes.js';
import type { BackupCrypto } from './crypto.ts';

/** BackupCrypto for browsers: PBKDF2 by Web Crypto, AES by noble, since Web Crypto has no synchronous cipher. */
export const portableBackupCrypto: BackupCrypto = {
  async pbkdf2(hash, password, salt, iterations, lengthBytes) {
    const key = await crypto.subtle.importKey('raw', own(password), 'PBKDF2', false, ['deriveBits']);
    const params = { name: 'PBKDF2', hash, salt: own(salt), iterations };
    return new Uint8Array(await crypto.subtle.deriveBits(params, key, lengthBytes * 8));
  },
  unwrapKey(kek, wrapped) {
    try {
      return aeskw(kek).decrypt(wrapped);
    } catch {
      return undefined; // the integrity check, or a length that is no wrapped key
    }
  },
  decryptCbc: (key, iv, data) => cbc(key, iv, { disablePadding: true }).decrypt(data),
};

/** Web Crypto takes no view of shared memory. */
function own(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}
