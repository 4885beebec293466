import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { concatBytes, FormatError, readAtOf } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import {
  encodePolicy,
  importWrapKey,
  joinShares,
  openTdf,
  parsePolicy,
  protectStream,
  readContainer,
  type TdfContainer,
  unwrapShare,
} from './index.ts';
import { encodeManifest, parseManifest } from './manifest.ts';
import { openFile, openForReading, protectFile } from './node.ts';

const golden = new URL('../../../test/vectors/public/tdf-golden/', import.meta.url);
const vectors = new URL('../../../test/vectors/tdf/', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'tdf-'));
const keyPairs = {
  rsa: pems(generateKeyPairSync('rsa', { modulusLength: 2048 })),
  'P-256': pems(generateKeyPairSync('ec', { namedCurve: 'P-256' })),
  'P-384': pems(generateKeyPairSync('ec', { namedCurve: 'P-384' })),
  'P-521': pems(generateKeyPairSync('ec', { namedCurve: 'P-521' })),
};
const policy = encodePolicy({
  uuid: '9d8c4b5e-0000-4000-8000-000000000001',
  attributes: [],
  dissem: ['a@example.org'],
  view: 'client',
});

function pems(pair: { publicKey: KeyObject; privateKey: KeyObject }): { publicKey: string; privateKey: string } {
  return {
    publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    privateKey: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  };
}

async function keyOf(container: TdfContainer, privateKeyPem: string): Promise<Uint8Array> {
  const privateKey = await importWrapKey(privateKeyPem);
  const shares = new Map<string, Uint8Array>();
  for (const access of container.manifest.keyAccess) {
    const share = await unwrapShare(privateKey, access).catch(() => undefined);
    if (share !== undefined) shares.set(access.splitId, share);
  }
  return joinShares(container.manifest, shares);
}

async function open(bytes: Uint8Array, privateKeyPem: string): Promise<Uint8Array> {
  const container = await readContainer(readAtOf(bytes), bytes.length);
  const reader = await openTdf(container, await keyOf(container, privateKeyPem));
  return reader.read(0, reader.sizeBytes);
}

async function protect(plain: Uint8Array, publicKeyPem: string): Promise<Uint8Array<ArrayBuffer>> {
  const kasKeys = [{ url: 'https://files.example.org/kas', kid: 'k1', publicKeyPem }];
  const parts: Uint8Array[] = [];
  for await (const part of protectStream(readAtOf(plain), plain.length, {
    policy,
    mimeType: 'text/plain',
    kasKeys,
    random: crypto,
  }))
    parts.push(part);
  return concatBytes(parts);
}

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return 'ok';
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return error.code;
  }
}

describe.skipIf(!existsSync(golden))('tdf golden files of opentdf/tests', () => {
  // JSON of the test key that upstream publishes for these files
  const key = () => JSON.parse(readFileSync(new URL('extra-keys.json', golden), 'utf8'))[0].privateKey as string;

  test.each([
    ['small-java-4.3.0-e0f8caf.tdf', true, createHash('sha256').update(Buffer.alloc(5120)).digest('hex')],
    ['no-splitids-java.tdf', true, createHash('sha256').update(Buffer.alloc(5120)).digest('hex')],
    ['xstext-java-v0.7.8-7f487c2-DSP2.0.4.tdf', false, undefined],
  ])('%s opens', async (name, legacy, sha256) => {
    const bytes = new Uint8Array(readFileSync(new URL(name, golden)));
    expect((await readContainer(readAtOf(bytes), bytes.length)).manifest.legacy).toBe(legacy);
    const plain = await open(bytes, key());
    if (sha256 === undefined) expect(new TextDecoder().decode(plain)).toContain('test secret data');
    else expect(createHash('sha256').update(plain).digest('hex')).toBe(sha256);
  });
});

