import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, fromBase64Url, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { formatMinisignKey, parseMinisignKey, parseMinisignSignature } from './index.ts';
import { signMinisign, verifyMinisign } from './node.ts';

const VECTORS = join(import.meta.dirname, '../../../test/vectors/minisign');
const read = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(VECTORS, name)));
const { vectors } = JSON.parse(readFileSync(join(VECTORS, 'vectors.json'), 'utf8')) as {
  vectors: { signature: string; key: string; expected: string }[];
};

describe('verifyMinisign()', () => {
  for (const { signature, key, expected } of vectors) {
    it(`finds ${signature} under ${key} ${expected}`, () => {
      const parsed = parseMinisignSignature(read(signature));
      const publicKey = parseMinisignKey(readFileSync(join(VECTORS, key), 'utf8'));
      expect(verifyMinisign(read('feed.txt'), parsed, publicKey)).toBe(expected === 'ok');
      expect(parsed.trustedComment).toBe('version 3');
      expect(verifyMinisign(utf8Bytes('a feed!\n'), parsed, publicKey)).toBe(false);
      expect(verifyMinisign(read('feed.txt'), { ...parsed, trustedComment: 'version 4' }, publicKey)).toBe(false);
    });
  }

  it('accepts what signMinisign() writes, and nothing that differs in a byte', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const keyId = new Uint8Array(8).fill(7);
    const key = { keyId, key: fromBase64Url(publicKey.export({ format: 'jwk' }).x ?? '') };
    expect(parseMinisignKey(formatMinisignKey(key))).toEqual(key);
    const file = utf8Bytes('file');
    const text = signMinisign(file, { privateKey, keyId }, 'version 1');
    expect(verifyMinisign(file, parseMinisignSignature(utf8Bytes(text)), key)).toBe(true);
    const start = text.indexOf('\n') + 1;
    fc.assert(
      fc.property(
        fc.integer({ min: start, max: text.length - 2 }),
        fc.constantFrom('A', 'z', '7', '\n'),
        (at, char) => {
          if (text[at] === char) return;
          let accepted = false;
          try {
            const parsed = parseMinisignSignature(utf8Bytes(text.slice(0, at) + char + text.slice(at + 1)));
            accepted = verifyMinisign(file, parsed, key);
          } catch (error) {
            if (!(error instanceof FormatError)) throw error;
          }
          expect(accepted).toBe(false);
        },
      ),
      { numRuns: runs(300) },
    );
  });
});
