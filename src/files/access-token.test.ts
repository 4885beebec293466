import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';
import { readToken } from './access-token.ts';
import type { KasKeys } from './kas-keys.ts';

const nowMs = Date.UTC(2026, 0, 1);
const nowSeconds = nowMs / 1000;
const issuer = 'https://files.example.org';
let keys: KasKeys;
let otherKey: CryptoKey;
let weakKey: CryptoKey;

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  keys = {
    publicKeys: new Map(),
    privateKeys: [],
    token: { kid: 't-1', privateKey, publicJwk: await exportJWK(publicKey) },
  };
  otherKey = (await generateKeyPair('ES256')).privateKey;
  weakKey = (await generateKeyPair('ES384')).privateKey;
});

interface Said {
  readonly header?: { readonly alg?: string; readonly typ?: string };
  readonly withoutType?: boolean;
  readonly claims?: JWTPayload;
  readonly without?: string;
  readonly signedBy?: () => CryptoKey;
}

function tokenOf({
  header = {},
  withoutType,
  claims = {},
  without,
  signedBy = () => keys.token.privateKey,
}: Said): Promise<string> {
  const all = {
    ...{ iss: issuer, aud: 'kas', sub: 'ada', sid: 'session', iat: nowSeconds, exp: nowSeconds + 300 },
    cnf: { jkt: 'thumbprint' },
    ...claims,
  };
  const kept = Object.fromEntries(Object.entries(all).filter(([name]) => name !== without));
  const typ = withoutType === true ? {} : { typ: 'at+jwt' };
  return new SignJWT(kept).setProtectedHeader({ alg: 'ES256', ...typ, kid: 't-1', ...header }).sign(signedBy());
}

const read = async (said: Said) => readToken(keys, issuer, await tokenOf(said), nowMs);

test('readToken() gives person, session and key of a token of ours, until its end', async () => {
  const read_ = { personId: 'ada', sessionId: 'session', thumbprint: 'thumbprint' };
  expect(await read({})).toEqual(read_);
  expect(await read({ claims: { exp: nowSeconds + 1 } })).toEqual(read_);
});

describe('readToken() refuses', () => {
  test.each<[string, Said]>([
    ['another type', { header: { typ: 'dpop+jwt' } }],
    ['no type', { withoutType: true }],
    ['another algorithm', { header: { alg: 'ES384' }, signedBy: () => weakKey }],
    ['a signature by another key', { signedBy: () => otherKey }],
    ['another issuer', { claims: { iss: 'https://evil.example' } }],
    ['no issuer', { without: 'iss' }],
    ['another audience', { claims: { aud: 'other' } }],
    ['no audience', { without: 'aud' }],
    ['an end that has come', { claims: { exp: nowSeconds } }],
    ['no end', { without: 'exp' }],
    ['a beginning that has not', { claims: { nbf: nowSeconds + 1 } }],
    ['no person', { without: 'sub' }],
    ['no session', { without: 'sid' }],
    ['a session that is no text', { claims: { sid: 1 } }],
    ['no key', { without: 'cnf' }],
    ['a key that is no text', { claims: { cnf: { jkt: 1 } } }],
    ['a binding without a key', { claims: { cnf: {} } }],
    ['a binding that is null', { claims: { cnf: null } }],
  ])('%s', async (_, said) => {
    await expect(read(said)).rejects.toMatchObject({ code: 'files-token', status: 401 });
  });
});
