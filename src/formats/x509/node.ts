import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { FormatError } from '../../base/index.ts';
import {
  bitString,
  context,
  expectTag,
  integer,
  octetString,
  oid,
  readDer,
  sequence,
  TAG,
  tagged,
  time,
} from '../asn1/index.ts';
import type { Certificate } from './certificate.ts';
import type { CertificateRequest } from './request.ts';

const SHA256_WITH_RSA = '1.2.840.113549.1.1.11'; // RFC 4055 section 5
/** Signature algorithms of requests that are accepted, with their hash. */
const SIGNATURES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.5': 'sha1',
  '1.2.840.113549.1.1.11': 'sha256',
  '1.2.840.113549.1.1.12': 'sha384',
  '1.2.840.113549.1.1.13': 'sha512',
  '1.2.840.10045.4.3.2': 'sha256', // ecdsa-with-SHA256, RFC 5758
  '1.2.840.10045.4.3.3': 'sha384',
};

/** What the authority states. `use` picks extensions: an authority, or the client certificate of a phone. */
export interface CertificateOrder {
  readonly use: 'authority' | 'client';
  readonly subjectRaw: Uint8Array;
  readonly issuerRaw: Uint8Array;
  readonly spkiRaw: Uint8Array;
  /** Unsigned big-endian, from a random source. */
  readonly serial: Uint8Array;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly authorityKey: KeyObject;
}

/** Issues a certificate with sha256WithRSAEncryption, RFC 5280 section 4.1. */
export function issueCertificate(order: CertificateOrder): Uint8Array<ArrayBuffer> {
  const algorithm = sequence(oid(SHA256_WITH_RSA), tagged(TAG.null));
  const authoritySpki = new Uint8Array(createPublicKey(order.authorityKey).export({ type: 'spki', format: 'der' }));
  const tbs = sequence(
    context(0, integer(2)),
    integer(order.serial),
    algorithm,
    order.issuerRaw,
    sequence(time(order.notBeforeMs), time(order.notAfterMs)),
    order.subjectRaw,
    order.spkiRaw,
    context(3, sequence(...extensions(order.use, keyIdentifier(order.spkiRaw), keyIdentifier(authoritySpki)))),
  );
  return sequence(tbs, algorithm, bitString(sign('sha256', tbs, order.authorityKey)));
}

/** RFC 5280 section 4.2.1.2, method 1: SHA-1 of the key's bits; an identifier, not a protection. */
function keyIdentifier(spki: Uint8Array): Uint8Array {
  const bits = expectTag(readDer(spki).children[1], TAG.bitString, 'subjectPublicKey').content.subarray(1);
  return createHash('sha1').update(bits).digest();
}

function extensions(use: CertificateOrder['use'], subjectKey: Uint8Array, authorityKey: Uint8Array): Uint8Array[] {
  const yes = tagged(TAG.boolean, Uint8Array.of(0xff));
  const extension = (id: string, critical: boolean, value: Uint8Array): Uint8Array =>
    sequence(oid(id), ...(critical ? [yes] : []), octetString(value));
  // keyUsage bits: digitalSignature 0, keyEncipherment 2, keyCertSign 5, cRLSign 6. macOS wants keyEncipherment in a SCEP authority.
  const usage =
    use === 'authority' ? bitString(Uint8Array.of(0b1010_0110), 1) : bitString(Uint8Array.of(0b1010_0000), 5);
  return [
    extension('2.5.29.19', true, use === 'authority' ? sequence(yes, integer(0)) : sequence()),
    extension('2.5.29.15', true, usage),
    ...(use === 'client' ? [extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.2')))] : []),
    extension('2.5.29.14', false, octetString(subjectKey)),
    extension('2.5.29.35', false, sequence(tagged(0x80, authorityKey))),
  ];
}

/** Reads a public key; throws FormatError `x509-key` for what OpenSSL does not take. */
export function publicKeyOf(spkiRaw: Uint8Array): KeyObject {
  try {
    return createPublicKey({ key: Buffer.from(spkiRaw), type: 'spki', format: 'der' });
  } catch {
    throw new FormatError('x509-key', -1, 'Cannot read public key: not an RSA or EC key that is supported');
  }
}

/** Tells whether an authority issued a certificate: its name, and a signature with sha256WithRSAEncryption by its key. */
export function isIssuedBy(certificate: Certificate, issuer: Certificate, issuerKey: KeyObject): boolean {
  if (Buffer.compare(certificate.issuerRaw, issuer.subjectRaw) !== 0) return false;
  const [tbs, algorithm, bits] = readDer(certificate.raw).children;
  if (tbs === undefined || bits?.tag !== TAG.bitString || bits.content[0] !== 0) return false;
  const expected = sequence(oid(SHA256_WITH_RSA), tagged(TAG.null));
  if (algorithm === undefined || Buffer.compare(algorithm.raw, expected) !== 0) return false;
  return verify('sha256', tbs.raw, issuerKey, bits.content.subarray(1));
}

/** Tells whether a request was signed by the key in it: proof of possession. */
export function requestIsGenuine(request: CertificateRequest): boolean {
  const hash = Object.hasOwn(SIGNATURES, request.signatureOid) ? SIGNATURES[request.signatureOid] : undefined;
  if (hash === undefined) return false;
  try {
    return verify(hash, request.infoRaw, publicKeyOf(request.spkiRaw), request.signature);
  } catch {
    return false; // a key that does not fit the algorithm proves nothing
  }
}
