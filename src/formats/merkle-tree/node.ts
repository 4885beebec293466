import { hash } from 'node:crypto';

/** SHA-256 by OpenSSL. NOTE: as text, since a Buffer that Node makes costs more than the hash itself. */
export function nodeSha256(bytes: Uint8Array): Uint8Array {
  return Buffer.from(hash('sha256', bytes, 'binary'), 'latin1');
}
