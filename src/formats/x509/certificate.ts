import { FormatError, toHex } from '../../base/index.ts';
import { expectTag, readDer, TAG, timeOf } from '../asn1/index.ts';
import { commonNameOf } from './name.ts';

/** A certificate's fields; `Raw` members are the DER that equality and signatures are about. */
export interface Certificate {
  readonly raw: Uint8Array;
  readonly serialHex: string;
  readonly serialRaw: Uint8Array;
  readonly issuerRaw: Uint8Array;
  readonly subjectRaw: Uint8Array;
  readonly commonName: string | undefined;
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly spkiRaw: Uint8Array;
}

/** Parses a certificate, RFC 5280 section 4.1. Throws FormatError `x509-…` or `asn1-…`. */
export function parseCertificate(der: Uint8Array): Certificate {
  const root = expectTag(readDer(der), TAG.sequence, 'a certificate');
  const tbs = expectTag(root.children[0], TAG.sequence, 'tbsCertificate');
  // [0] EXPLICIT version is absent in version 1.
  const [serial, , issuer, validity, subject, spki] = tbs.children.slice(tbs.children[0]?.tag === 0xa0 ? 1 : 0);
  const number = expectTag(serial, TAG.integer, 'serialNumber');
  const name = expectTag(subject, TAG.sequence, 'subject');
  const times = expectTag(validity, TAG.sequence, 'validity').children;
  if (root.children.length !== 3) throw new FormatError('x509-shape', -1, 'Cannot parse certificate: not three parts');
  return {
    raw: der,
    serialHex: toHex(number.content),
    serialRaw: number.raw,
    issuerRaw: expectTag(issuer, TAG.sequence, 'issuer').raw,
    subjectRaw: name.raw,
    commonName: commonNameOf(name),
    notBeforeMs: timeOf(times[0]),
    notAfterMs: timeOf(times[1]),
    spkiRaw: expectTag(spki, TAG.sequence, 'subjectPublicKeyInfo').raw,
  };
}
