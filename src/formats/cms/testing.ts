import { createHash, createPublicKey, type KeyObject, randomBytes, sign } from 'node:crypto';
import { context, implicit, integer, octetString, oid, sequence, setOf, TAG, tagged, time } from '../asn1/index.ts';
import { type Certificate, nameOf, parseCertificate } from '../x509/index.ts';
import { issueCertificate } from '../x509/node.ts';
import { OID } from './oids.ts';

/** A certificate that a key gives itself. */
export function selfSigned(key: KeyObject, nowMs: number): Certificate {
  const name = nameOf({ organisation: 'Pavise', commonName: 'Test authority' });
  const spkiRaw = new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }));
  const names = { subjectRaw: name, issuerRaw: name, spkiRaw, serial: randomBytes(16), authorityKey: key };
  const times = { notBeforeMs: nowMs - 60_000, notAfterMs: nowMs + 86_400_000 };
  return parseCertificate(issueCertificate({ use: 'authority', ...names, ...times }));
}

/** One signed attribute: its type and its values. */
export type TestAttribute = readonly [string, ...Uint8Array[]];

/** A message that differs from a right one only in what a test says. */
export interface Craft {
  readonly content: Uint8Array;
  readonly key: KeyObject;
  readonly certificate: Certificate;
  readonly nowMs: number;
  /** Changes the attributes before they are signed; undefined signs the content itself. */
  readonly attributes?: ((usual: readonly TestAttribute[]) => readonly TestAttribute[] | undefined) | undefined;
  /** Changes the attributes after they were signed. */
  readonly forge?: ((usual: readonly TestAttribute[]) => readonly TestAttribute[]) | undefined;
  readonly contentType?: string | undefined;
  /** The digest that is named; it is made with SHA-256 all the same where Node has none of that name. */
  readonly digest?: { readonly oid: string; readonly name: string } | undefined;
  /** The key that really signs. */
  readonly signer?: KeyObject | undefined;
  /** How the signer is named, in place of issuer and serial number of its certificate. */
  readonly signerId?: Uint8Array | undefined;
  /** How many times the signer stands in the message. */
  readonly signers?: number | undefined;
  readonly certificates?: readonly Uint8Array[] | undefined;
}

const SHA256 = { oid: OID.sha256, name: 'sha256' };

/** Writes detached SignedData, right unless told otherwise. */
export function craftSigned(craft: Craft): Uint8Array<ArrayBuffer> {
  const { content, certificate, nowMs, contentType = OID.data, digest = SHA256 } = craft;
  const digested = createHash(digest.name).update(content).digest();
  const usual: readonly TestAttribute[] = [
    [OID.contentType, oid(contentType)],
    [OID.messageDigest, octetString(digested)],
    [OID.signingTime, time(nowMs)],
  ];
  const signed = craft.attributes === undefined ? usual : craft.attributes(usual);
  const message = signed === undefined ? content : encode(signed);
  const shown = signed === undefined ? undefined : encode(craft.forge?.(signed) ?? signed);
  const algorithm = sequence(oid(digest.oid), tagged(TAG.null));
  const info = sequence(
    integer(1),
    craft.signerId ?? sequence(certificate.issuerRaw, certificate.serialRaw),
    algorithm,
    ...(shown === undefined ? [] : [implicit(0xa0, shown)]),
    sequence(oid(OID.rsaEncryption), tagged(TAG.null)),
    octetString(sign(digest.name, message, craft.signer ?? craft.key)),
  );
  const infos = Array.from({ length: craft.signers ?? 1 }, () => info);
  const certificates = context(0, ...(craft.certificates ?? [certificate.raw]));
  const body = sequence(integer(1), setOf(algorithm), sequence(oid(contentType)), certificates, setOf(...infos));
  return sequence(oid(OID.signedData), context(0, body));
}

function encode(attributes: readonly TestAttribute[]): Uint8Array<ArrayBuffer> {
  return setOf(...attributes.map(([type, ...values]) => sequence(oid(type), setOf(...values))));
}
