import { createHash } from 'node:crypto';
import { exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { checkProof, replayGuard } from './proof.ts';

const nowMs = Date.UTC(2026, 0, 1);
const nowSeconds = nowMs / 1000;
const url = 'https://files.example.org/kas.AccessService/Rewrap';
const accessToken = 'an access token of this server';
let own: { privateKey: CryptoKey; jwk: JWK; thumbprint: string };
let other: { privateKey: CryptoKey; jwk: JWK };
let jtis = 0;

beforeAll(async () => {
  const make = async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
    return { privateKey, jwk: await exportJWK(publicKey) };
  };
  other = await make();
  const made = await make();
  const { crv, kty, x, y } = made.jwk;
  const thumbprint = createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url');
  own = { ...made, thumbprint };
});

/** What a proof says; the tests bend one thing at a time. */
interface Said {
  readonly header?: object;
  readonly claims?: JWTPayload;
  readonly without?: string;
  readonly signedBy?: () => CryptoKey;
}

async function proofOf({ header = {}, claims = {}, without, signedBy = () => own.privateKey }: Said): Promise<string> {
  jtis += 1;
  const ath = createHash('sha256').update(accessToken).digest('base64url');
  const all = { htm: 'POST', htu: url, iat: nowSeconds, jti: `proof-${jtis}-of-this-test`, ath, ...claims };
  const kept = Object.fromEntries(Object.entries(all).filter(([name]) => name !== without));
  return new SignJWT(kept)
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: own.jwk, ...header })
    .sign(signedBy());
}

const check = (proof: string, replay = replayGuard(), atMs = nowMs) =>
  checkProof(
    proof,
    { method: 'POST', url, personId: 'ada', token: { accessToken, thumbprint: own.thumbprint }, replay },
    atMs,
  );

describe('checkProof() takes', () => {
  it.each<[string, Said]>([
    ['what a browser sends', {}],
    ['two minutes of a clock that is behind', { claims: { iat: nowSeconds - 120 } }],
    ['two minutes of a clock that is ahead', { claims: { iat: nowSeconds + 120 } }],
    ['the shortest id', { claims: { jti: '12345678' } }],
    ['the longest id', { claims: { jti: 'x'.repeat(200) } }],
  ])('%s', async (_, said) => {
    expect(await check(await proofOf(said))).toEqual({ jwk: own.jwk, thumbprint: own.thumbprint });
  });
});

describe('checkProof() refuses', () => {
  it.each<[string, Said, string]>([
    ['another type', { header: { typ: 'at+jwt' } }, '"typ"'],
    ['no type', { header: { typ: undefined } }, '"typ"'],
    ['another method', { claims: { htm: 'GET' } }, 'another request'],
    ['no method', { without: 'htm' }, 'another request'],
    ['another address', { claims: { htu: 'https://files.example.org/kas/v2/rewrap' } }, 'another request'],
    ['another host', { claims: { htu: url.replace('files', 'evil') } }, 'another request'],
    ['no address', { without: 'htu' }, 'another request'],
    ['a time that is too old', { claims: { iat: nowSeconds - 121 } }, 'too old'],
    ['a time that is yet to come', { claims: { iat: nowSeconds + 121 } }, '"iat"'],
    ['no time', { without: 'iat' }, '"iat"'],
    ['an end that has come', { claims: { exp: nowSeconds - 121 } }, 'too old'],
    ['the hash of another token', { claims: { ath: 'x'.repeat(43) } }, 'another token'],
    ['no hash of the token', { without: 'ath' }, 'another token'],
    [
      'a key that the token is not bound to',
      { header: { jwk: 'other' }, signedBy: () => other.privateKey },
      'another key',
    ],
    ['a signature by another key', { signedBy: () => other.privateKey }, 'signature'],
    ['no id', { without: 'jti' }, 'no id'],
    ['an id that is too short to be one', { claims: { jti: '1234567' } }, 'no id'],
    ['an id that is too long to be kept', { claims: { jti: 'x'.repeat(201) } }, 'no id'],
  ])('%s', async (_, said, why) => {
    const header = said.header !== undefined && 'jwk' in said.header ? { jwk: other.jwk } : (said.header ?? {});
    const replay = replayGuard();
    await expect(check(await proofOf({ ...said, header }), replay)).rejects.toMatchObject({
      code: 'device-key-proof',
      status: 401,
      message: expect.stringContaining(why) as string,
    });
  });

  it('a second use of the same proof, from whomever, and not that of another', async () => {
    const replay = replayGuard();
    const proof = await proofOf({});
    await check(proof, replay);
    await expect(check(proof, replay)).rejects.toMatchObject({ message: expect.stringContaining('used before') });
    await check(await proofOf({}), replay);
  });

  it('the same id by another key not, and what is refused uses up no memory', async () => {
    const replay = replayGuard();
    const jti = 'the-same-id-twice';
    const refused = await proofOf({ claims: { jti, htm: 'GET' } });
    await expect(check(refused, replay)).rejects.toMatchObject({ code: 'device-key-proof' });
    await check(await proofOf({ claims: { jti } }), replay);
    const request = { method: 'POST', url, personId: 'ada', replay };
    const byOther = await proofOf({ claims: { jti }, header: { jwk: other.jwk }, signedBy: () => other.privateKey });
    await checkProof(byOther, request, nowMs);
  });

  it('more proofs than one person may need', async () => {
    const full = { firstUse: () => 'too-many' as const };
    await expect(check(await proofOf({}), full)).rejects.toMatchObject({ code: 'device-key-busy', status: 429 });
  });

  it.each<[string, object]>([
    ['no key', { jwk: undefined }],
    ['a private key', { jwk: 'private' }],
    ['a critical part that nobody knows', { crit: ['x'], x: 1 }],
  ])('what holds %s', async (_, header) => {
    const jwk = 'jwk' in header && header.jwk === 'private' ? await exportJWK(own.privateKey) : undefined;
    const proof = signedRaw({ ...header, ...(jwk === undefined ? {} : { jwk }) });
    await expect(check(await proof)).rejects.toThrow();
  });

  async function signedRaw(header: object): Promise<string> {
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = { htm: 'POST', htu: url, iat: nowSeconds, jti: 'raw-proof-id', ath: '' };
    const text = `${part({ alg: 'ES256', typ: 'dpop+jwt', jwk: own.jwk, ...header })}.${part(claims)}`;
    const ecdsa = { name: 'ECDSA', hash: 'SHA-256' };
    const signature = await crypto.subtle.sign(ecdsa, own.privateKey, Buffer.from(text));
    return `${text}.${Buffer.from(signature).toString('base64url')}`;
  }
});