describe('tdf', () => {
  test.each(Object.entries(keyPairs))(
    'what protectStream() wraps to %s opens with the private key only',
    async (_, pair) => {
      const plain = crypto.getRandomValues(new Uint8Array(1000));
      const bytes = await protect(plain, pair.publicKey);
      expect(await open(bytes, pair.privateKey)).toEqual(plain);
      const other = pair === keyPairs.rsa ? keyPairs['P-256'] : keyPairs.rsa;
      expect(await codeOf(open(bytes, other.privateKey))).toBe('tdf-key');
    },
  );

  test('the Node engine and the browser engine read each other, several segments and none', async () => {
    const { publicKey, privateKey } = keyPairs['P-256'];
    for (const sizeBytes of [0, 1, 2 * 1024 * 1024, 5_000_001]) {
      const plain = Buffer.alloc(sizeBytes, 'fact ');
      const paths = ['plain', 'a.tdf', 'b.tdf', 'out'].map((name) => join(folder, `${sizeBytes}-${name}`)) as [
        string,
        string,
        string,
        string,
      ];
      writeFileSync(paths[0], plain);
      writeFileSync(paths[2], await protect(plain, publicKey));
      using input = openForReading(paths[0]);
      await protectFile(input, paths[1], {
        policy,
        mimeType: 'text/plain',
        kasKeys: [{ url: 'u', kid: 'k', publicKeyPem: publicKey }],
        random: crypto,
      });
      expect(Buffer.compare(await open(readFileSync(paths[1]), privateKey), plain)).toBe(0);
      for (const path of [paths[1], paths[2]]) {
        expect(execFileSync('unzip', ['-t', path], { encoding: 'utf8' })).toContain('No errors detected');
        using file = openForReading(path);
        const container = await readContainer(file.readAt, file.sizeBytes);
        await openFile(file, container, await keyOf(container, privateKey), paths[3]);
        expect(Buffer.compare(readFileSync(paths[3]), plain)).toBe(0);
      }
    }
  });

  test('TdfReader.read() gives any range', async () => {
    const plain = Uint8Array.from({ length: 4_200_000 }, (_, i) => (i * 7) % 251);
    const bytes = await protect(plain, keyPairs['P-256'].publicKey);
    const container = await readContainer(readAtOf(bytes), bytes.length);
    const reader = await openTdf(container, await keyOf(container, keyPairs['P-256'].privateKey));
    for (const [offset, length] of [
      [0, 10],
      [2_097_150, 5],
      [4_199_990, 100],
      [5_000_000, 1],
      [2_097_152, 2_000_000],
    ] as const) {
      expect(await reader.read(offset, length)).toEqual(plain.subarray(offset, offset + length));
    }
  });

  test('a released byte range never holds a changed segment: no partial file is left by openFile()', async () => {
    const { publicKey, privateKey } = keyPairs['P-256'];
    const bytes = await protect(Buffer.alloc(5_000_000), publicKey);
    bytes[4_500_000] = (bytes[4_500_000] ?? 0) ^ 1;
    const path = join(folder, 'changed.tdf');
    writeFileSync(path, bytes);
    using file = openForReading(path);
    const container = await readContainer(file.readAt, file.sizeBytes);
    expect(
      await codeOf(openFile(file, container, await keyOf(container, privateKey), join(folder, 'changed.out'))),
    ).toBe('tdf-segment');
    expect(readdirSync(folder).filter((name) => name.startsWith('changed.out'))).toEqual([]);
    truncateSync(path, 1_000_000);
    expect(await codeOf(readContainer(file.readAt, 1_000_000))).toBe('zip-truncated');
  });

  test('parsePolicy() reads what encodePolicy() writes and refuses restrictions it does not know', () => {
    const full = {
      uuid: '9d8c4b5e-0000-4000-8000-000000000001',
      attributes: ['https://example.org/attr/label/value/secret'],
      dissem: ['a@example.org'],
      owner: 'o@example.org',
      notBeforeMs: 1_700_000_000_000,
      notAfterMs: 1_800_000_000_000,
      offlineMs: 86_400_000,
      view: 'client',
      watermark: true,
    } as const;
    expect(parsePolicy(encodePolicy(full))).toEqual(full);
    const withExtension = (pavise: object) =>
      btoa(JSON.stringify({ uuid: 'u', body: { dataAttributes: null, dissem: null }, pavise }));
    expect(parsePolicy(withExtension({ v: 1, offline: { max: 'P1DT2H' } })).offlineMs).toBe(93_600_000);
    for (const pavise of [{ v: 2 }, { v: 1, maxOpens: 3 }, { v: 1, view: 'paper' }, { v: 1, notAfter: 'soon' }]) {
      expect(() => parsePolicy(withExtension(pavise))).toThrow(/Cannot read TDF policy/);
    }
  });
});

describe('tdf on hostile bytes', () => {
  let bytes = new Uint8Array();
  const plain = new TextEncoder().encode('not to be changed');
  const { publicKey, privateKey } = keyPairs['P-256'];
  beforeAll(async () => {
    bytes = await protect(plain, publicKey);
  });

  test('a mutated file throws FormatError or gives the very plaintext', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), async (changes) => {
        const mutated = bytes.slice();
        for (const [at, value] of changes) mutated[at % mutated.length] = value;
        try {
          expect(await open(mutated, privateKey)).toEqual(plain);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      { numRuns: runs(400) },
    );
  });

  test('every truncation is refused', async () => {
    for (let length = 0; length < bytes.length; length += 3)
      expect(await codeOf(open(bytes.subarray(0, length), privateKey))).not.toBe('ok');
  });

  test('parseManifest(encodeManifest(x)) equals x', async () => {
    const { manifest } = await readContainer(readAtOf(bytes), bytes.length);
    expect(parseManifest(encodeManifest(manifest))).toEqual(manifest);
  });

  test('parseManifest() throws nothing but FormatError on random JSON', () => {
    const keys = [
      'payload',
      'encryptionInformation',
      'integrityInformation',
      'segments',
      'keyAccess',
      'url',
      'method',
      '__proto__',
    ];
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue({ maxDepth: 1 }),
        fc.dictionary(fc.constantFrom(...keys), tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(tree, (value) => {
        try {
          parseManifest(new TextEncoder().encode(JSON.stringify(value)));
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
        }
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('tdf vectors of our own', () => {
  interface Vector {
    readonly file: string;
    readonly expect: string;
  }
  const list = JSON.parse(readFileSync(new URL('vectors.json', vectors), 'utf8')) as { vectors: Vector[] }; // our own file

  test.each(list.vectors)('$file gives $expect', async ({ file, expect: expected }) => {
    const bytes = new Uint8Array(readFileSync(new URL(file, vectors)));
    expect(await codeOf(open(bytes, readFileSync(new URL('test-key.pem', vectors), 'utf8')))).toBe(expected);
  });
});
