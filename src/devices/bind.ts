import { createHash, createPublicKey, verify } from 'node:crypto';
import type { Actor } from '../audit/index.ts';
import { heldUntil } from '../people/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import { DeviceError } from './device-error.ts';
import { hashOf } from './enrolments.ts';
import { bindBrowser } from './registry.ts';
import { findBindOwner, takeBindChallenge } from './store-enrolments.ts';

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
 * Binds a browser's key to the enrolment whose page gave out the challenge, for the person signed in there whose phone it is.
 *
 * The link alone binds nothing: whoever else gets hold of it, also the administrator who made it, could put a browser of their own in the
 * place of the phone's. Another person is refused before the challenge is used up (DeviceError `device-other-person`, 403), and so is who
 * has her account by a recovery of just now (`device-held`, 403): whoever took it by that link would bind a browser of his own next.
 * The signature (ECDSA P-256, SHA-256, r‖s) over the text `pavise-bind:` and the challenge proves that the browser has the private
 * key; the challenge is used up whether or not it does.
 */
export async function bindEnrolment(
  { db, now }: { db: Db; now: () => number },
  actor: Actor,
  proof: { readonly challenge: string; readonly publicJwk: BrowserJwk; readonly signature: string },
): Promise<{ deviceId: string; thumbprint: string }> {
  const challengeHash = hashOf(proof.challenge);
  const ownerId = await findBindOwner(db, challengeHash, new Date(now()));
  if (ownerId !== undefined && (actor.kind !== 'person' || actor.personId !== ownerId))
    throw new DeviceError(
      'device-other-person',
      403,
      'Sign in as the person whose phone this is: the link is for nobody else',
    );
  await refuseHeld(db, ownerId, now());
  const deviceId = await takeBindChallenge(db, challengeHash, new Date(now()));
  if (deviceId === undefined)
    throw new DeviceError('device-challenge', 400, 'Open the enrolment link again: this challenge is used or expired');
  if (!provesPossession(proof))
    throw new DeviceError('device-proof', 400, 'Cannot bind browser: the signature is not from this key');
  const thumbprint = thumbprintOf(proof.publicJwk);
  await transaction(db, (tx) => bindBrowser(tx, actor, deviceId, thumbprint, now()));
  return { deviceId, thumbprint };
}

async function refuseHeld(db: Db, ownerId: string | undefined, nowMs: number): Promise<void> {
  const untilMs = ownerId === undefined ? undefined : await heldUntil(db, ownerId, nowMs);
  if (untilMs === undefined) return;
  const until = `${new Date(untilMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  throw new DeviceError(
    'device-held',
    403,
    `Come back after ${until} with the same link: your account got a new passkey by a link, and until then no new browser is connected`,
  );
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
