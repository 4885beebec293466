import {
  constants,
  createCipheriv,
  createDecipheriv,
  createHash,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto';
import { equalBytes, FormatError } from '../../base/index.ts';
import {
  context,
  implicit,
  integer,
  octetString,
  oid,
  oidOf,
  sequence,
  setOf,
  TAG,
  tagged,
  time,
} from '../asn1/index.ts';
import type { Certificate } from '../x509/index.ts';
import type { Enveloped } from './enveloped.ts';
import { CIPHERS, DIGESTS, OID } from './oids.ts';
import type { Signed } from './signed.ts';

/**
 * Tells whether the signature over `content` is genuine under `key`; the caller judges the certificate.
 *
 * Content inside the message is not looked at: for a detached signature the caller's bytes count.
 */
export function signatureIsGenuine(signed: Signed, content: Uint8Array, key: KeyObject): boolean {
  return attributesAreGenuine(signed, key) !== false && contentIsSigned(signed, content, key);
}

/**
 * Tells whether signed attributes are genuine under `key`, before the content is there: they hold its digest.
 *
 * @returns undefined where the signature is over the content itself, so that nothing can be said without it
 */
export function attributesAreGenuine(signed: Signed, key: KeyObject): boolean | undefined {
  if (signed.attributesRaw === undefined) return undefined;
  const type = signed.attributes.get(OID.contentType);
  if (type?.tag !== TAG.oid || oidOf(type) !== signed.contentType) return false;
  // RFC 5652 section 5.4: signed under the tag SET OF
  return isSignedBy(signed, implicit(TAG.set, signed.attributesRaw), key);
}

/** Tells whether `content` is what was signed, where `attributesAreGenuine` did not say no. */
export function contentIsSigned(signed: Signed, content: Uint8Array, key: KeyObject): boolean {
  // RFC 5652 section 5.3: attributes are mandatory unless the content is plain data
  if (signed.attributesRaw === undefined) return signed.contentType === OID.data && isSignedBy(signed, content, key);
  const hash = DIGESTS.get(signed.digestOid);
  const digest = signed.attributes.get(OID.messageDigest);
  if (hash === undefined || digest?.tag !== TAG.octetString) return false;
  return equalBytes(digest.content, createHash(hash).update(content).digest());
}

function isSignedBy(signed: Signed, message: Uint8Array, key: KeyObject): boolean {
  const hash = DIGESTS.get(signed.digestOid);
  if (hash === undefined) return false;
  try {
    return verify(hash, message, key, signed.signature);
  } catch {
    return false; // a key of another kind than the signature
  }
}

/** What a signature states besides the content: identifier and DER value. */
export type ExtraAttribute = readonly [string, Uint8Array];

/** Signs with RSA and SHA-256, RFC 5652 section 5; `detached` leaves the content out. */
export function signContent(
  content: Uint8Array,
  signer: { readonly certificate: Certificate; readonly key: KeyObject },
  options: { readonly nowMs: number; readonly detached?: boolean; readonly extra?: readonly ExtraAttribute[] },
): Uint8Array<ArrayBuffer> {
  const digestAlgorithm = sequence(oid(OID.sha256), tagged(TAG.null));
  const attribute = (id: string, value: Uint8Array): Uint8Array => sequence(oid(id), setOf(value));
  const attributes = setOf(
    attribute(OID.contentType, oid(OID.data)),
    attribute(OID.messageDigest, octetString(createHash('sha256').update(content).digest())),
    attribute(OID.signingTime, time(options.nowMs)),
    ...(options.extra ?? []).map(([id, value]) => attribute(id, value)),
  );
  const signerInfo = sequence(
    integer(1),
    sequence(signer.certificate.issuerRaw, signer.certificate.serialRaw),
    digestAlgorithm,
    implicit(0xa0, attributes),
    sequence(oid(OID.rsaEncryption), tagged(TAG.null)),
    octetString(sign('sha256', attributes, signer.key)),
  );
  return signedData(
    sequence(oid(OID.data), ...(options.detached === true ? [] : [context(0, octetString(content))])),
    [digestAlgorithm],
    [signer.certificate.raw],
    [signerInfo],
  );
}

/** Wraps certificates alone ("degenerate" SignedData), as SCEP delivers them. */
export function certificateBag(certificates: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return signedData(sequence(oid(OID.data)), [], certificates, []);
}

function signedData(
  content: Uint8Array,
  digests: readonly Uint8Array[],
  certificates: readonly Uint8Array[],
  signers: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  return sequence(
    oid(OID.signedData),
    context(0, sequence(integer(1), setOf(...digests), content, context(0, ...certificates), setOf(...signers))),
  );
}

/**
 * Opens an envelope with the recipient's private key.
 *
 * A wrong RSA block makes OpenSSL return random bytes instead of an error, so that every failure ends in the same FormatError
 * `cms-decrypt`. Single DES is refused (`cms-cipher`) unless `legacyDes`.
 */
export function openEnvelope(envelope: Enveloped, key: KeyObject, legacyDes: boolean): Uint8Array {
  const cipher = CIPHERS.get(envelope.cipherOid);
  if (cipher === undefined || (cipher.legacy && !legacyDes)) {
    throw new FormatError('cms-cipher', -1, `Cannot decrypt CMS: cipher ${envelope.cipherOid} is not accepted`);
  }
  try {
    const secret = privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, envelope.encryptedKey);
    const decipher = createDecipheriv(
      cipher.name,
      cipher.legacy ? Buffer.concat([secret, secret, secret]) : secret,
      envelope.iv,
    );
    return Buffer.concat([decipher.update(envelope.ciphertext), decipher.final()]);
  } catch {
    throw new FormatError('cms-decrypt', -1, 'Cannot decrypt CMS: wrong key or changed content');
  }
}

const AES_128 = '2.16.840.1.101.3.4.1.2';
const AES_256 = '2.16.840.1.101.3.4.1.42';

/** Encrypts to one RSA certificate. `secret` is 16 (AES-128) or 32 (AES-256) random bytes, `iv` 16. */
export function sealEnvelope(
  content: Uint8Array,
  recipient: { readonly certificate: Certificate; readonly key: KeyObject },
  random: { readonly secret: Uint8Array; readonly iv: Uint8Array },
): Uint8Array<ArrayBuffer> {
  const wide = random.secret.length === 32;
  const cipher = createCipheriv(wide ? 'aes-256-cbc' : 'aes-128-cbc', random.secret, random.iv);
  const ciphertext = Buffer.concat([cipher.update(content), cipher.final()]);
  const encryptedKey = publicEncrypt({ key: recipient.key, padding: constants.RSA_PKCS1_PADDING }, random.secret);
  const recipientInfo = sequence(
    integer(0),
    sequence(recipient.certificate.issuerRaw, recipient.certificate.serialRaw),
    sequence(oid(OID.rsaEncryption), tagged(TAG.null)),
    octetString(encryptedKey),
  );
  const encrypted = sequence(
    oid(OID.data),
    sequence(oid(wide ? AES_256 : AES_128), octetString(random.iv)),
    tagged(0x80, ciphertext),
  );
  return sequence(oid(OID.envelopedData), context(0, sequence(integer(0), setOf(recipientInfo), encrypted)));
}
