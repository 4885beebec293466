import { exportJWK, SignJWT } from 'jose';
import { FormatError, fromBase64, type Randomness, toBase64Url, utf8Bytes } from '../../base/index.ts';
import type { TdfContainer } from './container.ts';
import { arrayField, optionalText, recordOf, textField } from './fields.ts';
import { joinShares } from './integrity.ts';
import type { KeyAccess } from './manifest.ts';
import { pemOfDer } from './pem.ts';
import { keysOf, type TdfKeys } from './reader.ts';
import { deriveKek, importEcPublicPem, unwrapShare } from './wrap.ts';

/** The key that is bound to this browser's enrolment: EC P-256 for signatures, its private half non-extractable. */
export interface DeviceKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

/** A key pair for one opening, to which the server wraps what it releases. */
export interface RewrapSession {
  readonly privateKey: CryptoKey;
  readonly publicKeyPem: string;
}

const ALGORITHM = 'ES256';

/** Proves possession of the device key for one request (RFC 9449). */
export async function dpopProof(
  deviceKey: DeviceKey,
  request: { method: string; url: string; accessToken?: string; nowMs: number; random: Randomness },
): Promise<string> {
  const jwk = await exportJWK(deviceKey.publicKey);
  const ath = request.accessToken === undefined ? {} : { ath: await hashOf(request.accessToken) };
  const claims = {
    htm: request.method,
    htu: request.url.replace(/[?#].*$/, ''),
    jti: toBase64Url(request.random.getRandomValues(new Uint8Array(16))),
    iat: Math.floor(request.nowMs / 1000),
    ...ath,
  };
  return new SignJWT(claims).setProtectedHeader({ alg: ALGORITHM, typ: 'dpop+jwt', jwk }).sign(deviceKey.privateKey);
}

/** Base64url of the SHA-256 of a token, as `ath` wants it (RFC 9449 section 4.2). */
async function hashOf(token: string): Promise<string> {
  return toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', utf8Bytes(token))));
}

export async function createRewrapSession(random: Randomness): Promise<RewrapSession> {
  const pair = await random.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, false, ['deriveKey']);
  const spki = new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey));
  return { privateKey: pair.privateKey, publicKeyPem: pemOfDer(spki, 'PUBLIC KEY') };
}

/** Signs the request for the keys of a container: the token of `POST /kas.AccessService/Rewrap`, good for a minute. */
export function signRewrapRequest(
  deviceKey: DeviceKey,
  container: TdfContainer,
  session: RewrapSession,
  nowMs: number,
): Promise<string> {
  const { manifest } = container;
  const requestBody = JSON.stringify({
    clientPublicKey: session.publicKeyPem,
    requests: [
      {
        algorithm: 'ec:secp256r1',
        policy: { id: 'policy', body: manifest.policy },
        keyAccessObjects: manifest.keyAccess.map((access, i) => ({
          keyAccessObjectId: `kao-${i}`,
          keyAccessObject: wireKeyAccess(access),
        })),
      },
    ],
  });
  const iat = Math.floor(nowMs / 1000);
  return new SignJWT({ requestBody, iat, exp: iat + 60 })
    .setProtectedHeader({ alg: ALGORITHM })
    .sign(deviceKey.privateKey);
}

/**
 * Takes the keys out of the server's reply (its parsed JSON).
 *
 * With a single split, the usual case, the key never becomes visible to the page: both key objects are non-extractable.
 * @throws FormatError `tdf-refused` when no key access of a split was permitted, `tdf-key`, `tdf-binding`
 */
export async function unwrapRewrapped(
  container: TdfContainer,
  session: RewrapSession,
  reply: unknown,
): Promise<TdfKeys> {
  const { manifest } = container;
  const { serverPublicKeyPem, wrapped } = parseReply(reply);
  const bySplit = new Map<string, string>();
  for (const [i, access] of manifest.keyAccess.entries()) {
    const key = wrapped.get(`kao-${i}`);
    if (key !== undefined) bySplit.set(access.splitId, key);
  }
  const splits = new Set(manifest.keyAccess.map((access) => access.splitId));
  for (const splitId of splits) {
    if (!bySplit.has(splitId)) throw new FormatError('tdf-refused', -1, 'Cannot open TDF: the server released no key');
  }
  const [only] = bySplit.values();
  if (splits.size === 1 && only !== undefined) return unwrapOpaque(session, serverPublicKeyPem, only);

  const shares = new Map<string, Uint8Array>();
  const sessionKey = { algorithm: 'P-256', key: session.privateKey } as const;
  for (const [splitId, wrappedKey] of bySplit) {
    shares.set(
      splitId,
      await unwrapShare(sessionKey, { type: 'ec-wrapped', wrappedKey, ephemeralPublicKey: serverPublicKeyPem }),
    );
  }
  const key = await joinShares(manifest, shares);
  const keys = await keysOf(key);
  for (const secret of [key, ...shares.values()]) secret.fill(0);
  return keys;
}

async function unwrapOpaque(session: RewrapSession, serverPublicKeyPem: string, wrappedKey: string): Promise<TdfKeys> {
  const kek = await deriveKek(session.privateKey, await importEcPublicPem(serverPublicKeyPem, 'P-256'), ['unwrapKey']);
  const bytes = fromBase64(wrappedKey);
  const gcm = { name: 'AES-GCM', iv: bytes.subarray(0, 12) };
  const sealed = bytes.subarray(12);
  try {
    return {
      cipher: await crypto.subtle.unwrapKey('raw', sealed, kek, gcm, 'AES-GCM', false, ['decrypt']),
      mac: await crypto.subtle.unwrapKey('raw', sealed, kek, gcm, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']),
    };
  } catch {
    throw new FormatError('tdf-key', -1, "Cannot open TDF: the server's reply does not unwrap");
  }
}

function parseReply(reply: unknown): { serverPublicKeyPem: string; wrapped: Map<string, string> } {
  const record = recordOf(reply, 'reply');
  const wrapped = new Map<string, string>();
  for (const response of arrayField(record, 'responses')) {
    for (const item of arrayField(recordOf(response, 'response'), 'results')) {
      const result = recordOf(item, 'result');
      if (result.status === 'permit')
        wrapped.set(textField(result, 'keyAccessObjectId'), textField(result, 'kasWrappedKey'));
    }
  }
  return { serverPublicKeyPem: optionalText(record, 'sessionPublicKey'), wrapped };
}

function wireKeyAccess(access: KeyAccess) {
  return {
    type: access.type,
    url: access.url,
    protocol: 'kas',
    kid: access.kid,
    sid: access.splitId,
    wrappedKey: access.wrappedKey,
    policyBinding: { alg: 'HS256', hash: access.bindingHash },
    ...(access.ephemeralPublicKey === '' ? {} : { ephemeralPublicKey: access.ephemeralPublicKey }),
  };
}
