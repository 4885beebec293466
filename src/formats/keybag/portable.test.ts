import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '../../base/testing.ts';
import { nodeBackupCrypto } from './node.ts';
import { portableBackupCrypto } from './portable.ts';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('portableBackupCrypto', () => {
  it('computes what OpenSSL computes', async () => {
    await fc.assert(
      fc.asyncProperty(
        bytes(32),
        bytes(16),
        bytes(96),
        bytes(40),
        fc.uint8Array({ maxLength: 40 }),
        async (key, iv, data, wrapped, password) => {
          const [a, b] = [portableBackupCrypto, nodeBackupCrypto];
          expect(a.decryptCbc(key, iv, data)).toEqual(b.decryptCbc(key, iv, data));
          expect(a.unwrapKey(key, wrapped)).toEqual(b.unwrapKey(key, wrapped));
          for (const hash of ['SHA-1', 'SHA-256'] as const) {
            expect(await a.pbkdf2(hash, password, iv, 10, 32)).toEqual(await b.pbkdf2(hash, password, iv, 10, 32));
          }
        },
      ),
      { numRuns: runs(30) },
    );
  });

  it('unwraps the vector of RFC 3394, section 4.6, and refuses it changed', () => {
    const kek = Uint8Array.from({ length: 32 }, (_, i) => i);
    const wrapped = Uint8Array.from(
      Buffer.from('28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21', 'hex'),
    );
    const key = Buffer.from('00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f', 'hex');
    expect(portableBackupCrypto.unwrapKey(kek, wrapped)).toEqual(Uint8Array.from(key));
    wrapped[7] = 0;
    expect(portableBackupCrypto.unwrapKey(kek, wrapped)).toBeUndefined();
  });
});
