import { createHash, createPublicKey, verify } from 'node:crypto';
import { type Db, transaction } from '../storage/index.ts';
import { DeviceError } from './device-error.ts';
import { hashOf } from './enrolments.ts';
import { bindBrowser } from './registry.ts';
import { takeBindChallenge } from './store-enrolments.ts';

/** The public P-256 key of a browser. */
export interface BrowserJwk {
  readonly kty: 'EC';
  readonly crv: 'P-256';
  readonly x: string;
  readonly y: string;
}

/** RFC 7638 section 3.2: the required members of an EC key in lexicographic order, hashed with SHA-256. */
export function thumbprintOf({ crv, kty, x, y }: BrowserJwk): string {
  return createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
}

/**
 * Binds a browser's key to the enrolment whose page gave out the challenge.
 *
 * The signature (ECDSA P-256, SHA-256, r‖s) over the text `pavise-bind:` and the challenge proves that the browser has the private
 * key; the challenge is used up whether or not it does.
 */
export async function bindEnrolment(
  { db, now }: { db: Db; now: () => number },
  proof: { readonly challenge: string; readonly publicJwk: BrowserJwk; readonly signature: string },
): Promise<{ deviceId: string; thumbprint: string }> {
  const deviceId = await takeBindChallenge(db, hashOf(proof.challenge), new Date(now()));
  if (deviceId === undefined)
    throw new DeviceError('device-challenge', 400, 'Open the enrolment link again: this challenge is used or expired');
  if (!provesPossession(proof))
    throw new DeviceError('device-proof', 400, 'Cannot bind browser: the signature is not from this key');
  const thumbprint = thumbprintOf(proof.publicJwk);
  await transaction(db, (tx) => bindBrowser(tx, deviceId, thumbprint, now()));
  return { deviceId, thumbprint };
}

function provesPossession(proof: {
  readonly challenge: string;
  readonly publicJwk: BrowserJwk;
  readonly signature: string;
}): boolean {
  try {
    const { kty, crv, x, y } = proof.publicJwk;
    const key = createPublicKey({ key: { kty, crv, x, y }, format: 'jwk' });
    const message = Buffer.from(`pavise-bind:${proof.challenge}`);
    return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(proof.signature, 'base64url'));
  } catch {
    return false; // a point that is not on the curve proves nothing
  }
}
