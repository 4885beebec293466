import { decodeJwt, decodeProtectedHeader } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { concatBytes, readAtOf, utf8Bytes, utf8Text } from '../../base/index.ts';
import {
  createRewrapSession,
  dpopProof,
  encodePolicy,
  openTdf,
  openWrap,
  protectStream,
  readContainer,
  signRewrapRequest,
  type TdfContainer,
  unwrapRewrapped,
} from './index.ts';
import { bindPolicy, macKey } from './integrity.ts';
import type { KeyAccess } from './manifest.ts';
import { pemOfDer } from './pem.ts';

/** A browser's side of a key request, against what a key server may answer. */

const plain = utf8Bytes('the name of the source');
const policy = encodePolicy({ uuid: 'u', attributes: [], dissem: [] });
/** Drawn as the key of the file, which is the only share. */
const key = crypto.getRandomValues(new Uint8Array(32));
let container: TdfContainer;
let session: Awaited<ReturnType<typeof createRewrapSession>>;
let wrap: Awaited<ReturnType<typeof openWrap>>;

beforeAll(async () => {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveKey']);
  const publicKeyPem = pemOfDer(new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey)), 'PUBLIC KEY');
  const parts: Uint8Array[] = [];
  const random = {
    subtle: crypto.subtle,
    getRandomValues: <T extends ArrayBufferView>(into: T): T => {
      if (into instanceof Uint8Array && into.length === 32) into.set(key);
      else crypto.getRandomValues(into as unknown as Uint8Array<ArrayBuffer>); // of the same kind
      return into;
    },
  };
  const kasKeys = [{ url: 'https://files.example.org/kas', kid: 'k', publicKeyPem }];
  const options = { policy, mimeType: 'text/plain', kasKeys, random };
  for await (const part of protectStream(readAtOf(plain), plain.length, options)) parts.push(part);
  const bytes = concatBytes(parts);
  container = await readContainer(readAtOf(bytes), bytes.length);
  session = await createRewrapSession(crypto);
  wrap = await openWrap(session.publicKeyPem, crypto);
});

const withAccesses = (...accesses: Partial<KeyAccess>[]): TdfContainer => {
  const [own] = container.manifest.keyAccess;
  if (own === undefined) throw new Error('no access');
  const keyAccess = accesses.map((change) => ({ ...own, ...change }));
  return { ...container, manifest: { ...container.manifest, keyAccess } };
};

/** A server's answer: a share that is released for each access, or undefined where it is refused. */
async function reply(...shares: (Uint8Array | undefined)[]): Promise<object> {
  let sessionPublicKey = '';
  const results = [];
  for (const [i, share] of shares.entries()) {
    const wrapped = share && (await wrap(share));
    sessionPublicKey = wrapped?.ephemeralPublicKey ?? sessionPublicKey;
    const permitted = { status: 'permit', kasWrappedKey: wrapped?.wrappedKey };
    results.push({ keyAccessObjectId: `kao-${i}`, ...(wrapped === undefined ? { status: 'fail' } : permitted) });
  }
  return { sessionPublicKey, responses: [{ results }] };
}

async function opened(of: TdfContainer, answer: unknown): Promise<string> {
  const keys = await unwrapRewrapped(of, session, answer);
  expect([keys.cipher.extractable, keys.mac.extractable]).toEqual([false, false]);
  const reader = await openTdf(of, keys);
  return utf8Text(await reader.read(0, reader.sizeBytes));
}

/** A file whose key lies in two shares, and these. */
async function inTwo(): Promise<{ of: TdfContainer; shares: readonly [Uint8Array, Uint8Array] }> {
  const second = crypto.getRandomValues(new Uint8Array(32));
  const first = key.map((byte, i) => byte ^ (second[i] ?? 0));
  const bind = async (share: Uint8Array) => bindPolicy(await macKey(share), policy);
  const of = withAccesses(
    { splitId: 'a', bindingHash: await bind(first) },
    { splitId: 'b', bindingHash: await bind(second) },
  );
  return { of, shares: [first, second] };
}

