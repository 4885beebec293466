import { FormatError } from '../../base/index.ts';
import { expectTag, oidOf, readDer, TAG, textOf } from '../asn1/index.ts';
import { commonNameOf } from './name.ts';

/** A certification request; nothing in it is trusted but the key, and that only after its signature was checked. */
export interface CertificateRequest {
  /** What the signature is over. */
  readonly infoRaw: Uint8Array;
  readonly subjectRaw: Uint8Array;
  readonly commonName: string | undefined;
  readonly spkiRaw: Uint8Array;
  readonly challengePassword: string | undefined;
  readonly signatureOid: string;
  readonly signature: Uint8Array;
}

const CHALLENGE_PASSWORD = '1.2.840.113549.1.9.7'; // RFC 2985 section 5.4.1

/** Parses a request, RFC 2986 section 4. Throws FormatError `x509-…` or `asn1-…`. */
export function parseCertificateRequest(der: Uint8Array): CertificateRequest {
  const [info, algorithm, signature] = expectTag(readDer(der), TAG.sequence, 'a certification request').children;
  const fields = expectTag(info, TAG.sequence, 'certificationRequestInfo');
  const [, subject, spki, attributes] = fields.children;
  const bits = expectTag(signature, TAG.bitString, 'signature').content;
  if (bits.length < 2 || bits[0] !== 0)
    throw new FormatError('x509-signature', -1, 'Cannot parse certification request: bad signature bits');
  const name = expectTag(subject, TAG.sequence, 'subject');
  let challengePassword: string | undefined;
  for (const attribute of attributes?.tag === 0xa0 ? attributes.children : []) {
    const [type, values] = attribute.children;
    const value = values?.children[0];
    if (oidOf(type) === CHALLENGE_PASSWORD && value !== undefined) challengePassword = textOf(value);
  }
  return {
    infoRaw: fields.raw,
    subjectRaw: name.raw,
    commonName: commonNameOf(name),
    spkiRaw: expectTag(spki, TAG.sequence, 'subjectPublicKeyInfo').raw,
    challengePassword,
    signatureOid: oidOf(expectTag(algorithm, TAG.sequence, 'signatureAlgorithm').children[0]),
    signature: bits.subarray(1),
  };
}
