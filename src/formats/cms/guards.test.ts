import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FormatError, utf8Bytes } from '../../base/index.ts';
import { context, implicit, octetString, oid, sequence, TAG, tagged, text, time } from '../asn1/index.ts';
import { nameOf } from '../x509/index.ts';
import { issueCertificate, publicKeyOf } from '../x509/node.ts';
import { parseSigned, signedContent, signingTimeOf } from './index.ts';
import { attributesAreGenuine, contentIsSigned, signatureIsGenuine, signContent } from './node.ts';
import { OID } from './oids.ts';
import { type Craft, craftSigned, selfSigned, type TestAttribute } from './testing.ts';

const NOW = Date.UTC(2026, 10, 24, 7);
const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const { privateKey: another } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const certificate = selfSigned(key, NOW);
const stranger = selfSigned(another, NOW);
/** Another authority's, by the same serial number. */
const namesake = issueCertificate({
  use: 'authority',
  subjectRaw: nameOf({ commonName: 'Another' }),
  issuerRaw: nameOf({ commonName: 'Another' }),
  spkiRaw: stranger.spkiRaw,
  serial: certificate.serialRaw.subarray(2),
  notBeforeMs: NOW,
  notAfterMs: NOW + 1000,
  authorityKey: another,
});
const content = utf8Bytes('<plist version="1.0"><dict/></plist>');
const right: Craft = { content, key, certificate, nowMs: NOW };

const without =
  (type: string) =>
  (usual: readonly TestAttribute[]): readonly TestAttribute[] =>
    usual.filter(([id]) => id !== type);
const withValue =
  (type: string, ...values: Uint8Array[]) =>
  (usual: readonly TestAttribute[]): readonly TestAttribute[] =>
    usual.map((attribute) => (attribute[0] === type ? [type, ...values] : attribute));
const digestOf = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const MD5 = { oid: '1.2.840.113549.2.5', name: 'md5' };
const SHA224 = { oid: '2.16.840.1.101.3.4.2.4', name: 'sha224' };

