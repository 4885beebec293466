import { describe, expect, it } from 'vitest';
import { FormatError, utf8Bytes } from '../../base/index.ts';
import { encodeManifest, MAX_MANIFEST_BYTES, parseManifest, type TdfManifest } from './manifest.ts';

const MIB = 1024 * 1024;
const manifest: TdfManifest = {
  ...{ schemaVersion: '4.3.0', legacy: false, payloadUrl: '0.payload', mimeType: 'text/plain', policy: 'cA==' },
  keyAccess: [
    {
      ...{
        type: 'ec-wrapped',
        url: 'https://files.example.org/kas',
        kid: 'k',
        splitId: 's',
        wrappedKey: 'd3JhcHBlZA==',
      },
      ...{ bindingHash: 'aGFzaA==', ephemeralPublicKey: 'PEM', encryptedMetadata: 'bWV0YQ==' },
    },
  ],
  ...{ rootSignature: 'cm9vdA==', segmentHashAlg: 'GMAC', segmentBytes: 10 },
  segments: [
    { hash: new Uint8Array([1]), sizeBytes: 10, encryptedBytes: 38 },
    { hash: new Uint8Array([2]), sizeBytes: 0, encryptedBytes: 28 },
  ],
  assertions: [{ id: 'a' }],
};
const written = () => JSON.parse(new TextDecoder().decode(encodeManifest(manifest)));
const bytesOf = (value: unknown): Uint8Array => utf8Bytes(JSON.stringify(value));

/** The JSON of a manifest with other members at a path; undefined leaves one out. */
function bent(path: readonly string[], change: object): unknown {
  const [key, ...rest] = path;
  const within = (value: unknown, keys: readonly string[]): unknown => {
    const [next, ...more] = keys;
    const record = Object(value);
    if (next === undefined) return Array.isArray(value) ? change : { ...record, ...change };
    if (Array.isArray(value)) return value.map((item, i) => (String(i) === next ? within(item, more) : item));
    return { ...record, [next]: within(record[next], more) };
  };
  return key === undefined ? { ...written(), ...change } : within(written(), [key, ...rest]);
}

const ENCRYPTION = ['encryptionInformation'];
const ACCESS = [...ENCRYPTION, 'keyAccess', '0'];
const INTEGRITY = [...ENCRYPTION, 'integrityInformation'];
const access = () => written().encryptionInformation.keyAccess[0];

describe('encodeManifest()', () => {
  it('writes what the Go SDK writes, in its order', () => {
    expect(new TextDecoder().decode(encodeManifest(manifest))).toBe(
      JSON.stringify({
        schemaVersion: '4.3.0',
        payload: { type: 'reference', url: '0.payload', protocol: 'zip', mimeType: 'text/plain', isEncrypted: true },
        encryptionInformation: {
          type: 'split',
          policy: 'cA==',
          keyAccess: [
            {
              ...{ type: 'ec-wrapped', url: 'https://files.example.org/kas', protocol: 'kas', kid: 'k', sid: 's' },
              ...{ wrappedKey: 'd3JhcHBlZA==', policyBinding: { alg: 'HS256', hash: 'aGFzaA==' } },
              ...{ ephemeralPublicKey: 'PEM', encryptedMetadata: 'bWV0YQ==', schemaVersion: '1.0' },
            },
          ],
          method: { algorithm: 'AES-256-GCM', isStreamable: true, iv: '' },
          integrityInformation: {
            rootSignature: { alg: 'HS256', sig: 'cm9vdA==' },
            ...{ segmentHashAlg: 'GMAC', segmentSizeDefault: 10, encryptedSegmentSizeDefault: 38 },
            segments: [
              { hash: 'AQ==', segmentSize: 10, encryptedSegmentSize: 38 },
              { hash: 'Ag==', segmentSize: 0, encryptedSegmentSize: 28 },
            ],
          },
        },
        assertions: [{ id: 'a' }],
      }),
    );
  });

  it('leaves out what an access does not have', () => {
    const [own] = manifest.keyAccess;
    if (own === undefined) throw new Error('no access');
    const bare = { ...own, ephemeralPublicKey: '', encryptedMetadata: '' };
    const text = new TextDecoder().decode(encodeManifest({ ...manifest, keyAccess: [bare] }));
    expect(text).not.toMatch(/ephemeralPublicKey|encryptedMetadata/);
    expect(parseManifest(utf8Bytes(text)).keyAccess).toEqual([bare]);
  });
});

