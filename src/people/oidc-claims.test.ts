import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { authenticate, createPerson } from './index.ts';
import { beginOidc, finishOidc, setOidcProvider } from './oidc.ts';
import { openPeopleBench, type PeopleBench } from './testing.ts';

/** What an identity provider says and what comes back from it, each claim wrong once. */

const FROM = { userAgent: 'test', address: '192.0.2.7' };
const CLIENT = 'pavise';
const SECRET = 'a-client-secret-of-the-test';

/** What the provider answers next; each test bends one thing. */
interface Answers {
  header: { alg: string; kid?: string };
  claims: JWTPayload;
  signer: CryptoKey;
  idToken: ((token: string) => string | undefined) | undefined;
  userInfo: Record<string, unknown>;
}

let bench: PeopleBench;
let server: Server;
let issuer: string;
let own: { privateKey: CryptoKey; publicKey: CryptoKey };
let other: { privateKey: CryptoKey };
let answers: Answers;
/** The body of the last call of the token endpoint. */
let asked = new URLSearchParams();
/** What a browser brought to the sign-in page of the provider. */
let begun: { state: string; nonce: string; challenge: string; cookie: string };

beforeAll(async () => {
  bench = await openPeopleBench();
  [own, other] = [await generateKeyPair('RS256'), await generateKeyPair('RS256')];
  const jwk = { ...(await exportJWK(own.publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' };
  server = createServer(async (request, reply) => {
    const json = (body: unknown) => reply.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    const path = request.url ?? '';
    if (path === '/.well-known/openid-configuration')
      return json({
        ...{ issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token` },
        ...{
          jwks_uri: `${issuer}/keys`,
          userinfo_endpoint: `${issuer}/me`,
          authorization_response_iss_parameter_supported: true,
        },
      });
    if (path === '/keys') return json({ keys: [jwk] });
    if (path === '/me') return json(answers.userInfo);
    asked = new URLSearchParams(await textOf(request));
    const { header, claims, signer, idToken } = answers;
    const signed = await new SignJWT(claims).setProtectedHeader(header).sign(signer);
    return json({
      ...{ access_token: 'an-access-token', token_type: 'Bearer', expires_in: 60 },
      id_token: idToken === undefined ? signed : idToken(signed),
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server has an AddressInfo
  const provider = { name: 'Test', issuer, clientId: CLIENT, clientSecret: SECRET };
  await setOidcProvider(bench.services, { kind: 'system' }, provider);
});
afterAll(async () => {
  server?.close();
  await bench?.[Symbol.asyncDispose]();
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

let people = 0;
/** Somebody who is invited begins at the provider, which is about to say all that is right. */
beforeEach(async () => {
  const sub = `grace-${(people += 1)}`;
  const email = `${sub}@example.org`;
  await createPerson(bench.services, { kind: 'system' }, { displayName: 'Grace', email, role: 'member' });
  const { location, setCookie } = await beginOidc(bench.services);
  const query = new URL(location).searchParams;
  begun = {
    ...{ state: query.get('state') ?? '', nonce: query.get('nonce') ?? '' },
    ...{ challenge: query.get('code_challenge') ?? '', cookie: setCookie.split(';')[0] ?? '' },
  };
  const nowSeconds = Math.floor(Date.now() / 1000);
  answers = {
    header: { alg: 'RS256', kid: 'k1' },
    claims: { iss: issuer, sub, aud: CLIENT, nonce: begun.nonce, iat: nowSeconds, exp: nowSeconds + 60 },
    signer: own.privateKey,
    idToken: undefined,
    userInfo: { sub, email, email_verified: true },
  };
});

/** The same person begins once more. */
async function beginAgain(): Promise<void> {
  const { location, setCookie } = await beginOidc(bench.services);
  const query = new URL(location).searchParams;
  begun = { ...begun, state: query.get('state') ?? '', cookie: setCookie.split(';')[0] ?? '' };
  Object.assign(answers.claims, { nonce: query.get('nonce') });
}

/** Comes back from the provider; the code of the refusal, or who is signed in. */
async function comeBack(bend: { query?: Record<string, string | undefined>; cookie?: string } = {}): Promise<string> {
  const query = { code: 'a-code', state: begun.state, iss: issuer, ...bend.query };
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, value);
  try {
    const given = { search: `?${search}`, cookie: bend.cookie ?? begun.cookie, from: FROM };
    const { setCookie } = await finishOidc(bench.services, given);
    const actor = await authenticate(bench.services, {
      ...{ method: 'GET', authorization: undefined, origin: undefined, secFetchSite: undefined },
      cookie: setCookie.split(';')[0],
    });
    return actor.kind;
  } catch (error) {
    return String((error as { code?: unknown }).code);
  }
}

describe('a sign-in at the provider', () => {
  it('with nothing wrong joins who is invited, and proves its verifier and its secret to the provider', async () => {
    expect(await comeBack()).toBe('person');
    const challenge = createHash('sha256')
      .update(asked.get('code_verifier') ?? '')
      .digest('base64url');
    expect([challenge, asked.get('code')]).toEqual([begun.challenge, 'a-code']);
    expect(asked.get('redirect_uri')).toBe('http://localhost:8443/api/v1/sign-in/oidc/callback');
  });

  const claims = (bend: JWTPayload) => () => Object.assign(answers.claims, bend);
  const nowSeconds = () => Math.floor(Date.now() / 1000);
  it.each<readonly [string, () => unknown]>([
    ['another issuer', () => claims({ iss: 'https://idp.example' })()],
    ['no issuer', () => delete answers.claims.iss],
    ['another audience', claims({ aud: 'somebody-else' })],
    ['several audiences and no authorised party', claims({ aud: [CLIENT, 'somebody-else'] })],
    ['another authorised party', claims({ aud: [CLIENT, 'somebody-else'], azp: 'somebody-else' })],
    ['no audience', () => delete answers.claims.aud],
    ['the nonce of another sign-in', claims({ nonce: 'another-nonce' })],
    ['no nonce', () => delete answers.claims['nonce']],
    ['an end that is over', () => claims({ exp: nowSeconds() - 60 })()],
    ['no end', () => delete answers.claims.exp],
    ['no subject', () => delete answers.claims.sub],
    ['a beginning that is to come', () => claims({ nbf: nowSeconds() + 600 })()],
    ['the signature of another key', () => Object.assign(answers, { signer: other.privateKey })],
    ['a key that the provider does not name', () => Object.assign(answers.header, { kid: 'k2' })],
    [
      'a changed claim under the signature',
      () => {
        answers.idToken = (token) => {
          const [head, , signature] = token.split('.');
          const claimed = Buffer.from(JSON.stringify({ ...answers.claims, sub: 'mallory' })).toString('base64url');
          answers.userInfo['sub'] = 'mallory';
          return `${head}.${claimed}.${signature}`;
        };
      },
    ],
    [
      'no signature at all',
      () => {
        answers.idToken = (token) => {
          const head = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
          return `${head}.${token.split('.')[1]}.`;
        };
      },
    ],
    ['no id token', () => Object.assign(answers, { idToken: () => undefined })],
    ['user info of another subject', () => Object.assign(answers.userInfo, { sub: 'mallory' })],
    ['user info of no subject', () => delete answers.userInfo['sub']],
  ])('with %s is refused', async (_what, bend) => {
    bend();
    expect(await comeBack()).toBe('people-oidc-failed');
  });

  it.each([
    ['not verified', false],
    ['called verified by a word', 'true'],
    ['called verified by a number', 1],
    ['of which nothing is said', undefined],
  ])('with an address that is %s joins nobody', async (_what, verified) => {
    Object.assign(answers.userInfo, { email_verified: verified });
    expect(await comeBack()).toBe('people-oidc-unknown');
  });

  it.each<readonly [string, NonNullable<Parameters<typeof comeBack>[0]>, string]>([
    ['without a state', { query: { state: undefined } }, 'people-oidc-failed'],
    ['with a state that is none', { query: { state: 'x' } }, 'people-oidc-failed'],
    [
      'with the state of nothing that began',
      { query: { state: '00000000-0000-4000-8000-000000000000' } },
      'people-ceremony',
    ],
    ['without the issuer', { query: { iss: undefined } }, 'people-oidc-failed'],
    ['from another issuer', { query: { iss: 'https://idp.example' } }, 'people-oidc-failed'],
    ['without a code', { query: { code: undefined } }, 'people-oidc-failed'],
    ['with an error', { query: { error: 'access_denied' } }, 'people-oidc-failed'],
    ['without the cookie', { cookie: '' }, 'people-oidc-browser'],
    ['with the cookie of another browser', { cookie: 'pavise_oidc=another' }, 'people-oidc-browser'],
  ])('that comes back %s is refused, and is not begun twice', async (_what, bend, code) => {
    expect(await comeBack(bend)).toBe(code);
    if (!('state' in (bend.query ?? {}))) expect(await comeBack()).toBe('people-ceremony');
  });

  it('serves once, for five minutes', async () => {
    expect(await comeBack()).toBe('person');
    expect(await comeBack()).toBe('people-ceremony');
    const { location, setCookie } = await beginOidc(bench.services);
    begun = {
      ...begun,
      state: new URL(location).searchParams.get('state') ?? '',
      cookie: setCookie.split(';')[0] ?? '',
    };
    bench.clock.nowMs += 5 * 60_000;
    expect(await comeBack()).toBe('people-ceremony');
  });

  it.each(['suspended', 'active'])('joins nobody who is %s by her address', async (state) => {
    const email = String(answers.userInfo['email']);
    await sql`update people set state = ${state} where email = ${email}`.execute(bench.services.db);
    expect(await comeBack()).toBe('people-oidc-unknown');
  });

  it('lets nobody in who is suspended, also when she is linked', async () => {
    expect(await comeBack()).toBe('person');
    const email = String(answers.userInfo['email']);
    await sql`update people set state = 'suspended' where email = ${email}`.execute(bench.services.db);
    await beginAgain();
    expect(await comeBack()).toBe('people-suspended');
  });

  it('knows a subject by its issuer: the same name at another one is somebody else', async () => {
    expect(await comeBack()).toBe('person');
    await sql`update people_oidc_identities set issuer = 'https://former.example'
      where subject = ${String(answers.claims.sub)}`.execute(bench.services.db);
    await beginAgain();
    expect(await comeBack()).toBe('people-oidc-unknown');
  });

  it('takes no invitation that is over', async () => {
    bench.clock.nowMs += 7 * 86_400_000;
    await beginAgain();
    expect(await comeBack()).toBe('people-invitation');
  });

  it('begins with all that binds it: code, PKCE by SHA-256, state, nonce, and a cookie for this browser', async () => {
    const { location, setCookie } = await beginOidc(bench.services);
    const url = new URL(location);
    expect(`${url.origin}${url.pathname}`).toBe(`${issuer}/auth`);
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      ...{ response_type: 'code', client_id: CLIENT, code_challenge_method: 'S256' },
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      state: expect.stringMatching(/^[0-9a-f-]{36}$/),
      nonce: expect.stringMatching(/^[\w-]{20,}$/),
    });
    expect(setCookie.split('; ').sort()).toEqual(
      ['HttpOnly', 'Max-Age=300', 'Path=/', 'SameSite=Lax', expect.stringMatching(/^pavise_oidc=[\w-]{20,}$/)].sort(),
    );
  });
});
