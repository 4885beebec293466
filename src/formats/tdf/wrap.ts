import { concatBytes, FormatError, fromBase64, fromHex, type Randomness, toBase64, toHex } from '../../base/index.ts';
import { KEY_BYTES } from './integrity.ts';
import type { KeyAccess } from './manifest.ts';
import { owned } from './owned.ts';
import { derOfPem, pemOfDer } from './pem.ts';

/** A share wrapped to somebody's public key. */
export type WrappedShare = Pick<KeyAccess, 'type' | 'wrappedKey' | 'ephemeralPublicKey'>;

/** A private key that unwraps shares; never leaves Web Crypto. */
export interface PrivateWrapKey {
  readonly algorithm: WrapAlgorithm;
  readonly key: CryptoKey;
}

export type WrapAlgorithm = 'rsa' | 'P-256' | 'P-384' | 'P-521';

// TDF demands SHA-1 for OAEP and its MGF1, where its collisions do no harm.
const RSA_OAEP = { name: 'RSA-OAEP', hash: 'SHA-1' };
/** SHA-256("TDF"), the salt of the HKDF around every EC wrap. */
const SALT = fromHex('aa17cf44585fe15fd634c27b9512d842b42af1bac6178d92161edb4e2abf8197');

/**
 * Prepares wrapping to a public key (PEM SPKI): RSA of at least 2048 bits, or EC P-256, P-384, P-521.
 *
 * All shares that one call wraps have the same ephemeral key, as a rewrap reply has room for only one; each has its own iv.
 * @throws FormatError `tdf-pem`, `tdf-key`
 */
export async function openWrap(
  publicKeyPem: string,
  random: Randomness,
): Promise<(share: Uint8Array) => Promise<WrappedShare>> {
  const spki = derOfPem(publicKeyPem, 'PUBLIC KEY');
  const algorithm = algorithmOf(spki);
  if (algorithm === 'rsa') {
    const key = await importRsaPublic(spki);
    return async (share) => {
      const sealed = new Uint8Array(await crypto.subtle.encrypt(RSA_OAEP, key, owned(share)));
      return { type: 'wrapped', wrappedKey: toBase64(sealed), ephemeralPublicKey: '' };
    };
  }
  const ephemeral = await random.subtle.generateKey({ name: 'ECDH', namedCurve: algorithm }, true, ['deriveKey']);
  const kek = await deriveKek(ephemeral.privateKey, await importEcPublic(spki, algorithm), ['encrypt']);
  const ephemeralPublicKey = pemOfDer(
    new Uint8Array(await crypto.subtle.exportKey('spki', ephemeral.publicKey)),
    'PUBLIC KEY',
  );
  return async (share) => {
    const iv = random.getRandomValues(new Uint8Array(12));
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, kek, owned(share)));
    return { type: 'ec-wrapped', wrappedKey: toBase64(concatBytes([iv, sealed])), ephemeralPublicKey };
  };
}

/** Imports a private key (PEM PKCS #8) for unwrapping. */
export async function importWrapKey(privateKeyPem: string): Promise<PrivateWrapKey> {
  const pkcs8 = derOfPem(privateKeyPem, 'PRIVATE KEY');
  const algorithm = algorithmOf(pkcs8);
  const key = await keyImport(() =>
    algorithm === 'rsa'
      ? crypto.subtle.importKey('pkcs8', pkcs8, RSA_OAEP, false, ['decrypt'])
      : crypto.subtle.importKey('pkcs8', pkcs8, { name: 'ECDH', namedCurve: algorithm }, false, ['deriveKey']),
  );
  return { algorithm, key };
}

/**
 * Unwraps the share of a key access.
 *
 * @throws FormatError `tdf-key`, the same for each cause: a wrong key and a damaged wrap must look alike from outside
 */
export async function unwrapShare(privateKey: PrivateWrapKey, wrapped: WrappedShare): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const share = await unwrapRaw(privateKey, wrapped);
    if (share.length === KEY_BYTES) return share;
  } catch {
    // Falls through to the one error below.
  }
  throw new FormatError('tdf-key', -1, 'Cannot open TDF: this private key does not unwrap the key');
}

/** Key-encryption key of an EC wrap: ECDH, then HKDF-SHA256 over the shared X; the secret stays inside Web Crypto. */
export async function deriveKek(privateKey: CryptoKey, publicKey: CryptoKey, usages: KeyUsage[]): Promise<CryptoKey> {
  const shared = await crypto.subtle.deriveKey({ name: 'ECDH', public: publicKey }, privateKey, 'HKDF', false, [
    'deriveKey',
  ]);
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: SALT, info: new Uint8Array() };
  return crypto.subtle.deriveKey(hkdf, shared, { name: 'AES-GCM', length: 256 }, false, usages);
}

export async function importEcPublicPem(pem: string, namedCurve: WrapAlgorithm): Promise<CryptoKey> {
  return importEcPublic(derOfPem(pem, 'PUBLIC KEY'), namedCurve);
}

async function unwrapRaw(privateKey: PrivateWrapKey, wrapped: WrappedShare): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = fromBase64(wrapped.wrappedKey);
  if (privateKey.algorithm === 'rsa')
    return new Uint8Array(await crypto.subtle.decrypt(RSA_OAEP, privateKey.key, bytes));
  const kek = await deriveKek(
    privateKey.key,
    await importEcPublicPem(wrapped.ephemeralPublicKey, privateKey.algorithm),
    ['decrypt'],
  );
  return new Uint8Array(
    await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes.subarray(0, 12) }, kek, bytes.subarray(12)),
  );
}

// AlgorithmIdentifier OIDs of RFC 3279 and RFC 5480, DER with tag and length.
const OIDS: readonly (readonly [string, WrapAlgorithm])[] = [
  ['06092a864886f70d010101', 'rsa'],
  ['06072a8648ce3d020106082a8648ce3d030107', 'P-256'],
  ['06072a8648ce3d020106052b81040022', 'P-384'],
  ['06072a8648ce3d020106052b81040023', 'P-521'],
];

/** The AlgorithmIdentifier stands within the first bytes of SPKI and PKCS #8 alike. */
function algorithmOf(der: Uint8Array): WrapAlgorithm {
  const head = toHex(der.subarray(0, 40));
  const found = OIDS.find(([oid]) => head.includes(oid));
  if (found === undefined)
    throw new FormatError('tdf-key', -1, 'Cannot use key: neither RSA nor EC P-256, P-384 or P-521');
  return found[1];
}

async function importRsaPublic(spki: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  const key = await keyImport(() => crypto.subtle.importKey('spki', spki, RSA_OAEP, false, ['encrypt']));
  const { modulusLength } = key.algorithm as RsaHashedKeyAlgorithm; // Web Crypto: an RSA key has this member
  if (modulusLength < 2048 || modulusLength > 8192)
    throw new FormatError('tdf-key', -1, `Cannot use key: RSA of ${modulusLength} bits`);
  return key;
}

function importEcPublic(spki: Uint8Array<ArrayBuffer>, namedCurve: WrapAlgorithm): Promise<CryptoKey> {
  return keyImport(() => crypto.subtle.importKey('spki', spki, { name: 'ECDH', namedCurve }, false, []));
}

async function keyImport(run: () => Promise<CryptoKey>): Promise<CryptoKey> {
  try {
    return await run();
  } catch {
    throw new FormatError('tdf-key', -1, 'Cannot use key: its encoding is damaged');
  }
}
