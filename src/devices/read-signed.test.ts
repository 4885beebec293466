import fc from 'fast-check';
import { base64url, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { FormatError } from '../base/index.ts';
import { runs } from '../base/testing.ts';
import { DeviceError } from './device-error.ts';
import { publicKeyOf, readSigned } from './read-signed.ts';

const nowMs = Date.UTC(2026, 0, 1);
const nowSeconds = nowMs / 1000;
const refuse = (why: string): DeviceError => new DeviceError('device-key-proof', 401, why);
const read = (token: string, key: JWK, expected: object = {}) =>
  readSigned(token, () => key, { currentDate: new Date(nowMs), ...expected }, refuse);

const pairs = new Map<string, { privateKey: CryptoKey; publicKey: CryptoKey; jwk: JWK }>();
beforeAll(async () => {
  for (const alg of ['ES256', 'ES384', 'ES512', 'PS256', 'RS256']) {
    const pair = await generateKeyPair(alg, { extractable: true });
    pairs.set(alg, { ...pair, jwk: publicKeyOf(await exportJWK(pair.publicKey)) });
  }
});

function pairOf(alg: string) {
  const pair = pairs.get(alg);
  if (pair === undefined) throw new Error(`no key for ${alg}`);
  return pair;
}

const sign = (alg: string, claims: object) =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg }).sign(pairOf(alg).privateKey);

describe('readSigned()', () => {
  test('reads what the holder of the key signed, with each kind of key', async () => {
    for (const [alg, { jwk }] of pairs)
      expect(await read(await sign(alg, { it: alg }), jwk)).toEqual({ header: { alg }, claims: { it: alg } });
  });

  test('refuses a token without signature, and one that is signed with a public key as a secret', async () => {
    const { jwk } = pairOf('ES256');
    const part = (value: object) => base64url.encode(JSON.stringify(value));
    const keyed = await new SignJWT({}).setProtectedHeader({ alg: 'HS256' }).sign(new Uint8Array(32));
    for (const token of [`${part({ alg: 'none' })}.${part({})}.`, keyed])
      await expect(read(token, jwk)).rejects.toMatchObject({ status: 401 });
  });

  test('refuses a signature by another key', async () => {
    const { publicKey } = await generateKeyPair('ES256');
    const token = await sign('ES256', {});
    await expect(read(token, publicKeyOf(await exportJWK(publicKey)))).rejects.toMatchObject({ status: 401 });
  });

  test.each([
    ['an end that has come', { exp: nowSeconds }],
    ['a beginning that has not', { nbf: nowSeconds + 1 }],
  ])('refuses %s', async (_, claims) => {
    const { jwk } = pairOf('ES256');
    await read(await sign('ES256', { exp: nowSeconds + 1, nbf: nowSeconds }), jwk);
    await expect(read(await sign('ES256', claims), jwk)).rejects.toMatchObject({ status: 401 });
  });

  test('throws its own errors alone on random text', async () => {
    const { jwk } = pairOf('ES256');
    await fc.assert(
      fc.asyncProperty(
        fc.string(),
        fc.jsonValue({ maxDepth: 2 }),
        fc.jsonValue({ maxDepth: 2 }),
        async (text, head, body) => {
          const part = (value: unknown) => base64url.encode(JSON.stringify(value));
          const header = typeof head === 'object' ? { alg: 'ES256', ...head } : head;
          for (const token of [text, `${part(header)}.${part(body)}.${text}`, `${part(header)}.${part(body)}.AAAA`])
            await read(token, jwk).catch((error: unknown) => {
              if (!(error instanceof FormatError || error instanceof DeviceError)) throw error;
            });
        },
      ),
      { numRuns: runs(200) },
    );
  });
});

describe('publicKeyOf()', () => {
  test('takes the members of a public key and none of the words around them', async () => {
    const { jwk } = pairOf('ES256');
    expect(publicKeyOf({ ...jwk, alg: 'RS256', use: 'enc', key_ops: ['sign'], ext: false })).toEqual(jwk);
  });

  test.each([
    ['nothing', async () => null, 'no key'],
    ['no object', async () => 'EC', 'no key'],
    ['a private key', async () => exportJWK(pairOf('ES256').privateKey), 'not a public key'],
    ['a secret', async () => ({ kty: 'oct', k: 'AAAA' }), 'not a public key'],
    ['a key with a secret beside it', async () => ({ ...pairOf('ES256').jwk, k: 'AAAA' }), 'not a public key'],
    ['another kind', async () => ({ kty: 'OKP', crv: 'Ed25519', x: 'AAAA' }), 'neither EC nor RSA'],
    ['another kind with the members of RSA', async () => ({ ...pairOf('RS256').jwk, kty: 'X' }), 'neither EC nor RSA'],
    ['a point without its half', async () => ({ kty: 'EC', crv: 'P-256', x: 'AAAA' }), 'is missing'],
    ['a modulus of over 8192 bits', async () => ({ kty: 'RSA', n: 'A'.repeat(1367), e: 'AQAB' }), '8192 bits'],
  ])('refuses %s', async (_, make, why) => {
    const jwk = await make();
    expect(() => publicKeyOf(jwk)).toThrow(
      expect.objectContaining({ code: 'jwt-invalid', message: expect.stringContaining(why) as string }),
    );
  });

  test('takes a modulus of 8192 bits', () => {
    const jwk = { kty: 'RSA', n: 'A'.repeat(1366), e: 'AQAB' };
    expect(publicKeyOf(jwk)).toEqual(jwk);
  });
});

test('a point that is on no curve signs nothing', async () => {
  const zeros = base64url.encode(new Uint8Array(32));
  const token = await sign('ES256', {});
  await expect(read(token, { kty: 'EC', crv: 'P-256', x: zeros, y: zeros })).rejects.toThrow(FormatError);
});

test('an RSA key of under 2048 bits signs nothing', async () => {
  const weak = {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 1024,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  };
  const pair = await crypto.subtle.generateKey(weak, true, ['sign', 'verify']);
  const part = (value: object) => base64url.encode(JSON.stringify(value));
  const signed = `${part({ alg: 'RS256' })}.${part({})}`;
  const signature = await crypto.subtle.sign('RSASSA-PKCS1-v1_5', pair.privateKey, new TextEncoder().encode(signed));
  const jwk = publicKeyOf(await exportJWK(pair.publicKey));
  await expect(read(`${signed}.${base64url.encode(new Uint8Array(signature))}`, jwk)).rejects.toThrow(FormatError);
});
