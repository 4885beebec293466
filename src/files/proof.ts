import { createHash } from 'node:crypto';
import { jwkThumbprint, readJwt, verifyJwt } from '../formats/tdf/index.ts';
import { FilesError } from './files-error.ts';

// Clocks of phones are minutes wrong, not hours.
const PROOF_WINDOW_MS = 2 * 60_000;
const MAX_REMEMBERED = 100_000;

/** Remembers the ids of proofs for as long as they would be taken again. */
export interface ReplayGuard {
  /** @returns false when the id has been seen, or nothing more can be remembered */
  firstUse(id: string, nowMs: number): boolean;
}

export function replayGuard(): ReplayGuard {
  const seen = new Map<string, number>();
  return {
    firstUse(id, nowMs) {
      // Insertion order is time order: only the oldest need looking at.
      for (const [old, until] of seen) {
        if (until > nowMs) break;
        seen.delete(old);
      }
      if (seen.has(id) || seen.size >= MAX_REMEMBERED) return false;
      seen.set(id, nowMs + 2 * PROOF_WINDOW_MS);
      return true;
    },
  };
}

/** The key that a proof has shown possession of. */
export interface ProvenKey {
  readonly jwk: JsonWebKey;
  readonly thumbprint: string;
}

/**
 * Checks a proof of possession (RFC 9449 section 4.3): form, signature, method, address, age, token hash, and last that it is new, so
 * that only valid proofs fill the memory.
 *
 * @throws FilesError `files-proof` (401)
 */
export async function checkProof(
  proof: string,
  request: { method: string; url: string; accessToken?: string; replay: ReplayGuard },
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
  if (request.accessToken !== undefined && ath !== hashUrl(request.accessToken))
    throw badProof('it was made for another token');
  const thumbprint = await jwkThumbprint(publicJwk);
  if (typeof jti !== 'string' || jti.length < 8 || jti.length > 200) throw badProof('it has no id');
  if (!request.replay.firstUse(`${thumbprint}.${jti}`, nowMs)) throw badProof('it was used before');
  return { jwk: publicJwk, thumbprint };
}

function hashUrl(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

function badProof(why: string): FilesError {
  return new FilesError('files-proof', 401, `Sign the request anew with the device's key: proof refused, ${why}`);
}
