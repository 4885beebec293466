import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sql } from 'kysely';
import Provider from 'oidc-provider';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '../audit/index.ts';
import { prepareJobs } from '../jobs/index.ts';
import { secretsOf } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { authenticate, createPerson, readPerson } from './index.ts';
import {
  beginOidc,
  finishOidc,
  removeOidcProvider,
  setOidcProvider,
  showOidcProvider,
  testOidcProvider,
} from './oidc.ts';
import type { PeopleServices } from './services.ts';

const SYSTEM: Actor = { kind: 'system' };
const ORIGIN = 'http://localhost:8443';
const FROM = { userAgent: 'test', address: '192.0.2.7' };
const SECRET = 'a-client-secret-of-the-test';

let database: TestDatabase;
let services: PeopleServices;
let server: Server;
let issuer: string;
const verified = new Map([
  ['grace', true],
  ['heidi', true],
  ['ivan', true],
  ['mallory', false],
]);

beforeAll(async () => {
  database = await testDatabase();
  await prepareJobs(database.pool);
  services = { db: database.db, publicUrl: new URL(ORIGIN), secrets: secretsOf(Buffer.alloc(32, 7)), now: Date.now };
  server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server has an AddressInfo
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: 'pavise',
        client_secret: SECRET,
        redirect_uris: [`${ORIGIN}/api/v1/sign-in/oidc/callback`],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
    claims: { email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: `${sub}@example.org`, email_verified: verified.get(sub) ?? false }),
    }),
    pkce: { required: () => true },
    cookies: { keys: ['test'] },
  });
  server.on('request', provider.callback());
  await setOidcProvider(services, SYSTEM, { name: 'Test', issuer, clientId: 'pavise', clientSecret: SECRET });
});
afterAll(async () => {
  server?.close();
  await database?.close();
});

/** Walks the provider's own login and consent pages as a browser would; gives the query that comes back to Pavise. */
async function logInAtProvider(start: string, login: string): Promise<string> {
  const jar = new Map<string, string>();
  let url = start;
  let form: URLSearchParams | undefined;
  for (let hop = 0; hop < 12; hop += 1) {
    const reply = await fetch(url, {
      redirect: 'manual',
      headers: { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; ') },
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    });
    for (const line of reply.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s);
      jar.set(name, value);
    }
    form = undefined;
    const location = reply.headers.get('location');
    if (location !== null) {
      url = new URL(location, url).href;
      if (url.startsWith(ORIGIN)) return new URL(url).search;
      continue;
    }
    const page = await reply.text();
    const action = /action="([^"]+)"/.exec(page)?.[1];
    const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
    if (action === undefined || prompt === undefined)
      throw new Error(`unexpected page: ${reply.status} ${page.slice(0, 300)}`);
    url = new URL(action, url).href;
    form = new URLSearchParams(prompt === 'login' ? { prompt, login, password: 'any' } : { prompt });
  }
  throw new Error('the provider never came back');
}

async function signInAs(login: string): Promise<{ cookie: string; sessionId: string }> {
  const { location, setCookie } = await beginOidc(services);
  const search = await logInAtProvider(location, login);
  const opened = await finishOidc(services, { search, cookie: setCookie.split(';')[0], from: FROM });
  return { cookie: opened.setCookie.split(';')[0] ?? '', sessionId: opened.sessionId };
}

async function invite(name: string): Promise<string> {
  const wanted = { displayName: name, email: `${name.toUpperCase()}@example.org`, role: 'member' } as const;
  return (await createPerson(services, SYSTEM, wanted)).person.id;
}

const who = (cookie: string): Promise<Actor> =>
  authenticate(services, {
    method: 'GET',
    cookie,
    authorization: undefined,
    origin: undefined,
    secFetchSite: undefined,
  });

test('an invited person joins by her verified address and later signs in by her subject', async () => {
  const personId = await invite('grace');
  const joined = await signInAs('grace');
  expect(await who(joined.cookie)).toMatchObject({ kind: 'person', personId, role: 'member' });
  expect(await readPerson(database.db, personId)).toMatchObject({ state: 'active' });
  await sql`update people set email = 'moved@example.org' where id = ${personId}`.execute(database.db);
  const again = await signInAs('grace');
  expect(await who(again.cookie)).toMatchObject({ personId });
  expect(again.sessionId).not.toBe(joined.sessionId);
});

