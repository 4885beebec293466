import { beforeAll, describe, expect, it } from 'vitest';
import { concatBytes, type FormatError, readAtOf, utf8Bytes, utf8Text } from '../../base/index.ts';
import { makeZip, type ZipPart } from '../zip/testing.ts';
import { encodePolicy, protectStream, readContainer } from './index.ts';
import { encodeManifest } from './manifest.ts';
import { pemOfDer } from './pem.ts';

const MIB = 1024 * 1024;
let manifest: string;
let payload: Uint8Array;

/** The two entries of a file that was protected. */
beforeAll(async () => {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveKey']);
  const publicKeyPem = pemOfDer(new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey)), 'PUBLIC KEY');
  const parts: Uint8Array[] = [];
  const plain = utf8Bytes('the name of the source');
  for await (const part of protectStream(readAtOf(plain), plain.length, {
    policy: encodePolicy({ uuid: 'u', attributes: [], dissem: [] }),
    mimeType: 'text/plain',
    kasKeys: [{ url: 'https://files.example.org/kas', kid: 'k', publicKeyPem }],
    random: crypto,
  }))
    parts.push(part);
  const bytes = concatBytes(parts);
  const container = await readContainer(readAtOf(bytes), bytes.length);
  const { payloadOffset, payloadBytes } = container;
  payload = bytes.slice(payloadOffset, payloadOffset + payloadBytes);
  manifest = utf8Text(encodeManifest(container.manifest));
});

interface Bent {
  readonly manifest?: Partial<ZipPart>;
  readonly payload?: Partial<ZipPart>;
}
function zipOf(bent: Bent = {}): Uint8Array {
  return makeZip([
    { name: '0.payload', data: payload, stored: true, ...bent.payload },
    { name: '0.manifest.json', data: utf8Bytes(manifest), stored: true, ...bent.manifest },
  ]);
}

describe('readContainer()', () => {
  it('finds manifest and payload of what another tool packed', async () => {
    const bytes = zipOf();
    const { payloadOffset, payloadBytes } = await readContainer(readAtOf(bytes), bytes.length);
    expect(bytes.slice(payloadOffset, payloadOffset + payloadBytes)).toEqual(payload);
  });

  it.each<[string, () => Bent, string]>([
    ['no manifest', () => ({ manifest: { name: 'manifest.json' } }), 'tdf-container'],
    ['no payload of the name that the manifest says', () => ({ payload: { name: '1.payload' } }), 'tdf-container'],
    ['a manifest that is compressed', () => ({ manifest: { stored: false } }), 'tdf-container'],
    ['a payload that is compressed', () => ({ payload: { stored: false } }), 'tdf-container'],
    ['a payload that says it is compressed', () => ({ payload: { method: 8 } }), 'tdf-container'],
    ['a payload of two sizes', () => ({ payload: { claim: { sizeBytes: payload.length + 1 } } }), 'tdf-container'],
    ['more payload than segments', () => ({ payload: { data: concatBytes([payload, payload]) } }), 'tdf-segments'],
    ['less payload than segments', () => ({ payload: { data: payload.slice(1) } }), 'tdf-segments'],
  ])('refuses %s', async (_, bent, code) => {
    const bytes = zipOf(bent());
    await expect(readContainer(readAtOf(bytes), bytes.length)).rejects.toMatchObject({ code });
  });

  it('takes a manifest of 10 MiB, and does not read a larger one', async () => {
    for (const [sizeBytes, code] of [
      [10 * MIB, undefined],
      [10 * MIB + 1, 'tdf-limit'],
    ] as const) {
      const bytes = zipOf({ manifest: { data: utf8Bytes(manifest.padEnd(sizeBytes)) } });
      const readAt = readAtOf(bytes);
      let most = 0;
      const counted: typeof readAt = (offset, length) => {
        most = Math.max(most, length);
        return readAt(offset, length);
      };
      const read = await readContainer(counted, bytes.length).then(
        () => undefined,
        (error: FormatError) => error.code,
      );
      expect([read, most > 10 * MIB]).toEqual([code, false]);
    }
  });

  it('refuses a manifest that ends early', async () => {
    const bytes = zipOf();
    const readAt = readAtOf(bytes);
    const size = utf8Bytes(manifest).length;
    const short: typeof readAt = (offset, length) => readAt(offset, length === size ? length - 1 : length);
    await expect(readContainer(short, bytes.length)).rejects.toMatchObject({ code: 'zip-truncated' });
  });
});
