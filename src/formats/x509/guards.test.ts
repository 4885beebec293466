import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bitString, context, integer, oid, readDer, sequence, setOf, TAG, tagged, text } from '../asn1/index.ts';
import { type Certificate, nameOf, parseCertificate, parseCertificateRequest } from './index.ts';
import { isIssuedBy, issueCertificate, publicKeyOf, requestIsGenuine } from './node.ts';

const DAY_MS = 86_400_000;
const newKey = (type: 'rsa' | 'ec' = 'rsa'): KeyObject =>
  type === 'rsa'
    ? generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
    : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const spkiOf = (key: KeyObject): Uint8Array =>
  new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }));
const [ours, others] = [newKey(), newKey()];
const OURS = nameOf({ organisation: 'Newsroom', commonName: 'Device authority' });

function issue(authorityKey: KeyObject, issuerRaw: Uint8Array, use: 'authority' | 'client' = 'client'): Certificate {
  const subjectRaw = use === 'client' ? nameOf({ commonName: 'phone' }) : issuerRaw;
  const spkiRaw = spkiOf(use === 'client' ? others : authorityKey);
  const names = { use, subjectRaw, issuerRaw, spkiRaw, serial: Uint8Array.of(7), authorityKey };
  return parseCertificate(
    issueCertificate({ ...names, notBeforeMs: Date.now() - DAY_MS, notAfterMs: Date.now() + DAY_MS }),
  );
}
const authority = issue(ours, OURS, 'authority');
const key = publicKeyOf(authority.spkiRaw);

/** The same certificate with other parts after what is signed. */
function withParts(certificate: Certificate, algorithm: Uint8Array, bits: Uint8Array): Certificate {
  const tbs = readDer(certificate.raw).children[0]?.raw ?? new Uint8Array();
  return parseCertificate(sequence(tbs, algorithm, bits));
}
const algorithm = (id: string): Uint8Array => sequence(oid(id), tagged(TAG.null));
const SHA256_RSA = '1.2.840.113549.1.1.11';
const tbsOf = (certificate: Certificate): Uint8Array => readDer(certificate.raw).children[0]?.raw ?? new Uint8Array();
const genuine = issue(ours, OURS);
const signature = sign('sha256', tbsOf(genuine), ours);

describe('isIssuedBy()', () => {
  it('knows a certificate of the authority, and the authority itself', () => {
    expect([isIssuedBy(genuine, authority, key), isIssuedBy(authority, authority, key)]).toEqual([true, true]);
  });

  it.each<[string, Certificate]>([
    ['another authority of the same name', issue(others, OURS)],
    ['the same key under another name', issue(ours, nameOf({ organisation: 'Newsroom', commonName: 'Other' }))],
    [
      'it with SHA-1',
      withParts(genuine, algorithm('1.2.840.113549.1.1.5'), bitString(sign('sha1', tbsOf(genuine), ours))),
    ],
    ['it, says another algorithm', withParts(genuine, algorithm('1.2.840.113549.1.1.12'), bitString(signature))],
    ['it, with bits left over', withParts(genuine, algorithm(SHA256_RSA), bitString(signature, 1))],
    [
      'it, with a signature of another type',
      withParts(genuine, algorithm(SHA256_RSA), tagged(TAG.octetString, Uint8Array.of(0), signature)),
    ],
    [
      'it, with another signature',
      withParts(genuine, algorithm(SHA256_RSA), bitString(sign('sha256', tbsOf(authority), ours))),
    ],
  ])('refuses what was issued by %s', (_name, certificate) => {
    expect(isIssuedBy(certificate, authority, key)).toBe(false);
  });
});

/** A certification request, right unless told otherwise. */
function request(wish: {
  in?: KeyObject;
  by?: KeyObject;
  hash?: string;
  says?: string;
  changed?: boolean;
}): Uint8Array {
  const { in: inside = ours, by = inside, hash = 'sha256', says = SHA256_RSA, changed = false } = wish;
  const challenge = (value: string): Uint8Array => sequence(oid('1.2.840.113549.1.9.7'), setOf(text(value)));
  const info = (value: string): Uint8Array =>
    sequence(integer(0), nameOf({ commonName: 'phone' }), spkiOf(inside), context(0, challenge(value)));
  return sequence(info(changed ? 'b' : 'a'), sequence(oid(says)), bitString(sign(hash, info('a'), by)));
}

describe('requestIsGenuine()', () => {
  const ec = newKey('ec');
  it.each<[string, Parameters<typeof request>[0], boolean]>([
    ['by the key in it', {}, true],
    ['with SHA-1', { hash: 'sha1', says: '1.2.840.113549.1.1.5' }, true],
    ['with SHA-512', { hash: 'sha512', says: '1.2.840.113549.1.1.13' }, true],
    ['by a key on a curve', { in: ec, says: '1.2.840.10045.4.3.2' }, true],
    ['by another key', { by: others }, false],
    ['over another content', { changed: true }, false],
    ['with another hash than it says', { hash: 'sha1' }, false],
    ['by an algorithm that is not taken', { hash: 'md5', says: '1.2.840.113549.1.1.4' }, false],
    ['by an algorithm that fits no such key', { says: '1.2.840.10045.4.3.3' }, false],
  ])('says of a request that is signed %s: %s is %s', (_name, wish, expected) => {
    expect(requestIsGenuine(parseCertificateRequest(request(wish)))).toBe(expected);
  });

  it('says no of a key that nobody can read', () => {
    const parsed = parseCertificateRequest(request({}));
    expect(requestIsGenuine({ ...parsed, spkiRaw: sequence(algorithm('1.2.3'), bitString(Uint8Array.of(1))) })).toBe(
      false,
    );
  });
});
