import { createHash } from 'node:crypto';
import { jwkThumbprint, readJwt, verifyJwt } from '../formats/tdf/index.ts';
import { FilesError } from './files-error.ts';

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
    const left = (counts.get(personId) ?? 0) - 1;
    if (left > 0) counts.set(personId, left);
    else counts.delete(personId);
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
  readonly jwk: JsonWebKey;
  readonly thumbprint: string;
}

/**
 * Checks a proof of possession (RFC 9449 section 4.3): form, signature, method, address, age, token hash, key, and last that it is new,
 * so that only valid proofs fill the memory.
 *
 * @param request.personId whose session or token comes with the proof
 * @param request.token the access token and the thumbprint it is bound to
 * @throws FilesError `files-proof` (401), `files-too-many` (429)
 */
export async function checkProof(
  proof: string,
  request: {
    method: string;
    url: string;
    personId: string;
    token?: { accessToken: string; thumbprint: string };
    replay: ReplayGuard;
  },
  nowMs: number,
): Promise<ProvenKey> {
  const token = readJwt(proof);
  const { typ, jwk } = token.header;
  if (typ !== 'dpop+jwt' || typeof jwk !== 'object' || jwk === null) throw badProof('it is not a DPoP proof');
  const publicJwk: JsonWebKey = jwk; // every member is optional and checked where it is used
  if (!(await verifyJwt(token, publicJwk))) throw badProof('its signature is wrong');
  const { htm, htu, iat, jti, ath } = token.claims;
  if (htm !== request.method || htu !== request.url) throw badProof('it was made for another request');
  if (typeof iat !== 'number' || Math.abs(nowMs - iat * 1000) > PROOF_WINDOW_MS)
    throw badProof('it is too old, or the clock of the device is wrong');
  if (request.token !== undefined && ath !== hashUrl(request.token.accessToken))
    throw badProof('it was made for another token');
  const thumbprint = await jwkThumbprint(publicJwk);
  if (request.token !== undefined && request.token.thumbprint !== thumbprint)
    throw badProof('it is by another key than that of the token');
  if (typeof jti !== 'string' || jti.length < 8 || jti.length > 200) throw badProof('it has no id');
  const use = request.replay.firstUse(request.personId, `${thumbprint}.${jti}`, nowMs);
  if (use === 'used') throw badProof('it was used before');
  if (use === 'too-many')
    throw new FilesError('files-too-many', 429, 'Wait a minute and try again: too many keys were asked for');
  return { jwk: publicJwk, thumbprint };
}

function hashUrl(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function badProof(why: string): FilesError {
  return new FilesError('files-proof', 401, `Sign the request anew with the device's key: proof refused, ${why}`);
}
