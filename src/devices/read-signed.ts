import { errors, type JWK, type JWTHeaderParameters, type JWTPayload, type JWTVerifyOptions, jwtVerify } from 'jose';
import { type CodedError, FormatError } from '../base/index.ts';

/** What clients sign with: public keys alone, so that neither `none` nor a keyed hash is ever taken. */
const ALGORITHMS = ['ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512', 'RS256', 'RS384', 'RS512'];
// 8192 bits in base64url: larger ones cost the processor more than a caller who is nobody yet may ask for.
const MAX_MODULUS_CHARS = 1366;

/** A token whose signature and registered claims hold. */
export interface Signed {
  readonly header: JWTHeaderParameters;
  readonly claims: JWTPayload;
}

/**
 * Verifies a signed token (RFC 7519) and those of its claims that `expected` names.
 *
 * @param key gives the signer's public key, where need be out of the header
 * @param expected its `currentDate` is the time that `exp` and `nbf` are compared with
 * @param refuse makes the error for a token that is well-formed and yet not to be taken
 * @throws FormatError `jwt-invalid` for what is no token, and what `refuse` makes
 */
export async function readSigned(
  token: string,
  key: (header: JWTHeaderParameters) => JWK,
  expected: JWTVerifyOptions & { readonly currentDate: Date },
  refuse: (why: string) => CodedError,
): Promise<Signed> {
  const options = { algorithms: ALGORITHMS, ...expected };
  try {
    const { protectedHeader, payload } = await jwtVerify(token, async (header) => key(header), options);
    return { header: protectedHeader, claims: payload };
  } catch (error) {
    throw errorOf(error, refuse);
  }
}

/**
 * The members of a public key alone: "alg", "use" and "key_ops" are the sender's words.
 *
 * @throws FormatError `jwt-invalid` for anything but an EC or RSA public key of a usual size
 */
export function publicKeyOf(jwk: unknown): JWK {
  if (typeof jwk !== 'object' || jwk === null) throw noToken('it holds no key');
  const { kty, crv, x, y, n, e, d, k }: JWK = jwk; // every member is optional and checked where it is used
  if (d !== undefined || k !== undefined) throw noToken('key is not a public key');
  if (kty === 'EC') return { kty, ...textsOf({ crv, x, y }) };
  if (kty !== 'RSA') throw noToken('key is neither EC nor RSA');
  const members = textsOf({ n, e });
  if (members.n.length > MAX_MODULUS_CHARS) throw noToken('RSA key of over 8192 bits');
  return { kty, ...members };
}

function textsOf<K extends string>(members: Readonly<Record<K, string | undefined>>): Record<K, string> {
  if (Object.values(members).some((member) => typeof member !== 'string'))
    throw noToken('a member of the key is missing');
  return members as Record<K, string>; // each was just seen to be a text
}

/** What jose throws, and Web Crypto below it for a key that does not fit. */
function errorOf(error: unknown, refuse: (why: string) => CodedError): unknown {
  if (error instanceof errors.JWSSignatureVerificationFailed) return refuse('its signature is wrong');
  if (error instanceof errors.JOSEAlgNotAllowed) return refuse('its algorithm is not one of those taken');
  if (error instanceof errors.JWTExpired) return refuse('it is too old, or the clock of the device is wrong');
  if (error instanceof errors.JWTClaimValidationFailed) return refuse(`"${error.claim}" is not as it must be`);
  if (error instanceof errors.JOSEError) return noToken(error.message);
  if (error instanceof TypeError || error instanceof DOMException) return noToken('key does not fit the algorithm');
  return error;
}

function noToken(why: string): FormatError {
  return new FormatError('jwt-invalid', -1, `Cannot read token: ${why}`);
}