/** What a message comes to: the code of its refusal, or whether it is genuine. */
function outcome(craft: Partial<Craft>, over: Uint8Array = content): string | boolean {
  try {
    const signed = parseSigned(craftSigned({ ...right, ...craft }));
    return signatureIsGenuine(signed, over, publicKeyOf(certificate.spkiRaw));
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

describe('a signature', () => {
  it.each<[string, Partial<Craft>]>([
    ['as phones send it', {}],
    ['over the content itself', { attributes: () => undefined }],
    ['without signing time', { attributes: without(OID.signingTime) }],
    ['with SHA-1', { digest: { oid: '1.3.14.3.2.26', name: 'sha1' } }],
    ['with SHA-384', { digest: { oid: '2.16.840.1.101.3.4.2.2', name: 'sha384' } }],
    ['with SHA-512', { digest: { oid: '2.16.840.1.101.3.4.2.3', name: 'sha512' } }],
    ['with a chain of certificates', { certificates: [stranger.raw, certificate.raw] }],
    [
      'beside certificates of other kinds',
      { certificates: [context(2, octetString(new Uint8Array(3))), certificate.raw] },
    ],
  ])('is genuine %s', (_name, craft) => {
    expect(outcome(craft)).toBe(true);
  });

  /** Each is right but for one thing. */
  it.each<[string, Partial<Craft>, string | boolean]>([
    ['by another key', { signer: another }, false],
    ['by another key over the content itself', { signer: another, attributes: () => undefined }, false],
    [
      'with a digest of other bytes',
      { attributes: withValue(OID.messageDigest, octetString(digestOf(key.export({ type: 'pkcs8', format: 'der' })))) },
      false,
    ],
    [
      'with a digest that was put in later',
      { content: utf8Bytes('other'), forge: withValue(OID.messageDigest, octetString(digestOf(content))) },
      false,
    ],
    ['with a digest of another type', { attributes: withValue(OID.messageDigest, text('digest')) }, false],
    ['without a digest', { attributes: without(OID.messageDigest) }, false],
    [
      'with two digests',
      { attributes: withValue(OID.messageDigest, octetString(digestOf(content)), octetString(new Uint8Array(32))) },
      'cms-attribute',
    ],
    [
      'with a digest twice',
      { attributes: (usual) => [...usual, ...usual.filter(([id]) => id === OID.messageDigest)] },
      'cms-attribute',
    ],
    ['with an attribute without a value', { attributes: withValue(OID.signingTime) }, 'cms-attribute'],
    ['without a content type', { attributes: without(OID.contentType) }, false],
    ['with another content type', { attributes: withValue(OID.contentType, oid(OID.envelopedData)) }, false],
    ['with a content type of another kind', { attributes: withValue(OID.contentType, text(OID.data)) }, false],
    [
      'over content that is no data, without attributes',
      { contentType: OID.envelopedData, attributes: () => undefined },
      false,
    ],
    ['with a time that was changed', { forge: withValue(OID.signingTime, time(NOW + 1000)) }, false],
    ['with MD5', { digest: MD5 }, false],
    ['with a digest that is not taken', { digest: SHA224 }, false],
    [
      'that is named otherwise than it was made, over the content itself',
      { digest: { ...MD5, name: 'sha256' }, attributes: () => undefined },
      false,
    ],
    ['by nobody', { signers: 0 }, 'cms-signers'],
    ['by two signers', { signers: 2 }, 'cms-signers'],
    ['without its certificate', { certificates: [stranger.raw] }, 'cms-certificate'],
    ['of a certificate that is named by its key', { signerId: implicit(0x80, octetString(content)) }, 'cms-signer'],
    ['of a certificate that is not named', { signerId: sequence() }, 'cms-certificate'],
    [
      'of a certificate that is named by its issuer alone',
      { signerId: sequence(certificate.issuerRaw) },
      'cms-certificate',
    ],
    [
      'of a certificate of another issuer with its number',
      { signerId: sequence(certificate.issuerRaw, certificate.serialRaw), certificates: [namesake] },
      'cms-certificate',
    ],
  ])('is refused %s', (_name, craft, expected) => {
    expect(outcome(craft)).toBe(expected);
  });

  it('is refused over other bytes, with attributes and without', () => {
    for (const attributes of [undefined, () => undefined])
      expect(outcome({ attributes }, utf8Bytes('<plist version="1.0"><dict /></plist>'))).toBe(false);
  });

  it('is refused where attributes are given out as the content that was signed', () => {
    const signed = parseSigned(craftSigned(right));
    const bare = { ...signed, attributesRaw: undefined, attributes: new Map() };
    const asContent = Uint8Array.of(0x31, ...(signed.attributesRaw ?? []).slice(1));
    const publicKey = publicKeyOf(certificate.spkiRaw);
    expect(signatureIsGenuine(bare, asContent, publicKey), 'the bytes were signed indeed').toBe(true);
    expect(signatureIsGenuine(signed, asContent, publicKey)).toBe(false);
  });
});

describe('signedContent()', () => {
  const signer = { certificate, key };
  it('takes what was signed out of a message, where it is in there', () => {
    const inside = signContent(content, signer, { nowMs: NOW });
    const detached = signContent(content, signer, { nowMs: NOW, detached: true });
    for (const read of [signedContent, (bytes: Uint8Array) => parseSigned(bytes).content])
      expect([read(inside), read(detached)]).toEqual([content, undefined]);
  });

  it('refuses a message of another type', () => {
    const other = sequence(oid(OID.envelopedData), context(0, sequence(tagged(TAG.null))));
    expect(() => signedContent(other)).toThrow(expect.objectContaining({ code: 'cms-type' }));
  });
});

describe('attributesAreGenuine() and contentIsSigned()', () => {
  it('tell of a signature what can be told before its content is there', () => {
    const publicKey = publicKeyOf(certificate.spkiRaw);
    const before = (craft: Partial<Craft>) =>
      attributesAreGenuine(parseSigned(craftSigned({ ...right, ...craft })), publicKey);
    expect(before({})).toBe(true);
    expect(before({ signer: another })).toBe(false);
    expect(before({ attributes: () => undefined })).toBeUndefined();
    const signed = parseSigned(craftSigned(right));
    expect([contentIsSigned(signed, content, publicKey), contentIsSigned(signed, utf8Bytes('x'), publicKey)]).toEqual([
      true,
      false,
    ]);
    expect(contentIsSigned({ ...signed, digestOid: MD5.oid }, content, publicKey)).toBe(false);
  });
});

describe('signingTimeOf()', () => {
  it.each<[string, Partial<Craft>, number | undefined | string]>([
    ['tells when it was signed', {}, NOW],
    ['tells nothing where nothing is said', { attributes: without(OID.signingTime) }, undefined],
    ['refuses what is no time', { attributes: withValue(OID.signingTime, text('today')) }, 'asn1-shape'],
    [
      'refuses a time that is malformed',
      { attributes: withValue(OID.signingTime, Uint8Array.of(0x17, 2, 0x5a, 0x5a)) },
      'asn1-time',
    ],
  ])('%s', (_name, craft, expected) => {
    const read = (): number | string | undefined => {
      try {
        return signingTimeOf(parseSigned(craftSigned({ ...right, ...craft })));
      } catch (error) {
        return error instanceof FormatError ? error.code : 'thrown';
      }
    };
    expect(read()).toBe(expected);
  });
});