describe('unwrapRewrapped()', () => {
  it('opens with the share that was released, whichever access it came by', async () => {
    expect(await opened(container, await reply(key))).toBe('the name of the source');
    expect(await opened(withAccesses({ kid: 'of another server' }, {}), await reply(undefined, key))).toContain(
      'source',
    );
  });

  it('opens with the shares of all splits, each under its own binding', async () => {
    const { of, shares } = await inTwo();
    expect(await opened(of, await reply(...shares))).toBe('the name of the source');
    const swapped = await reply(shares[1], shares[0]);
    await expect(unwrapRewrapped(of, session, swapped)).rejects.toMatchObject({ code: 'tdf-binding' });
    for (const part of [
      [shares[0], undefined],
      [undefined, shares[1]],
    ])
      await expect(unwrapRewrapped(of, session, await reply(...part))).rejects.toMatchObject({ code: 'tdf-refused' });
  });

  it.each<[string, (answer: Record<string, unknown>) => unknown, string]>([
    ['that is no object', () => [], 'tdf-manifest'],
    ['that is null', () => null, 'tdf-manifest'],
    ['without responses', () => ({}), 'tdf-refused'],
    ['whose responses are no list', () => ({ responses: {} }), 'tdf-manifest'],
    ['without results', (answer) => ({ ...answer, responses: [{}] }), 'tdf-refused'],
    ['that refuses', (answer) => changed(answer, { status: 'fail' }), 'tdf-refused'],
    ['of another status', (answer) => changed(answer, { status: undefined }), 'tdf-refused'],
    ['for another access', (answer) => changed(answer, { keyAccessObjectId: 'kao-1' }), 'tdf-refused'],
    ['for no access', (answer) => changed(answer, { keyAccessObjectId: '' }), 'tdf-manifest'],
    ['without a key', (answer) => changed(answer, { kasWrappedKey: undefined }), 'tdf-manifest'],
    ['with a key that is damaged', (answer) => changed(answer, { kasWrappedKey: 'A'.repeat(80) }), 'tdf-key'],
    ['without the server’s key', (answer) => ({ ...answer, sessionPublicKey: undefined }), 'tdf-pem'],
  ])('refuses an answer %s', async (_, bend, code) => {
    const answer = bend({ ...(await reply(key)) });
    await expect(unwrapRewrapped(container, session, answer)).rejects.toMatchObject({ code });
  });

  function changed(answer: Record<string, unknown>, change: object): unknown {
    const { responses } = answer as { responses: [{ results: [object] }] };
    return { ...answer, responses: [{ results: [{ ...responses[0].results[0], ...change }] }] };
  }

  it('gives keys of another share that open nothing', async () => {
    const keys = await unwrapRewrapped(container, session, await reply(new Uint8Array(32)));
    await expect(openTdf(container, keys)).rejects.toMatchObject({ code: 'tdf-binding' });
  });
});

describe('what a browser signs', () => {
  const nowMs = Date.UTC(2026, 0, 1, 0, 0, 0, 999);
  let device: CryptoKeyPair;
  beforeAll(async () => {
    device = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  });

  it('is a proof for one request, of the token that comes with it, if any', async () => {
    const request = { method: 'POST', url: 'https://a.example/x?y#z', nowMs, random: crypto };
    const proof = await dpopProof(device, request);
    expect(decodeProtectedHeader(proof)).toMatchObject({ alg: 'ES256', typ: 'dpop+jwt', jwk: { kty: 'EC' } });
    const claims = { htm: 'POST', htu: 'https://a.example/x', iat: nowMs / 1000 - 0.999, jti: expect.any(String) };
    expect(decodeJwt(proof)).toStrictEqual(claims);
    const ath = 'LPJNul-wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ'; // SHA-256 of "hello"
    expect(decodeJwt(await dpopProof(device, { ...request, accessToken: 'hello' }))).toStrictEqual({ ...claims, ath });
  });

  it('is a request for the keys of all accesses, which ends after a minute', async () => {
    const of = withAccesses({ ephemeralPublicKey: '' }, { ephemeralPublicKey: 'PEM', splitId: 's' });
    const { requestBody, ...times } = decodeJwt(await signRewrapRequest(device, of, session, nowMs));
    expect(times).toEqual({ iat: nowMs / 1000 - 0.999, exp: nowMs / 1000 - 0.999 + 60 });
    const [own] = container.manifest.keyAccess;
    const common = {
      ...{ type: 'ec-wrapped', url: 'https://files.example.org/kas', protocol: 'kas', kid: 'k' },
      ...{ wrappedKey: own?.wrappedKey, policyBinding: { alg: 'HS256', hash: own?.bindingHash } },
    };
    expect(JSON.parse(String(requestBody))).toStrictEqual({
      clientPublicKey: session.publicKeyPem,
      requests: [
        {
          algorithm: 'ec:secp256r1',
          policy: { id: 'policy', body: policy },
          keyAccessObjects: [
            { keyAccessObjectId: 'kao-0', keyAccessObject: { ...common, sid: '' } },
            { keyAccessObjectId: 'kao-1', keyAccessObject: { ...common, sid: 's', ephemeralPublicKey: 'PEM' } },
          ],
        },
      ],
    });
  });
});
