import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concatBytes, FormatError, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { cbcReader, deriveKek, parseKeyBag, unwrapClassKeys, unwrapFileKey } from './index.ts';
import { nodeBackupCrypto } from './node.ts';
import { portableBackupCrypto } from './portable.ts';
import { field, makeKeyBag } from './testing.ts';

const made = makeKeyBag('pässwörd!', [1, 2, 3, 4]);
const coded = (code: string) => expect.objectContaining({ code });
const sourceOf = (bytes: Uint8Array) => ({
  sizeBytes: bytes.length,
  read: (offset: number, length: number) => bytes.subarray(offset, offset + length),
});

async function open(bag: Uint8Array, password: string, crypto = nodeBackupCrypto) {
  const parsed = parseKeyBag(bag);
  return unwrapClassKeys(parsed, await deriveKek(parsed, utf8Bytes(password), crypto), crypto);
}

describe.each([
  ['node', nodeBackupCrypto],
  ['portable', portableBackupCrypto],
])('keybag by %s', (_, crypto) => {
  it('opens every file of an encrypted backup as its plain twin', async () => {
    const keys = await open(made.bag, 'pässwörd!', crypto);
    expect([...keys.keys.keys()]).toEqual([1, 2, 3, 4]);
    for (const [i, size] of [0, 1, 15, 16, 17, 4096, 100_000].entries()) {
      const plain = new Uint8Array(randomBytes(size));
      const { content, key } = made.encrypt(plain, 1 + (i % 4));
      const fileKey = unwrapFileKey(keys, key, crypto);
      for (const known of [size, undefined]) {
        const reader = cbcReader(sourceOf(content), fileKey, known, crypto);
        expect([reader.sizeBytes, reader.damage]).toEqual([size, undefined]);
        expect(reader.read(0, size + 100)).toEqual(plain);
      }
    }
  });

  it('opens a bag from before the long derivation', async () => {
    const old = makeKeyBag('x', [3], false);
    expect(parseKeyBag(old.bag).doubleProtection).toBeUndefined();
    expect((await open(old.bag, 'x', crypto)).keys.size).toBe(1);
  });

  it('tells a wrong password from damage', async () => {
    await expect(open(made.bag, 'wrong', crypto)).rejects.toThrow(coded('keybag-password'));
    const keys = await open(made.bag, 'pässwörd!', crypto);
    const { key } = made.encrypt(new Uint8Array(3), 3);
    key[20] = (key[20] ?? 0) ^ 1;
    expect(() => unwrapFileKey(keys, key, crypto)).toThrow(coded('keybag-file-key'));
    expect(() => unwrapFileKey(keys, key.subarray(1), crypto)).toThrow(coded('keybag-file-key'));
    expect(() => unwrapFileKey(keys, made.encrypt(key, 9).key, crypto)).toThrow(coded('keybag-class'));
  });
});

describe('keybag', () => {
  it('gives the same bytes by both cryptographies', async () => {
    const [password, salt, kek] = [randomBytes(9), randomBytes(20), randomBytes(32)];
    for (const hash of ['SHA-1', 'SHA-256'] as const) {
      const [a, b] = await Promise.all(
        [nodeBackupCrypto, portableBackupCrypto].map((crypto) => crypto.pbkdf2(hash, password, salt, 77, 32)),
      );
      expect(new Uint8Array(a ?? [])).toEqual(b);
    }
    const data = randomBytes(4096);
    expect(new Uint8Array(nodeBackupCrypto.decryptCbc(kek, salt.subarray(0, 16), data))).toEqual(
      portableBackupCrypto.decryptCbc(kek, salt.subarray(0, 16), data),
    );
    // RFC 3394, section 4.6.
    const vector = Buffer.from(
      '28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21',
      'hex',
    );
    const wrapKey = Uint8Array.from({ length: 32 }, (_, i) => i);
    const expected = Buffer.from('00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F', 'hex');
    for (const crypto of [nodeBackupCrypto, portableBackupCrypto]) {
      expect(Buffer.from(crypto.unwrapKey(wrapKey, vector) ?? [])).toEqual(expected);
      expect(crypto.unwrapKey(kek, vector)).toBeUndefined();
    }
  });

  it('reads any range, and only the blocks of it', async () => {
    const plain = new Uint8Array(randomBytes(300_000));
    const { content, key } = made.encrypt(plain, 3);
    const keys = await open(made.bag, 'pässwörd!');
    let decrypted = 0;
    const counting: typeof nodeBackupCrypto = {
      ...nodeBackupCrypto,
      decryptCbc(...args) {
        decrypted += args[2].length;
        return nodeBackupCrypto.decryptCbc(...args);
      },
    };
    const reader = cbcReader(sourceOf(content), unwrapFileKey(keys, key, counting), plain.length, counting);
    fc.assert(
      fc.property(fc.nat(310_000), fc.nat(9000), (offset, length) => {
        expect(reader.read(offset, length)).toEqual(plain.subarray(offset, offset + length));
      }),
      { numRuns: runs(200) },
    );
    decrypted = 0;
    reader.read(4096, 4096);
    reader.read(4096, 4096);
    expect(decrypted).toBe(4096);
  });

  it('reports a truncated file and gives what is there', async () => {
    const plain = new Uint8Array(randomBytes(1000));
    const { content, key } = made.encrypt(plain, 3);
    const fileKey = unwrapFileKey(await open(made.bag, 'pässwörd!'), key, nodeBackupCrypto);
    for (const size of [1000, undefined]) {
      const reader = cbcReader(sourceOf(content.subarray(0, 777)), fileKey, size, nodeBackupCrypto);
      expect(reader.damage).toMatch(/^file /);
      expect(reader.read(0, 1000)).toEqual(plain.subarray(0, 768));
    }
  });

  it('keeps a locked class apart, and the header WRAP from the classes', async () => {
    const extra = concatBytes([field('UUID', randomBytes(16)), field('CLAS', 11), field('WRAP', 1), field('WPKY', randomBytes(40))]); // biome-ignore format: one line reads better
    const keys = await open(concatBytes([made.bag, extra]), 'pässwörd!');
    expect(keys.locked).toEqual([11]);
    expect(() => unwrapFileKey(keys, made.encrypt(extra, 11).key, nodeBackupCrypto)).toThrow('class 11 is locked');
    expect(parseKeyBag(made.bag).wrap).toBe(0);
  });

  it('refuses hostile and broken bags', () => {
    const codes = (bytes: Uint8Array) => {
      try {
        parseKeyBag(bytes);
        return 'ok';
      } catch (error) {
        if (error instanceof FormatError) return error.code;
        throw error;
      }
    };
    const rest = concatBytes([field('SALT', new Uint8Array(20)), field('ITER', 1)]);
    expect(codes(concatBytes([rest, field('DPSL', new Uint8Array(20)), field('DPIC', 4_000_000_000)]))).toBe('keybag-iterations'); // biome-ignore format: one line reads better
    expect(codes(concatBytes([rest, field('DPIC', 4)]))).toBe('keybag-field');
    expect(codes(new Uint8Array(0))).toBe('keybag-field');
    expect(codes(new Uint8Array(70_000))).toBe('keybag-limit');
    const many = Array.from({ length: 66 }, () => field('UUID', new Uint8Array(16)));
    expect(codes(concatBytes([...many, rest]))).toBe('keybag-limit');
    expect(codes(made.bag.subarray(0, 50))).toBe('keybag-truncated');
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(made.bag.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
        codes(changes.reduce((bytes, [at, value]) => bytes.with(at, value), made.bag));
      }),
      { numRuns: runs(500) },
    );
  });
});
