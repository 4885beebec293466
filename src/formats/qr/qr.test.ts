import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { qrModules } from './index.ts';

/** The first bytes of a text, and what another implementation (lean-qr 2.7.4, MIT) makes of them: size and SHA-256 of the rows. */
const VECTORS = [
  [1, 21, '26be744accc8fd646d732a632fd3ad3336a5abdcdeae2c027155a8345ddf52e1'],
  [20, 25, 'c5241a5a85b53eb960d6d82811d5187db50717e984a168c1665547332818961c'],
  [130, 41, 'ccca4a37254c11e6efa5227d914c6ba00de853dadf3219daf8cb813bd083f839'],
  [140, 45, '5efcef526327a3602dcf228195c98bc73434794a6fd17b09d23a657dd1bf531b'],
  [350, 65, 'fe345c13c44b7b6b064642601f627840ad545b477e35c08db4b477c2156086bc'],
  [1300, 121, '16024acdc628f49c9150f1f5f6f4746b2c23bb790a059576dcf92572aaa005e5'],
  [2953, 177, '4a707215404999e5ebe6dda339dd3a9ffd64dad13fdcd688de7fafcbe38823a1'],
] as const;
const TEXT = 'pavise '.repeat(500);

describe('qrModules()', () => {
  test.each(VECTORS)('draws %i bytes in %i rows as another implementation does', (bytes, size, sha256) => {
    const modules = qrModules(TEXT.slice(0, bytes));
    const rows = modules.map((row) => `${row.map(Number).join('')}\n`).join('');
    expect([modules.length, createHash('sha256').update(rows).digest('hex')]).toEqual([size, sha256]);
  });

  test('refuses what the largest code does not hold', () => {
    expect(() => qrModules(TEXT.slice(0, 2954))).toThrow('Cannot write QR code: the text is too long');
    expect(() => qrModules('é'.repeat(1477))).toThrow('too long');
    expect(qrModules('é'.repeat(1476))).toHaveLength(177);
  });
});
