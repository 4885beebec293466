/** What an envelope must be, each wrong once. */
import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { FormatError, utf8Bytes } from '../../base/index.ts';
import { context, integer, octetString, oid, sequence, setOf, TAG, tagged } from '../asn1/index.ts';
import { parseEnveloped } from './index.ts';
import { openEnvelope, sealEnvelope } from './node.ts';
import { OID } from './oids.ts';
import { selfSigned } from './testing.ts';

const NOW = Date.UTC(2026, 10, 24, 7);
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const certificate = selfSigned(privateKey, NOW);
const recipient = { certificate, key: createPublicKey(privateKey) };
const content = utf8Bytes('a request for a certificate');
const seal = (keyBytes: number): Uint8Array =>
  sealEnvelope(content, recipient, { secret: randomBytes(keyBytes), iv: randomBytes(16) });

function outcome(run: () => Uint8Array): Uint8Array | string {
  try {
    return new Uint8Array(run());
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

describe('openEnvelope()', () => {
  it.each([16, 32])('opens what sealEnvelope() closed with a key of %i bytes', (keyBytes) => {
    const envelope = parseEnveloped(seal(keyBytes));
    expect(envelope.cipherOid).toBe(`2.16.840.1.101.3.4.1.${keyBytes === 16 ? 2 : 42}`);
    expect(outcome(() => openEnvelope(envelope, privateKey, false))).toEqual(content);
  });

  const sealed = parseEnveloped(seal(16));
  it.each([
    ['of an initial value that is too short', { iv: randomBytes(15) }, 'cms-decrypt'],
    ['of an initial value that is too long', { iv: randomBytes(17) }, 'cms-decrypt'],
    ['whose key is of another length', { cipherOid: '2.16.840.1.101.3.4.1.42' }, 'cms-decrypt'],
    ['of an unknown cipher', { cipherOid: '2.16.840.1.101.3.4.1.41' }, 'cms-cipher'],
    ['whose content ends within a block', { ciphertext: sealed.ciphertext.subarray(1) }, 'cms-decrypt'],
  ])('refuses one %s', (_name, change, code) => {
    expect(outcome(() => openEnvelope({ ...sealed, ...change }, privateKey, false))).toBe(code);
  });
});

describe('parseEnveloped()', () => {
  const id = sequence(certificate.issuerRaw, certificate.serialRaw);
  const recipientInfo = (algorithm: string): Uint8Array =>
    sequence(integer(0), id, sequence(oid(algorithm), tagged(TAG.null)), octetString(new Uint8Array(256)));
  const cipher = sequence(oid('2.16.840.1.101.3.4.1.2'), octetString(new Uint8Array(16)));
  const encrypted = (...more: Uint8Array[]): Uint8Array => sequence(oid(OID.data), cipher, ...more);
  const body = tagged(0x80, content);
  interface Change {
    readonly type?: string;
    readonly recipients?: readonly Uint8Array[];
    readonly data?: Uint8Array;
  }
  const usual = { type: OID.envelopedData, recipients: [recipientInfo(OID.rsaEncryption)], data: encrypted(body) };
  const craft = (change: Change): Uint8Array => {
    const { type, recipients, data } = { ...usual, ...change };
    return sequence(oid(type), context(0, sequence(integer(0), setOf(...recipients), data)));
  };

  it.each<[string, Change, Uint8Array | string]>([
    ['reads one', {}, content],
    ['reads one whose content comes in parts', { data: encrypted(tagged(0xa0, octetString(content))) }, content],
    ['refuses what is signed only', { type: OID.signedData }, 'cms-type'],
    ['refuses one for nobody', { recipients: [] }, 'cms-recipients'],
    ['refuses one for two', { recipients: [...'ab'].map(() => recipientInfo(OID.rsaEncryption)) }, 'cms-recipients'],
    ['refuses a key that is not under RSA', { recipients: [recipientInfo(OID.sha256)] }, 'cms-key-algorithm'],
    ['refuses one without content', { data: encrypted() }, 'cms-content'],
    ['refuses one with something else for content', { data: encrypted(octetString(content)) }, 'cms-content'],
  ])('%s', (_name, change, expected) => {
    expect(outcome(() => parseEnveloped(craft(change)).ciphertext)).toEqual(expected);
  });
});
