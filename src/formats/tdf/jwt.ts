import { FormatError, fromBase64Url, toBase64Url, utf8Bytes, utf8Text } from '../../base/index.ts';
import { type Record, recordOf } from './fields.ts';

/** A compact JWS whose payload is a JSON object (RFC 7519), not verified yet. */
export interface JsonWebToken {
  readonly header: Record;
  readonly claims: Record;
  readonly signed: Uint8Array<ArrayBuffer>;
  readonly signature: Uint8Array<ArrayBuffer>;
}

// A signed rewrap request carries the policy; 4 MiB is what a request body may have.
const MAX_TOKEN_CHARS = 4 * 1024 * 1024;

/** Splits and decodes; throws FormatError `jwt-invalid`. */
export function readJwt(token: string): JsonWebToken {
  const [header, claims, signature, more] = token.length > MAX_TOKEN_CHARS ? [] : token.split('.', 4);
  if (header === undefined || claims === undefined || signature === undefined || more !== undefined)
    throw invalid('not three parts');
  return {
    header: decodePart(header),
    claims: decodePart(claims),
    signed: utf8Bytes(`${header}.${claims}`),
    signature: fromBase64Url(signature),
  };
}

/**
 * Tells whether the holder of this public key signed the token.
 *
 * The algorithm is the header's, from the list RS, ES, PS with 256, 384, 512, and must fit the key. Claims are the caller's to check.
 */
export async function verifyJwt(token: JsonWebToken, publicJwk: JsonWebKey): Promise<boolean> {
  const algorithm = algorithmOf(token.header.alg);
  const key = await importPublic(publicJwk, algorithm);
  return crypto.subtle.verify(algorithm, key, token.signature, token.signed);
}

/** Signs with an EC P-256 key (`ES256`). */
export async function signJwt(privateKey: CryptoKey, header: object, claims: object): Promise<string> {
  const parts = [{ alg: 'ES256', ...header }, claims].map((part) => toBase64Url(utf8Bytes(JSON.stringify(part))));
  const signed = parts.join('.');
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, privateKey, utf8Bytes(signed));
  return `${signed}.${toBase64Url(new Uint8Array(signature))}`;
}

/** SHA-256 thumbprint of a public key, base64url (RFC 7638). */
export async function jwkThumbprint(jwk: JsonWebKey): Promise<string> {
  // The members that the RFC names, in lexicographic order.
  const members =
    jwk.kty === 'EC' ? { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y } : { e: jwk.e, kty: jwk.kty, n: jwk.n };
  if (Object.values(members).some((member) => typeof member !== 'string')) throw invalid('key is neither EC nor RSA');
  return sha256Url(JSON.stringify(members));
}

/** Base64url of the SHA-256 of a text, as DPoP's `ath` wants it. */
export async function sha256Url(text: string): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8Bytes(text))));
}

type SignatureAlgorithm = { name: string; hash: string; saltLength?: number; namedCurve?: string };

const CURVES: { readonly [bits: string]: string } = { 256: 'P-256', 384: 'P-384', 512: 'P-521' };

function algorithmOf(alg: unknown): SignatureAlgorithm {
  const [, family, bits] = /^(RS|PS|ES)(256|384|512)$/.exec(String(alg)) ?? [];
  if (bits === undefined) throw invalid('algorithm is not RS, PS or ES');
  const hash = `SHA-${bits}`;
  if (family === 'RS') return { name: 'RSASSA-PKCS1-v1_5', hash };
  if (family === 'PS') return { name: 'RSA-PSS', hash, saltLength: Number(bits) / 8 };
  return { name: 'ECDSA', hash, namedCurve: CURVES[bits] ?? '' };
}

async function importPublic(jwk: JsonWebKey, algorithm: SignatureAlgorithm): Promise<CryptoKey> {
  const { kty, crv, x, y, n, e } = jwk;
  if (jwk.d !== undefined || jwk.k !== undefined) throw invalid('key is not a public key');
  // Only the members of the key itself: "alg", "use" and "key_ops" are the sender's words.
  const bare = kty === 'EC' ? { kty, crv, x, y } : { kty, n, e };
  let key: CryptoKey;
  try {
    key = await crypto.subtle.importKey('jwk', bare as JsonWebKey, algorithm as EcKeyImportParams, false, ['verify']); // wrong members are refused by the import
  } catch {
    throw invalid('key does not fit the algorithm');
  }
  const { modulusLength } = key.algorithm as Partial<RsaHashedKeyAlgorithm>; // present on RSA keys only
  if (modulusLength !== undefined && (modulusLength < 2048 || modulusLength > 8192))
    throw invalid(`RSA key of ${modulusLength} bits`);
  return key;
}

function decodePart(part: string): Record {
  try {
    return recordOf(JSON.parse(utf8Text(fromBase64Url(part))), 'token');
  } catch {
    throw invalid('a part is not a JSON object');
  }
}

function invalid(why: string): FormatError {
  return new FormatError('jwt-invalid', -1, `Cannot read token: ${why}`);
}