describe('parseManifest() reads', () => {
  it('what was written', () => expect(parseManifest(encodeManifest(manifest))).toEqual(manifest));

  it.each<[string, unknown, object]>([
    ['no version as the legacy one', bent([], { schemaVersion: undefined }), { legacy: true, schemaVersion: '' }],
    ['the legacy version', bent([], { schemaVersion: '4.2.2' }), { legacy: true }],
    [
      'the version under its former name',
      bent([], { schemaVersion: null, tdf_spec_version: '4.3.0' }),
      { legacy: false },
    ],
    ['no assertions', bent([], { assertions: undefined }), { assertions: [] }],
    ['assertions that are no list as none', bent([], { assertions: { id: 'a' } }), { assertions: [] }],
    ['no protocol', bent(['payload'], { protocol: undefined }), { payloadUrl: '0.payload' }],
    ['no word on encryption', bent(['payload'], { isEncrypted: undefined }), { payloadUrl: '0.payload' }],
    ['the cipher in small letters', bent([...ENCRYPTION, 'method'], { algorithm: 'aes-256-gcm' }), { policy: 'cA==' }],
    [
      'a binding that is a bare text',
      bent(ACCESS, { policyBinding: 'bare' }),
      { keyAccess: [{ bindingHash: 'bare' }] },
    ],
    [
      'segments of 16 MiB',
      bent(INTEGRITY, { segmentSizeDefault: 16 * MIB, encryptedSegmentSizeDefault: 16 * MIB + 28, segments: [] }),
      { segmentBytes: 16 * MIB },
    ],
    ['a thousand accesses', bent(ENCRYPTION, { keyAccess: Array.from({ length: 1000 }, access) }), { policy: 'cA==' }],
  ])('%s', (_, value, expected) => {
    expect(parseManifest(bytesOf(value))).toMatchObject(expected);
  });

  it('10 MiB', () => {
    const text = JSON.stringify(written());
    expect(parseManifest(utf8Bytes(text.padEnd(MAX_MANIFEST_BYTES)))).toEqual(manifest);
    expect(() => parseManifest(utf8Bytes(text.padEnd(MAX_MANIFEST_BYTES + 1)))).toThrow(
      expect.objectContaining({ code: 'tdf-limit' }),
    );
  });
});

describe('parseManifest() refuses', () => {
  it.each<[string, Uint8Array, string]>([
    ['no JSON', utf8Bytes('{'), 'not JSON in UTF-8'],
    ['no UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 'not JSON in UTF-8'],
    ['null', utf8Bytes('null'), '"manifest" is not an object'],
    ['a list', utf8Bytes('[]'), '"manifest" is not an object'],
    ['a text', utf8Bytes('"a"'), '"manifest" is not an object'],
  ])('%s', (_, bytes, why) => refuses(bytes, 'tdf-manifest', why));

  it.each<[string, readonly string[], object, why: string, code?: string]>([
    ['no payload', [], { payload: undefined }, '"payload" is not an object'],
    ['no encryption', [], { encryptionInformation: null }, '"encryptionInformation" is not an object'],
    ['a version that is no text', [], { schemaVersion: 4 }, '"schemaVersion" is not a text'],
    ['a payload without a name', ['payload'], { url: '' }, '"url" is not a text'],
    ['a payload that is not encrypted', ['payload'], { isEncrypted: false }, 'not AES-256-GCM in a zip'],
    ['another protocol', ['payload'], { protocol: 'http' }, 'not AES-256-GCM in a zip'],
    ['another cipher', [...ENCRYPTION, 'method'], { algorithm: 'AES-256-CBC' }, 'not AES-256-GCM in a zip'],
    ['no cipher', [...ENCRYPTION, 'method'], { algorithm: undefined }, 'not AES-256-GCM in a zip'],
    ['no policy', ENCRYPTION, { policy: undefined }, '"policy" is not a text'],
    ['a policy that is no text', ENCRYPTION, { policy: {} }, '"policy" is not a text'],
    ['no access', ENCRYPTION, { keyAccess: [] }, 'no key access'],
    ['accesses that are no list', ENCRYPTION, { keyAccess: {} }, '"keyAccess" is not a list'],
    ['an access that is no object', ENCRYPTION, { keyAccess: ['a'] }, '"keyAccess" is not an object'],
    ['too many accesses', ENCRYPTION, { keyAccess: Array.from({ length: 1001 }, access) }, 'over 1000', 'tdf-limit'],
    ['an access of an unknown type', ACCESS, { type: 'remote' }, 'unknown type'],
    ['an access of no type', ACCESS, { type: undefined }, 'unknown type'],
    ['an access without a wrapped key', ACCESS, { wrappedKey: undefined }, '"wrappedKey" is not a text'],
    ['an access without a binding', ACCESS, { policyBinding: undefined }, '"policyBinding" is not an object'],
    ['a binding without a hash', ACCESS, { policyBinding: {} }, '"hash" is not a text'],
    ['an id of a key that is no text', ACCESS, { kid: 1 }, '"kid" is not a text'],
    ['no root signature', INTEGRITY, { rootSignature: undefined }, '"rootSignature" is not an object'],
    ['a root of no algorithm', INTEGRITY, { rootSignature: { sig: 'cm9vdA==' } }, 'not HS256', 'tdf-root'],
    ['a root that is not keyed', INTEGRITY, { rootSignature: { alg: 'GMAC', sig: 'A' } }, 'not HS256', 'tdf-root'],
    ['a root without a signature', INTEGRITY, { rootSignature: { alg: 'HS256' } }, '"sig" is not a text'],
    ['no default size', INTEGRITY, { segmentSizeDefault: undefined }, '"segmentSizeDefault" is not a size'],
    ['a default size that is no number', INTEGRITY, { segmentSizeDefault: '10' }, '"segmentSizeDefault" is not a size'],
    ['no list of segments', INTEGRITY, { segments: 'none' }, '"segments" is not a list'],
    ['a segment that is null', INTEGRITY, { segments: [null] }, '"segment" is not an object'],
  ])('%s', (_, path, change, why, code = 'tdf-manifest') => refuses(bytesOf(bent(path, change)), code, why));

  function refuses(bytes: Uint8Array, code: string, why: string): void {
    const refused = expect(() => parseManifest(bytes));
    refused.toThrow(FormatError);
    refused.toThrow(expect.objectContaining({ code, message: expect.stringContaining(why) as string }));
  }
});
