import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import type { Db, Secrets } from '../storage/index.ts';
import { findKey, insertKey } from './store.ts';

const PURPOSE = 'audit.key';

/** The Ed25519 key that signs this installation's heads. */
export interface SigningKey {
  readonly privateKey: KeyObject;
  /** DER SPKI, from the private key and not from beside it. */
  readonly publicKey: Buffer;
  /** Hex SHA-256 of the public key. */
  readonly id: string;
}

/** The fingerprint of a public key (DER SPKI): hex SHA-256. */
export function keyIdOf(publicKey: Uint8Array): string {
  return createHash('sha256').update(publicKey).digest('hex');
}

/** Opens the key, which lies in the database sealed under the root key; the first start makes it. @throws StorageError `storage-secret` */
export async function openSigningKey(db: Db, secrets: Secrets): Promise<SigningKey> {
  if ((await findKey(db)) === undefined) {
    const pair = generateKeyPairSync('ed25519');
    const privateKey = pair.privateKey.export({ format: 'der', type: 'pkcs8' });
    await insertKey(db, pair.publicKey.export({ format: 'der', type: 'spki' }), secrets.seal(PURPOSE, privateKey));
  }
  const stored = await findKey(db);
  if (stored === undefined) throw new Error('audit key vanished');
  const der = Buffer.from(secrets.open(PURPOSE, stored.sealedPrivateKey));
  const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  return { privateKey, publicKey, id: keyIdOf(publicKey) };
}

/** @returns true once this installation's signing key lies in the database, sealed under the root key: from the first start on */
export async function hasSealedKey(db: Db): Promise<boolean> {
  return (await findKey(db)) !== undefined;
}
