import { createHash } from 'node:crypto';
import { calculateJwkThumbprint, type JWK, type JWTPayload } from 'jose';
import { DeviceError } from './device-error.ts';
import { publicKeyOf, readSigned, type Signed } from './read-signed.ts';

// Clocks of phones are minutes wrong, not hours.
const PROOF_WINDOW_MS = 2 * 60_000;
// Some eight a second of one person, for as long as ids are remembered: no member can use up what the others need.
const MAX_PER_PERSON = 2000;

/** Remembers the ids of proofs for as long as they would be taken again. */
export interface ReplayGuard {
  firstUse(personId: string, id: string, nowMs: number): 'first' | 'used' | 'too-many';
}

export function replayGuard(): ReplayGuard {
  const seen = new Map<string, { readonly personId: string; readonly untilMs: number }>();
  const counts = new Map<string, number>();
  const forget = (id: string, personId: string): void => {
    seen.delete(id);
    counts.set(personId, (counts.get(personId) ?? 1) - 1);
  };
  return {
    firstUse(personId, id, nowMs) {
      // Insertion order is time order: only the oldest need looking at.
      for (const [old, entry] of seen) {
        if (entry.untilMs > nowMs) break;
        forget(old, entry.personId);
      }
      if (seen.has(id)) return 'used';
      const count = counts.get(personId) ?? 0;
      if (count >= MAX_PER_PERSON) return 'too-many';
      seen.set(id, { personId, untilMs: nowMs + 2 * PROOF_WINDOW_MS });
      counts.set(personId, count + 1);
      return 'first';
    },
  };
}

/** The key that a proof has shown possession of. */
export interface ProvenKey {
  readonly jwk: JWK;
  readonly thumbprint: string;
}

/** The access token that comes with a proof, and the thumbprint it is bound to. */
interface BoundToken {
  readonly accessToken: string;
  readonly thumbprint: string;
}

/** The request that a proof has to be for. */
interface ProvenRequest {
  readonly method: string;
  readonly url: string;
  readonly personId: string | ((thumbprint: string) => Promise<string>);
  readonly token?: BoundToken;
  readonly replay: ReplayGuard;
}

/**
 * Checks a proof of possession (RFC 9449 section 4.3): form, signature and age, request, token, key, and last that it is new, so that
 * only valid proofs fill the memory.
 *
 * @param request.personId whose session or token comes with the proof; where none does, who the key leads to, asked last
 * @throws DeviceError `device-key-proof` (401), `device-key-busy` (429); FormatError `jwt-invalid`
 */
export async function checkProof(proof: string, request: ProvenRequest, nowMs: number): Promise<ProvenKey> {
  const { header, claims } = await readProof(proof, nowMs);
  requireRequest(claims, request);
  if (request.token !== undefined) requireToken(claims, request.token.accessToken);
  const jwk = publicKeyOf(header.jwk);
  const thumbprint = await calculateJwkThumbprint(jwk);
  if (request.token !== undefined) requireKey(thumbprint, request.token.thumbprint);
  const { personId, replay } = request;
  const whose = typeof personId === 'string' ? personId : await personId(thumbprint);
  requireNew(claims, thumbprint, { personId: whose, replay }, nowMs);
  return { jwk, thumbprint };
}

function readProof(proof: string, nowMs: number): Promise<Signed> {
  const expected = {
    typ: 'dpop+jwt',
    currentDate: new Date(nowMs),
    // No age at all but for the clocks: neither older nor, from a clock that is ahead, younger than that.
    maxTokenAge: 0,
    clockTolerance: PROOF_WINDOW_MS / 1000,
  };
  return readSigned(proof, ({ jwk }) => publicKeyOf(jwk), expected, badProof);
}

function requireRequest({ htm, htu }: JWTPayload, request: { method: string; url: string }): void {
  if (htm !== request.method || htu !== request.url) throw badProof('it was made for another request');
}

function requireToken({ ath }: JWTPayload, accessToken: string): void {
  if (ath !== hashUrl(accessToken)) throw badProof('it was made for another token');
}

function requireKey(thumbprint: string, bound: string): void {
  if (thumbprint !== bound) throw badProof('it is by another key than that of the token');
}

function requireNew(
  { jti }: JWTPayload,
  thumbprint: string,
  { personId, replay }: { personId: string; replay: ReplayGuard },
  nowMs: number,
): void {
  if (typeof jti !== 'string' || jti.length < 8 || jti.length > 200) throw badProof('it has no id');
  const use = replay.firstUse(personId, `${thumbprint}.${jti}`, nowMs);
  if (use === 'used') throw badProof('it was used before');
  if (use === 'too-many')
    throw new DeviceError('device-key-busy', 429, 'Wait a minute and try again: too much was asked for with this key');
}

function hashUrl(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function badProof(why: string): DeviceError {
  return new DeviceError('device-key-proof', 401, `Sign the request anew with the device's key: proof refused, ${why}`);
}
