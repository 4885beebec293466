import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { concatBytes, FormatError, fromBase64, readAtOf, toBase64, utf8Bytes } from '../../base/index.ts';
import { crc32, zipDescriptor, zipDirectory, zipLocalHeader } from '../zip/index.ts';
import { buildKeyAccess, buildManifest } from './build.ts';
import { encodePolicy, joinShares, openTdf, readContainer, type TdfContainer } from './index.ts';
import { bindPolicy, checkBinding, macKey, rootSignature } from './integrity.ts';
import { encodeManifest, parseManifest, type Segment, type TdfManifest } from './manifest.ts';
import { openFile, openForReading } from './node.ts';

const SEGMENT_BYTES = 1000;
const plain = Uint8Array.from({ length: 2 * SEGMENT_BYTES + 500 }, (_, i) => (i * 31) % 251);
const policy = encodePolicy({ uuid: 'u', attributes: [], dissem: ['a@example.org'] });
const folder = mkdtempSync(join(tmpdir(), 'tdf-guards-'));
const key = crypto.getRandomValues(new Uint8Array(32));
const otherKey = crypto.getRandomValues(new Uint8Array(32));
let container: TdfContainer;
let bytes: Uint8Array;

/** A file of three small segments; the last is shorter. */
beforeAll(async () => {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKeyPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const kasKeys = [{ url: 'https://files.example.org/kas', kid: 'k', publicKeyPem }];
  const keyAccess = await buildKeyAccess(key, { policy, kasKeys, random: crypto });
  const cipher = await crypto.subtle.importKey('raw', key, 'AES-GCM', false, ['encrypt']);
  const payload: Uint8Array[] = [];
  const segments: Segment[] = [];
  for (let from = 0; from < plain.length; from += SEGMENT_BYTES) {
    const content = plain.slice(from, from + SEGMENT_BYTES);
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, cipher, content));
    payload.push(iv, sealed);
    segments.push({ hash: sealed.slice(-16), sizeBytes: content.length, encryptedBytes: sealed.length + 12 });
  }
  const parts = { policy, mimeType: 'text/plain', keyAccess, segments };
  const manifest = buildManifest({ ...parts, rootSignature: await rootSignature(await macKey(key), segments) });
  bytes = pack({ ...manifest, segmentBytes: SEGMENT_BYTES }, concatBytes(payload));
  container = await readContainer(readAtOf(bytes), bytes.length);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function codeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return 'ok';
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return error.code;
  }
}

/** What a reader says of a manifest that was changed, with the payload as it was or as given. */
async function openWith(
  change: (manifest: TdfManifest) => Partial<TdfManifest> | Promise<Partial<TdfManifest>>,
  payload = payloadOf(),
): Promise<string> {
  const manifest = { ...container.manifest, ...(await change(container.manifest)) };
  const made = pack(manifest, payload);
  return codeOf(async () => {
    const read = await readContainer(readAtOf(made), made.length);
    const reader = await openTdf(read, key);
    expect(await reader.read(0, reader.sizeBytes)).toEqual(plain);
  });
}

function payloadOf(): Uint8Array {
  return bytes.slice(container.payloadOffset, container.payloadOffset + container.payloadBytes);
}

function pack(manifest: TdfManifest, payload: Uint8Array): Uint8Array {
  const text = encodeManifest(manifest);
  const entries = [
    { name: '0.payload', bytes: payload },
    { name: '0.manifest.json', bytes: text },
  ];
  const parts: Uint8Array[] = [];
  let headerOffset = 0;
  const written = entries.map(({ name, bytes: content }) => {
    const entry = { name, crc32: crc32(content), sizeBytes: content.length, headerOffset };
    const whole = [zipLocalHeader(name), content, zipDescriptor(entry)];
    parts.push(...whole);
    headerOffset += whole.reduce((sum, part) => sum + part.length, 0);
    return entry;
  });
  return concatBytes([...parts, zipDirectory(written, headerOffset)]);
}

const segmentOf = (payload: Uint8Array, i: number): Uint8Array =>
  payload.slice(i * (SEGMENT_BYTES + 28), (i + 1) * (SEGMENT_BYTES + 28));
