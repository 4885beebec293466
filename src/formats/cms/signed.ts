import { concatBytes, equalBytes, FormatError } from '../../base/index.ts';
import { type DerNode, expectTag, octets, oidOf, readDer, TAG, timeOf } from '../asn1/index.ts';
import { type Certificate, parseCertificate } from '../x509/index.ts';
import { OID } from './oids.ts';

/** SignedData with its one signer; nothing is verified yet. */
export interface Signed {
  readonly content: Uint8Array | undefined;
  readonly contentType: string;
  readonly signerCertificate: Certificate;
  readonly digestOid: string;
  readonly signature: Uint8Array;
  /** The signed attributes as they came, under the tag [0], or nothing when the signature is over the content itself. */
  readonly attributesRaw: Uint8Array | undefined;
  /** The value of each signed attribute. */
  readonly attributes: ReadonlyMap<string, DerNode>;
}

function bad(code: string, why: string): FormatError {
  return new FormatError(code, -1, `Cannot parse CMS: ${why}`);
}

/**
 * Takes the content out of SignedData, whoever signed and however many; undefined where it is detached.
 *
 * Says nothing of the signature: for evidence that is to be read whether genuine or not. Throws FormatError `cms-…` or `asn1-…`.
 */
export function signedContent(bytes: Uint8Array): Uint8Array | undefined {
  const holder = encapsulatedOf(signedDataFields(bytes))[1]?.children[0];
  return holder === undefined ? undefined : octets(holder);
}

function signedDataFields(bytes: Uint8Array): readonly DerNode[] {
  const [type, wrapper] = expectTag(readDer(bytes), TAG.sequence, 'contentInfo').children;
  if (oidOf(type) !== OID.signedData) throw bad('cms-type', 'not signed data');
  return expectTag(expectTag(wrapper, 0xa0, 'content').children[0], TAG.sequence, 'signedData').children;
}

function encapsulatedOf(fields: readonly DerNode[]): readonly DerNode[] {
  return expectTag(fields[2], TAG.sequence, 'encapContentInfo').children;
}

/** Parses ContentInfo with SignedData, RFC 5652 section 5. Throws FormatError `cms-…`, `x509-…` or `asn1-…`. */
export function parseSigned(bytes: Uint8Array): Signed {
  const fields = signedDataFields(bytes);
  const encapsulated = encapsulatedOf(fields);
  const certificates = fields.find((field) => field.tag === 0xa0)?.children ?? [];
  const signers = expectTag(fields.at(-1), TAG.set, 'signerInfos').children;
  const [signer, ...others] = signers;
  if (signer === undefined || others.length > 0) throw bad('cms-signers', `one signer expected, got ${signers.length}`);
  const holder = encapsulated[1]?.children[0];
  return {
    content: holder === undefined ? undefined : octets(holder),
    contentType: oidOf(encapsulated[0]),
    ...readSigner(signer, certificates),
  };
}

function readSigner(signer: DerNode, certificates: readonly DerNode[]): Omit<Signed, 'content' | 'contentType'> {
  const [, id, digest, ...rest] = signer.children;
  if (id?.tag !== TAG.sequence) throw bad('cms-signer', 'the signer is not named by issuer and serial number');
  const attributes = rest[0]?.tag === 0xa0 ? rest.shift() : undefined;
  const [, signature] = rest;
  return {
    signerCertificate: findCertificate(id, certificates),
    digestOid: oidOf(expectTag(digest, TAG.sequence, 'digestAlgorithm').children[0]),
    signature: expectTag(signature, TAG.octetString, 'signature').content,
    attributesRaw: attributes?.raw,
    attributes: readAttributes(attributes),
  };
}

function findCertificate(id: DerNode, certificates: readonly DerNode[]): Certificate {
  for (const node of certificates.slice(0, 10)) {
    if (node.tag !== TAG.sequence) continue;
    const certificate = parseCertificate(node.raw);
    if (equalBytes(concatBytes([certificate.issuerRaw, certificate.serialRaw]), id.content)) return certificate;
  }
  throw bad('cms-certificate', "the signer's certificate is missing");
}

function readAttributes(node: DerNode | undefined): ReadonlyMap<string, DerNode> {
  const attributes = new Map<string, DerNode>();
  for (const attribute of node?.children ?? []) {
    const [type, values] = attribute.children;
    const id = oidOf(type);
    // RFC 5652 section 11: each of ours occurs once, with one value.
    const [value, ...more] = expectTag(values, TAG.set, 'attrValues').children;
    if (value === undefined || more.length > 0) throw bad('cms-attribute', 'a signed attribute has not one value');
    if (attributes.has(id)) throw bad('cms-attribute', 'a signed attribute occurs twice');
    attributes.set(id, value);
  }
  return attributes;
}

/** When the signer says that it signed (RFC 5652 section 11.3), in milliseconds since 1970; undefined where it does not say. */
export function signingTimeOf({ attributes }: Signed): number | undefined {
  const time = attributes.get(OID.signingTime);
  return time === undefined ? undefined : timeOf(time);
}
