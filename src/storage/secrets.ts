import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { concatBytes } from '../base/index.ts';
import { StorageError } from './storage-error.ts';
import { writeDurably } from './write-durably.ts';

/** Encrypts the installation's own secrets (CA key, key server's keys) under the root key. */
export interface Secrets {
  /** AES-256-GCM under a key derived for `purpose`; returns version ‖ nonce ‖ ciphertext ‖ tag. */
  seal(purpose: string, plain: Uint8Array): Uint8Array<ArrayBuffer>;
  /** Throws StorageError `storage-secret` when the box was not sealed here for this purpose. */
  open(purpose: string, sealed: Uint8Array): Uint8Array<ArrayBuffer>;
}

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Opens the root key at `PAVISE_ROOT_KEY_FILE` or `<data>/secrets/root.key`, making the latter (mode 0600) at the first start.
 *
 * @param options.sealedAlready true when the database holds secrets that were sealed under a root key: then none is made up, which would
 *   lock them away for good
 * @throws StorageError `storage-root-key`
 */
export async function openSecrets(
  data: string,
  keyFile: string | undefined,
  options: { readonly sealedAlready?: boolean } = {},
): Promise<Secrets> {
  const path = keyFile ?? join(data, 'secrets', 'root.key');
  let text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) {
    if (keyFile !== undefined)
      throw new StorageError(
        'storage-root-key',
        `Put the kept root key into ${path}, or unset PAVISE_ROOT_KEY_FILE: no file is there that can be read`,
      );
    if (options.sealedAlready === true)
      throw new StorageError(
        'storage-root-key',
        `Put the kept root key into ${path} (mode 0600), or name it by PAVISE_ROOT_KEY_FILE: this database was sealed under it`,
      );
    text = randomBytes(32).toString('hex');
    await writeDurably(path, `${text}\n`);
  }
  const hex = text.trim();
  if (!/^[0-9a-f]{64}$/.test(hex))
    throw new StorageError('storage-root-key', `Cannot use the root key: ${path} must hold 64 hex digits`);
  return secretsOf(Buffer.from(hex, 'hex'));
}

/** Makes the box opener of a 32-byte root key. */
export function secretsOf(rootKey: Uint8Array): Secrets {
  const keyFor = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', rootKey, '', `pavise/secret/${purpose}`, 32));
  return {
    seal(purpose, plain) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', keyFor(purpose), nonce);
      return concatBytes([Uint8Array.of(VERSION), nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
    },
    open(purpose, sealed) {
      try {
        if (sealed[0] !== VERSION || sealed.length < 1 + NONCE_BYTES + TAG_BYTES) throw new Error('form');
        const cipher = createDecipheriv('aes-256-gcm', keyFor(purpose), sealed.subarray(1, 1 + NONCE_BYTES));
        cipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
        return concatBytes([
          cipher.update(sealed.subarray(1 + NONCE_BYTES, sealed.length - TAG_BYTES)),
          cipher.final(),
        ]);
      } catch {
        throw new StorageError(
          'storage-secret',
          `Put the right root key in place: the secret for "${purpose}" was sealed under another one, or was changed`,
        );
      }
    },
  };
}