const at = <T>(list: readonly T[], i: number): T => {
  const item = list[i];
  if (item === undefined) throw new Error(`nothing at ${i}`);
  return item;
};
const flip = (content: Uint8Array, i: number): Uint8Array => {
  const changed = content.slice();
  changed[i] = (changed[i] ?? 0) ^ 1;
  return changed;
};
/** Signs a table as somebody would who has the key. */
const signed = async (segments: readonly Segment[]): Promise<Partial<TdfManifest>> => ({
  segments,
  rootSignature: toBase64(await rootSignature(await macKey(key), segments)),
});

test('a file that is packed anew as it was opens', async () => {
  expect(await openWith(() => ({}))).toBe('ok');
  expect(await openWith(({ segments }) => signed(segments))).toBe('ok');
});

describe('the binding of the policy', () => {
  test.each<[string, (manifest: TdfManifest) => Partial<TdfManifest> | Promise<Partial<TdfManifest>>]>([
    [
      'under another policy',
      () => ({ policy: encodePolicy({ uuid: 'u', attributes: [], dissem: ['b@example.org'] }) }),
    ],
    ['under the same policy, written otherwise', () => ({ policy: `${policy}=` })],
    [
      'that is empty',
      (m) => ({ keyAccess: m.keyAccess.map((access) => ({ ...access, bindingHash: toBase64(new Uint8Array(32)) })) }),
    ],
    [
      'that is cut',
      (m) => ({
        keyAccess: m.keyAccess.map((access) => ({ ...access, bindingHash: access.bindingHash.slice(0, 40) })),
      }),
    ],
    ['that is no base64', (m) => ({ keyAccess: m.keyAccess.map((access) => ({ ...access, bindingHash: '?' })) })],
    [
      'by another key',
      async (m) => {
        const bindingHash = await bindPolicy(await macKey(otherKey), policy);
        return { keyAccess: m.keyAccess.map((access) => ({ ...access, bindingHash })) };
      },
    ],
    [
      'that stands at another split alone',
      (m) => ({
        keyAccess: [
          { ...at(m.keyAccess, 0), bindingHash: toBase64(new Uint8Array(32)) },
          { ...at(m.keyAccess, 0), splitId: 'other' },
        ],
      }),
    ],
  ])('%s opens nothing', async (_, change) => {
    const manifest = { ...container.manifest, ...(await change(container.manifest)) };
    const shares = new Map(manifest.keyAccess.map(({ splitId }) => [splitId, key]));
    expect(await codeOf(() => joinShares(manifest, shares))).toBe('tdf-binding');
    if (new Set(manifest.keyAccess.map(({ splitId }) => splitId)).size === 1)
      expect(await codeOf(() => openTdf({ ...container, manifest }, key))).toBe('tdf-binding');
  });

  test('is taken raw and as hex digits, and beside dead ones of foreign servers', async () => {
    const mac = await macKey(key);
    const hex = await bindPolicy(mac, policy);
    const raw = toBase64(Buffer.from(Buffer.from(hex, 'base64').toString('latin1'), 'hex'));
    for (const bindingHash of [hex, raw]) expect(await checkBinding(mac, policy, { bindingHash })).toBe(true);
    const dead = { ...at(container.manifest.keyAccess, 0), bindingHash: toBase64(new Uint8Array(32)) };
    expect(await openWith((m) => ({ keyAccess: [dead, ...m.keyAccess] }))).toBe('ok');
  });
});

describe('joinShares()', () => {
  test.each<[string, (share: Uint8Array) => Map<string, Uint8Array>, string]>([
    ['a share that is missing', () => new Map(), 'tdf-key'],
    ['a share that is short', (share) => new Map([['', share.slice(0, 31)]]), 'tdf-key'],
    ['a share of another file', () => new Map([['', otherKey]]), 'tdf-binding'],
    ['a share of another split', (share) => new Map([['x', share]]), 'tdf-key'],
  ])('refuses %s', async (_, shares, code) => {
    expect(await codeOf(() => joinShares(container.manifest, shares(key)))).toBe(code);
  });

  test('joins what lies in several splits, each under its own binding, and refuses one that is not', async () => {
    const second = crypto.getRandomValues(new Uint8Array(32));
    const access = at(container.manifest.keyAccess, 0);
    const other = { ...access, splitId: 'b', bindingHash: await bindPolicy(await macKey(second), policy) };
    const manifest = { ...container.manifest, keyAccess: [access, other] };
    const shares = new Map([
      ['', key],
      ['b', second],
    ]);
    expect(await joinShares(manifest, shares)).toEqual(key.map((byte, i) => byte ^ at([...second], i)));
    const unbound = { ...manifest, keyAccess: [access, { ...other, bindingHash: access.bindingHash }] };
    expect(await codeOf(() => joinShares(unbound, shares))).toBe('tdf-binding');
  });
});

