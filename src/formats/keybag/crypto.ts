/**
 * What the readers of encrypted backups need of cryptography: `node.ts` gives it by node:crypto, `portable.ts` for browsers.
 *
 * Synchronous but for PBKDF2, because pages of a database are decrypted while they are read.
 */
export interface BackupCrypto {
  pbkdf2(
    hash: 'SHA-1' | 'SHA-256',
    password: Uint8Array,
    salt: Uint8Array,
    iterations: number,
    lengthBytes: number,
  ): Promise<Uint8Array>;
  /** RFC 3394 with the default initial value; undefined when the integrity check fails. */
  unwrapKey(kek: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined;
  /** AES-256-CBC of whole blocks, padding left alone; the answer is a new array. */
  decryptCbc(key: Uint8Array, iv: Uint8Array, data: Uint8Array): Uint8Array;
}

export const BLOCK_BYTES = 16;
