import { createHash, randomBytes } from 'node:crypto';

const SECRET_BYTES = 32; // 256 random bits, so that plain SHA-256 suffices at rest

/** Makes a bearer secret and what is stored of it. */
export function newSecret(prefix = ''): { readonly secret: string; readonly hash: Buffer } {
  const secret = prefix + randomBytes(SECRET_BYTES).toString('base64url');
  return { secret, hash: hashSecret(secret) };
}

/** Hashes a presented secret for the look-up; the index compares hashes, so timing tells nothing about secrets. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
