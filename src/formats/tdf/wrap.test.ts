import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { FormatError, fromBase64, toBase64 } from '../../base/index.ts';
import { importWrapKey, openWrap, type PrivateWrapKey, unwrapShare } from './index.ts';
import { derOfPem, pemOfDer } from './pem.ts';

const key = crypto.getRandomValues(new Uint8Array(32));

async function codeOf(run: () => Promise<unknown>): Promise<string> {
  try {
    await run();
    return 'ok';
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return error.code;
  }
}

const flip = (content: Uint8Array, i: number): Uint8Array => {
  const changed = content.slice();
  changed[i] = (changed[i] ?? 0) ^ 1;
  return changed;
};

describe('the wrap of a share', () => {
  let privateKey: PrivateWrapKey;
  let publicKeyPem: string;
  beforeAll(async () => {
    const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    publicKeyPem = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    privateKey = await importWrapKey(pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
  });

  test('opens for its key, and gives one error for all that is wrong with it', async () => {
    const wrapped = await (await openWrap(publicKeyPem, crypto))(key);
    expect(await unwrapShare(privateKey, wrapped)).toEqual(key);
    const raw = fromBase64(wrapped.wrappedKey);
    const short = await (await openWrap(publicKeyPem, crypto))(key.slice(0, 31));
    const bent = [
      ...[0, 12, raw.length - 1].map((i) => ({ ...wrapped, wrappedKey: toBase64(flip(raw, i)) })),
      { ...wrapped, wrappedKey: toBase64(raw.slice(0, 20)) },
      { ...wrapped, wrappedKey: '?' },
      { ...wrapped, ephemeralPublicKey: '' },
      { ...wrapped, ephemeralPublicKey: publicKeyPem },
      short,
    ];
    for (const one of bent) expect(await codeOf(() => unwrapShare(privateKey, one))).toBe('tdf-key');
  });

  test('to a weak or unknown key is not made', async () => {
    const spki = (pair: { publicKey: KeyObject }) => pair.publicKey.export({ type: 'spki', format: 'pem' }).toString();
    for (const pem of [
      spki(generateKeyPairSync('rsa', { modulusLength: 1024 })),
      spki(generateKeyPairSync('ed25519')),
      spki(generateKeyPairSync('ec', { namedCurve: 'secp256k1' })),
      pemOfDer(derOfPem(publicKeyPem, 'PUBLIC KEY').slice(0, -10), 'PUBLIC KEY'),
    ])
      expect(await codeOf(() => openWrap(pem, crypto))).toBe('tdf-key');
    for (const [bytes, code] of [
      [1024, 'ok'],
      [1025, 'tdf-key'],
    ] as const) {
      const n = Buffer.alloc(bytes, 0xff).toString('base64url');
      const large = { publicKey: createPublicKey({ key: { kty: 'RSA', n, e: 'AQAB' }, format: 'jwk' }) };
      expect(await codeOf(() => openWrap(spki(large), crypto))).toBe(code);
    }
    const least = spki(generateKeyPairSync('rsa', { modulusLength: 2048 }));
    expect(await codeOf(() => openWrap(least, crypto))).toBe('ok');
    expect(await codeOf(() => openWrap('no pem', crypto))).toBe('tdf-pem');
    expect(await codeOf(() => importWrapKey(publicKeyPem))).toBe('tdf-pem');
  });
});