describe('the root signature', () => {
  test.each<[string, (manifest: TdfManifest) => Partial<TdfManifest> | Promise<Partial<TdfManifest>>]>([
    ['that is another', () => ({ rootSignature: toBase64(new Uint8Array(32)) })],
    ['that is cut', (m) => ({ rootSignature: toBase64(fromBase64(m.rootSignature).slice(0, 31)) })],
    ['that is no base64', () => ({ rootSignature: '?' })],
    [
      'by another key',
      async (m) => ({ rootSignature: toBase64(await rootSignature(await macKey(otherKey), m.segments)) }),
    ],
  ])('%s opens nothing', async (_, change) => {
    expect(await openWith(change)).toBe('tdf-root');
  });

  test('that is not keyed is refused, although stock readers take it', () => {
    const text = new TextDecoder().decode(encodeManifest(container.manifest));
    const unkeyed = text.replace('"rootSignature":{"alg":"HS256"', '"rootSignature":{"alg":"GMAC"');
    expect(() => parseManifest(utf8Bytes(unkeyed))).toThrow(expect.objectContaining({ code: 'tdf-root' }));
  });
});

describe('segments', () => {
  const swap = <T>(list: readonly T[]): T[] => [at(list, 1), at(list, 0), ...list.slice(2)];
  const swapped = (payload: Uint8Array): Uint8Array =>
    concatBytes([segmentOf(payload, 1), segmentOf(payload, 0), segmentOf(payload, 2)]);

  test('in another order, with their table, are told by the root signature', async () => {
    expect(await openWith(({ segments }) => ({ segments: swap(segments) }), swapped(payloadOf()))).toBe('tdf-root');
  });

  test('in another order than their signed table says are told by their tags', async () => {
    expect(await openWith(() => ({}), swapped(payloadOf()))).toBe('tdf-segment');
  });

  test('that one takes twice, and another not at all', async () => {
    const payload = payloadOf();
    const doubled = concatBytes([segmentOf(payload, 0), segmentOf(payload, 0), segmentOf(payload, 2)]);
    expect(await openWith(() => ({}), doubled)).toBe('tdf-segment');
    const twice = ({ segments }: TdfManifest) => ({ segments: [at(segments, 0), at(segments, 0), at(segments, 2)] });
    expect(await openWith(twice, doubled)).toBe('tdf-root');
  });

  test('whose last is cut off with its row', async () => {
    const payload = payloadOf().slice(0, 2 * (SEGMENT_BYTES + 28));
    expect(await openWith(({ segments }) => ({ segments: segments.slice(0, 2) }), payload)).toBe('tdf-root');
    expect(await openWith(() => ({}), payload)).toBe('tdf-segments');
    expect(await openWith(({ segments }) => ({ segments: segments.slice(0, 2) }))).toBe('tdf-segments');
  });

  test.each([
    ['its iv', 0],
    ['its content', 500],
    ['its tag', SEGMENT_BYTES + 27],
  ])('of which one bit of %s was changed gives nothing', async (_, offset) => {
    const changed = flip(payloadOf(), SEGMENT_BYTES + 28 + offset);
    expect(await openWith(() => ({}), changed)).toBe('tdf-segment');
  });

  test('of which content and signed tag were changed together give nothing: the cipher tells', async () => {
    const changed = flip(flip(payloadOf(), 100), 12 + SEGMENT_BYTES);
    const table = ({ segments }: TdfManifest) =>
      signed([{ ...at(segments, 0), hash: segmentOf(changed, 0).slice(-16) }, ...segments.slice(1)]);
    expect(await openWith(table, changed)).toBe('tdf-segment');
  });

  test('with tags of the HMAC kind are proven by it', async () => {
    const mac = await macKey(key);
    const payload = payloadOf();
    const hmacOf = async (content: Uint8Array) =>
      new Uint8Array(await crypto.subtle.sign('HMAC', mac, new Uint8Array(content)));
    const table = async ({ segments }: TdfManifest, of = payload) => ({
      segmentHashAlg: 'HS256' as const,
      ...(await signed(
        await Promise.all(segments.map(async (segment, i) => ({ ...segment, hash: await hmacOf(segmentOf(of, i)) }))),
      )),
    });
    expect(await openWith((m) => table(m))).toBe('ok');
    expect(await openWith((m) => table(m, flip(payload, 5)))).toBe('tdf-segment');
    expect(await openWith(async (m) => ({ ...(await table(m)), segmentHashAlg: 'GMAC' }))).toBe('tdf-segment');
  });

  test('are read alike by the engine for files, which leaves nothing of a changed one', async () => {
    for (const [content, code] of [
      [payloadOf(), 'ok'],
      [swapped(payloadOf()), 'tdf-segment'],
      [flip(payloadOf(), 1000), 'tdf-segment'],
      [flip(payloadOf(), SEGMENT_BYTES + 27), 'tdf-segment'],
    ] as const) {
      const path = join(folder, 'case.tdf');
      writeFileSync(path, pack(container.manifest, content));
      using input = openForReading(path);
      const read = await readContainer(input.readAt, input.sizeBytes);
      expect(await codeOf(() => openFile(input, read, key, join(folder, 'out')))).toBe(code);
      for (const bad of ['rootSignature', 'policy'] as const) {
        const changed = { ...read, manifest: { ...read.manifest, [bad]: toBase64(new Uint8Array(32)) } };
        expect(await codeOf(() => openFile(input, changed, key, join(folder, 'out')))).toMatch(/^tdf-(root|binding)$/);
      }
    }
  });

  test('of a table that says other sizes than the cipher has are refused', async () => {
    const text = JSON.parse(new TextDecoder().decode(encodeManifest(container.manifest)));
    const integrity = text.encryptionInformation.integrityInformation;
    const parse = (more: object) =>
      codeOf(async () =>
        parseManifest(
          utf8Bytes(
            JSON.stringify({
              ...text,
              encryptionInformation: { ...text.encryptionInformation, integrityInformation: { ...integrity, ...more } },
            }),
          ),
        ),
      );
    expect(await parse({})).toBe('ok');
    const [first, second, last] = integrity.segments;
    const bent: readonly (readonly [string, object, string])[] = [
      ['a default that leaves no room for iv and tag', { encryptedSegmentSizeDefault: SEGMENT_BYTES }, 'tdf-segments'],
      [
        'a default that is too large',
        { segmentSizeDefault: 16 * 1024 * 1024 + 1, encryptedSegmentSizeDefault: 16 * 1024 * 1024 + 29 },
        'tdf-limit',
      ],
      [
        'a short one in the middle',
        { segments: [{ ...first, segmentSize: 5, encryptedSegmentSize: 33 }, second, last] },
        'tdf-segments',
      ],
      [
        'a last one that is too long',
        {
          segments: [
            first,
            second,
            { ...last, segmentSize: SEGMENT_BYTES + 1, encryptedSegmentSize: SEGMENT_BYTES + 29 },
          ],
        },
        'tdf-segments',
      ],
      [
        'an encrypted size of its own',
        { segments: [first, second, { ...last, encryptedSegmentSize: last.segmentSize + 29 }] },
        'tdf-segments',
      ],
      ['a negative size', { segments: [first, second, { ...last, segmentSize: -1 }] }, 'tdf-manifest'],
      ['half a byte', { segments: [first, second, { ...last, segmentSize: 1.5 }] }, 'tdf-manifest'],
      ['no hash', { segments: [first, second, { ...last, hash: '' }] }, 'tdf-manifest'],
      ['an unknown hash', { segmentHashAlg: 'MD5' }, 'tdf-manifest'],
    ];
    for (const [name, more, code] of bent) expect([name, await parse(more)]).toEqual([name, code]);
  });

  test('beyond the last are not there', async () => {
    const reader = await openTdf(container, key);
    expect(await codeOf(() => reader.segment(3))).toBe('tdf-segment');
    const short: TdfContainer = { ...container, readAt: async () => new Uint8Array(5) };
    expect(await codeOf(async () => (await openTdf(short, key)).segment(0))).toBe('tdf-segment');
  });
});