test('an address that is not verified, not invited or already joined is not linked', async () => {
  const mallory = await invite('mallory');
  await expect(signInAs('mallory')).rejects.toMatchObject({ code: 'people-oidc-unknown' });
  expect(await readPerson(database.db, mallory)).toMatchObject({ state: 'invited' });
  const heidi = await invite('heidi');
  await sql`update people set state = 'active' where id = ${heidi}`.execute(database.db);
  await expect(signInAs('heidi')).rejects.toMatchObject({ code: 'people-oidc-unknown' });
});

test('another browser, a changed state, a changed code and a second use are refused', async () => {
  const { location, setCookie } = await beginOidc(services);
  const search = await logInAtProvider(location, 'grace');
  const other = await beginOidc(services);
  const finish = (query: string, cookie: string): Promise<unknown> =>
    finishOidc(services, { search: query, cookie: cookie.split(';')[0], from: FROM });
  await expect(finish(search, other.setCookie)).rejects.toMatchObject({ code: 'people-oidc-browser' });
  await expect(finish(search, setCookie)).rejects.toMatchObject({ code: 'people-ceremony' });
  await expect(finish('?code=x&state=y', setCookie)).rejects.toMatchObject({ code: 'people-oidc-failed' });
  const state = new URL(other.location).searchParams.get('state') ?? '';
  const foreignCode = new URLSearchParams(search).get('code') ?? '';
  const mixed = `?${new URLSearchParams({ code: foreignCode, state, iss: issuer }).toString()}`;
  await expect(finish(mixed, other.setCookie)).rejects.toMatchObject({ code: 'people-oidc-failed' });
});

test('testOidcProvider() says what to change, and keeps nothing', async () => {
  const { host } = new URL(issuer);
  expect(await testOidcProvider(issuer)).toEqual({ issuer, signInHost: host });
  const refusal = async (wanted: string): Promise<string> => {
    const error: unknown = await testOidcProvider(wanted).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'people-oidc-issuer', status: 400 });
    return error instanceof Error ? error.message : '';
  };
  expect(await refusal(`${issuer}/elsewhere`)).toBe(
    `Check the path of the issuer: "${host}" answers, and has no discovery document there`,
  );
  const gone = createServer();
  await new Promise<void>((done) => gone.listen(0, '127.0.0.1', done));
  const port = (gone.address() as AddressInfo).port; // a TCP server has an AddressInfo
  await new Promise((done) => gone.close(done));
  expect(await refusal(`http://127.0.0.1:${port}`)).toBe(
    `Check the port of the issuer: "127.0.0.1:${port}" takes no connection`,
  );
  expect(await refusal(issuer.replace('127.0.0.1', 'localhost'))).toMatch(/^Copy the issuer exactly/);
  expect(await refusal('https://')).toMatch(/^Write the issuer as a whole address/);
});

test('setOidcProvider() keeps the secret for the same issuer and client alone', async () => {
  const same = { name: 'New name', issuer, clientId: 'pavise' };
  await setOidcProvider(services, SYSTEM, same);
  expect((await showOidcProvider(services)).provider).toEqual(same);
  await invite('ivan');
  expect((await signInAs('ivan')).cookie, 'the kept secret still serves').not.toBe('');
  const other = setOidcProvider(services, SYSTEM, { ...same, clientId: 'another' });
  await expect(other).rejects.toMatchObject({ code: 'people-oidc-secret' });
  await setOidcProvider(services, SYSTEM, { ...same, name: 'Test' });
});

test('the secret is sealed at rest and never shown; plain http beyond loopback is refused', async () => {
  const { rows } = await sql<{
    text: string;
  }>`select encode(client_secret_sealed, 'escape') as text from people_oidc_provider`.execute(database.db);
  expect(rows[0]?.text).not.toContain(SECRET);
  const redirectUri = `${ORIGIN}/api/v1/sign-in/oidc/callback`;
  expect(await showOidcProvider(services)).toEqual({
    provider: { name: 'Test', issuer, clientId: 'pavise' },
    redirectUri,
  });
  const wanted = { name: 'T', issuer: 'http://idp.example', clientId: 'c', clientSecret: 's' };
  await expect(setOidcProvider(services, SYSTEM, wanted)).rejects.toMatchObject({ code: 'people-oidc-issuer' });
  await removeOidcProvider(services, SYSTEM);
  await expect(beginOidc(services)).rejects.toMatchObject({ code: 'people-oidc-none' });
});