it('checkProof() asks for token and key only where a token comes with the proof', async () => {
  const request = { method: 'POST', url, personId: 'ada', replay: replayGuard() };
  const proof = await proofOf({ without: 'ath' });
  expect(await checkProof(proof, request, nowMs)).toMatchObject({ thumbprint: own.thumbprint });
});

it('checkProof() counts for whom the key leads to, whom it asks about a proof that holds alone', async () => {
  const counted: string[] = [];
  const asked: string[] = [];
  const whose = async (thumbprint: string) => {
    asked.push(thumbprint);
    return 'emil';
  };
  const replay = {
    firstUse: (personId: string) => {
      counted.push(personId);
      return 'first' as const;
    },
  };
  const request = { method: 'POST', url, personId: whose, replay };
  await expect(checkProof(await proofOf({ claims: { htm: 'GET' } }), request, nowMs)).rejects.toThrow();
  expect([asked, counted]).toEqual([[], []]);
  await checkProof(await proofOf({}), request, nowMs);
  expect([asked, counted]).toEqual([[own.thumbprint], ['emil']]);
});

it('replayGuard() tells a second use, and lets nobody use up the memory of another', () => {
  const guard = replayGuard();
  const flood = Array.from({ length: 2001 }, (_, n) => guard.firstUse('eve', `id-${n}`, 0));
  expect(flood.filter((use) => use === 'first')).toHaveLength(2000);
  expect(flood.at(-1)).toBe('too-many');
  expect(guard.firstUse('eve', 'id-0', 0)).toBe('used');
  expect([guard.firstUse('ada', 'mine', 0), guard.firstUse('ada', 'mine', 1)]).toEqual(['first', 'used']);
  // An id is remembered for as long as its proof would be taken: two minutes early and two minutes late.
  expect([guard.firstUse('ada', 'mine', 239_999), guard.firstUse('eve', 'more', 239_999)]).toEqual([
    'used',
    'too-many',
  ]);
  expect([guard.firstUse('eve', 'more', 240_000), guard.firstUse('ada', 'mine', 240_000)]).toEqual(['first', 'first']);
});

it('replayGuard() takes from one person 2000 in four minutes, whenever they begin', () => {
  const guard = replayGuard();
  const firsts = (count: number, nowMs_: number) =>
    Array.from({ length: count }, (_, n) => guard.firstUse('eve', `${nowMs_}-${n}`, nowMs_)).filter(
      (use) => use === 'first',
    ).length;
  expect([firsts(1500, 0), firsts(1000, 1000), firsts(2001, 240_000), firsts(2001, 480_000)]).toEqual([
    1500, 500, 1500, 2000,
  ]);
});
