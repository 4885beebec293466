import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fastify, { type FastifyInstance, type InjectOptions } from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Role } from '../audit/index.ts';
import { CodedError, concatBytes, readAtOf } from '../base/index.ts';
import {
  createRewrapSession,
  type DeviceKey,
  dpopProof,
  encodePolicy,
  openTdf,
  protectStream,
  readContainer,
  signRewrapRequest,
  type TdfPolicy,
  unwrapRewrapped,
} from '../formats/tdf/index.ts';
import { secretsOf } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { FilesError } from './files-error.ts';
import { filesRoutes, openKasKeys } from './index.ts';
import {
  type Account,
  addAccount,
  addPhone,
  auditActions,
  noPasscode,
  type Phone,
  plain,
  protectPlain,
  setPasscode,
  testServices,
} from './testing.ts';

const publicUrl = new URL('http://localhost:8420');

let database: TestDatabase;
let folder: string;
let app: FastifyInstance;
let nowMs = Date.now();
const accounts = new Map<string, Account>();
let owner: Account;
let reader: Account;
let stranger: Account;

const phoneOf = (account: Account): Promise<Phone> => addPhone(database.db, account, nowMs);
const bindBrowser = async (account: Account): Promise<DeviceKey> => (await phoneOf(account)).key;

/** How often the decision was asked. */
async function decisions(): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from access_decisions`.execute(database.db);
  return rows[0]?.n ?? 0;
}

async function call(as: Account | undefined, options: InjectOptions) {
  const headers = { ...options.headers, 'x-test-person': as?.personId ?? '' };
  return app.inject({ ...options, headers });
}

async function protect(policy: Partial<TdfPolicy>, algorithm = 'ec:secp256r1') {
  const url = '/kas.AccessService/PublicKey';
  const key = await call(undefined, { method: 'POST', url, payload: { algorithm, v: '2' } });
  return protectPlain(policy, key.json<{ publicKey: string; kid: string }>(), publicUrl.origin);
}

async function upload(as: Account, bytes: Uint8Array) {
  nowMs += 1; // lists are by time
  return call(as, {
    method: 'POST',
    url: '/api/v1/files?title=Sources',
    headers: { 'content-type': 'application/octet-stream' },
    payload: Buffer.from(bytes),
  });
}

/** The whole sequence of a browser, as the head of formats/tdf tells it. */
async function requestKeys(as: Account, deviceKey: DeviceKey, bytes: Uint8Array) {
  const container = await readContainer(readAtOf(bytes), bytes.length);
  const proving = { method: 'POST', nowMs, random: crypto };
  const proof = await dpopProof(deviceKey, { ...proving, url: `${publicUrl.origin}/api/v1/files/token` });
  const token = await call(as, { method: 'POST', url: '/api/v1/files/token', payload: { proof } });
  const { accessToken } = token.json<{ accessToken: string }>();
  const session = await createRewrapSession(crypto);
  const signedRequestToken = await signRewrapRequest(deviceKey, container, session, nowMs);
  const url = `${publicUrl.origin}/kas.AccessService/Rewrap`;
  const headers = {
    authorization: `DPoP ${accessToken}`,
    dpop: await dpopProof(deviceKey, { ...proving, url, accessToken }),
  };
  const payload = { signedRequestToken };
  const request = { method: 'POST', url: '/kas.AccessService/Rewrap', headers, payload } as const;
  const reply = await call(undefined, request);
  return { container, session, reply, request, accessToken };
}

async function open(as: Account, deviceKey: DeviceKey, bytes: Uint8Array): Promise<{ text: string; viewId: string }> {
  const { container, session, reply } = await requestKeys(as, deviceKey, bytes);
  expect(reply.statusCode, reply.body).toBe(200);
  const body = reply.json<{ responses: { results: { metadata: { pavise: { viewId: string } } }[] }[] }>();
  const opened = await openTdf(container, await unwrapRewrapped(container, session, body));
  return {
    text: new TextDecoder().decode(await opened.read(0, opened.sizeBytes)),
    viewId: body.responses[0]?.results[0]?.metadata.pavise.viewId ?? '',
  };
}

async function refusalCodes(as: Account, deviceKey: DeviceKey, bytes: Uint8Array): Promise<string[]> {
  const { reply } = await requestKeys(as, deviceKey, bytes);
  expect(reply.statusCode, reply.body).toBe(403);
  const body = reply.json<{ code: string; reasons: { code: string }[] }>();
  expect(body.code).toBe('permission_denied');
  return body.reasons.map((reason) => reason.code);
}

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'files-'));
  [owner, reader, stranger] = [
    await addAccount(database.db, 'olga'),
    await addAccount(database.db, 'rana'),
    await addAccount(database.db, 'stan'),
  ];
  for (const account of [owner, reader, stranger]) accounts.set(account.personId, account);
  app = fastify();
  app.decorateRequest('actor');
  app.addHook('onRequest', async (request) => {
    const account = accounts.get(String(request.headers['x-test-person']));
    request.actor = account?.actor ?? { kind: 'anonymous' };
  });
  app.setErrorHandler((error, _request, reply) => {
    const coded = error instanceof CodedError ? error : undefined;
    const status = coded?.status ?? (error as { statusCode?: number }).statusCode ?? 500; // Fastify's own errors carry it
    const reasons = error instanceof FilesError ? error.reasons : undefined;
    return reply.code(status).send({ code: coded?.code, detail: (error as Error).message, reasons });
  });
  await filesRoutes(app, await testServices(database.db, folder, publicUrl.origin, { now: () => nowMs }));
}, 60_000);

afterAll(async () => {
  await app.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

describe('files', () => {
  test('a recipient opens on an enrolled device; the audit log and the openings say so', async () => {
    for (const algorithm of ['ec:secp256r1', 'rsa:2048']) {
      const { bytes } = await protect(
        { dissem: [reader.email], owner: owner.email, view: 'client', watermark: true },
        algorithm,
      );
      const made = await upload(owner, bytes);
      expect(made.json()).toMatchObject({
        title: 'Sources',
        mediaType: 'text/plain',
        sizeBytes: plain.length,
        view: 'client',
        watermark: true,
        mayManage: true,
      });
      const { id } = made.json<{ id: string }>();
      const listed = await call(reader, { method: 'GET', url: '/api/v1/files?scope=shared' });
      expect(listed.json<{ items: { id: string }[] }>().items[0]).toMatchObject({ id, mayManage: false });

      const content = await call(reader, { method: 'GET', url: `/api/v1/files/${id}/content` });
      expect(Buffer.compare(content.rawPayload, bytes)).toBe(0);
      const key = await bindBrowser(reader);
      const opened = await open(reader, key, content.rawPayload);
      expect(opened.text).toBe('the name of the source');
      const detail = await call(owner, { method: 'GET', url: `/api/v1/files/${id}` });
      expect(detail.json<{ openings: object[] }>().openings).toMatchObject([
        { id: opened.viewId, person: { email: reader.email }, outcome: 'opened' },
      ]);
      expect((await auditActions(database.db)).slice(-2)).toEqual(['file.uploaded', 'file.key.released']);
    }
  });

  test('ranges of the ciphertext are served', async () => {
    const { bytes } = await protect({ owner: owner.email });
    const { id } = (await upload(owner, bytes)).json<{ id: string }>();
    const ranges = [
      ['bytes=0-9', 206, bytes.subarray(0, 10)],
      ['bytes=-22', 206, bytes.subarray(-22)],
      ['bytes=100-', 206, bytes.subarray(100)],
      ['bytes=0-1,5-6', 200, bytes],
      [`bytes=${bytes.length}-`, 416, new Uint8Array()],
    ] as const;
    for (const [range, status, expected] of ranges) {
      const part = await call(owner, { method: 'GET', url: `/api/v1/files/${id}/content`, headers: { range } });
      expect([range, part.statusCode]).toEqual([range, status]);
      expect(Buffer.compare(part.rawPayload, expected)).toBe(0);
    }
    expect((await call(stranger, { method: 'GET', url: `/api/v1/files/${id}/content` })).statusCode).toBe(404);
    expect((await call(stranger, { method: 'GET', url: `/api/v1/files/${id}` })).statusCode).toBe(404);
  });

  test('a refusing decision releases no key, ends a running view, and is on record', async () => {
    const { bytes } = await protect({ owner: owner.email, dissem: [reader.email] });
    const { id } = (await upload(owner, bytes)).json<{ id: string }>();
    const { key, deviceId } = await phoneOf(reader);
    const { viewId } = await open(reader, key, bytes);
    const renew = () => call(reader, { method: 'POST', url: `/api/v1/files/${id}/views/renew`, payload: { viewId } });
    expect((await renew()).json()).toEqual({ nextRenewalMs: 10_000 });
    nowMs += 1; // the newer fact wins
    await setPasscode(database.db, deviceId, false, nowMs);
    expect(await refusalCodes(reader, key, bytes)).toEqual([noPasscode]);
    expect((await auditActions(database.db)).at(-1)).toBe('file.key.refused');
    const refused = { code: 'files-refused', reasons: [{ code: noPasscode }] };
    const ended = await renew();
    expect(ended.statusCode).toBe(403);
    expect(ended.json()).toMatchObject(refused);
    await setPasscode(database.db, deviceId, true, nowMs);
    expect((await renew()).json()).toMatchObject(refused);
    expect((await auditActions(database.db)).at(-1)).toBe('file.view.ended');
  });

  test('revocation, expiry and removal refuse the next opening; a widened file opens for who was added', async () => {
    const { bytes } = await protect({ owner: owner.email, dissem: [reader.email] });
    const { id } = (await upload(owner, bytes)).json<{ id: string }>();
    const [readerKey, strangerKey] = [await bindBrowser(reader), await bindBrowser(stranger)];
    const post = (as: Account, path: string, payload: object) =>
      call(as, { method: 'POST', url: `/api/v1/files/${id}/${path}`, payload });

    expect(await refusalCodes(stranger, strangerKey, bytes)).toEqual(['file.not-recipient']);
    expect((await post(reader, 'recipients', { add: [stranger.email] })).statusCode).toBe(403);
    expect((await post(owner, 'recipients', { add: ['nobody@example.org'] })).statusCode).toBe(422);
    const suspended = await addAccount(database.db, 'suspended', 'suspended');
    expect((await post(owner, 'recipients', { add: [suspended.email] })).json()).toMatchObject({
      code: 'files-unknown-recipient',
    });
    const invited = await addAccount(database.db, 'invited', 'invited');
    expect((await post(owner, 'recipients', { add: [invited.email] })).statusCode).toBe(200);
    expect((await post(owner, 'recipients', { add: [stranger.email], remove: [reader.personId] })).statusCode).toBe(
      200,
    );
    expect((await open(stranger, strangerKey, bytes)).text).toContain('source');
    expect(await refusalCodes(reader, readerKey, bytes)).toEqual(['file.not-recipient']);

    expect((await post(owner, 'expiry', { expiresAtMs: nowMs - 1 })).json()).toMatchObject({ expiresAtMs: nowMs - 1 });
    expect(await refusalCodes(stranger, strangerKey, bytes)).toEqual(['file.expired']);
    expect((await post(owner, 'expiry', { expiresAtMs: null })).statusCode).toBe(200);
    expect((await post(owner, 'revoke', {})).json()).toMatchObject({ revokedAtMs: nowMs });
    expect(await refusalCodes(stranger, strangerKey, bytes)).toEqual(['file.revoked']);
  });

  test('a file that was never uploaded opens by its bound policy alone', async () => {
    const key = await bindBrowser(reader);
    expect((await open(reader, key, (await protect({ dissem: [reader.email] })).bytes)).text).toContain('source');
    expect((await open(reader, key, (await protect({ owner: reader.email })).bytes)).text).toContain('source');
    expect(await refusalCodes(reader, key, (await protect({})).bytes)).toEqual(['file.not-recipient']);
    expect(
      await refusalCodes(reader, key, (await protect({ dissem: [reader.email], notAfterMs: nowMs - 1 })).bytes),
    ).toEqual(['file.expired']);
    expect(await refusalCodes(reader, key, (await protect({ dissem: [reader.email], view: 'pixels' })).bytes)).toEqual([
      'file.pixels-only',
    ]);
  });

  test('whoever holds a copy can neither claim its uuid with another file nor become owner of a file that names none', async () => {
    const key = await bindBrowser(stranger);
    const victim = await protect({ owner: reader.email, dissem: [reader.email] });
    expect(
      (await upload(stranger, (await protect({ owner: stranger.email, uuid: victim.uuid })).bytes)).statusCode,
    ).toBe(200);
    expect(await refusalCodes(stranger, key, victim.bytes)).toEqual(['file.not-recipient']);
    expect((await open(reader, await bindBrowser(reader), victim.bytes)).text).toContain('source');
    expect((await upload(stranger, (await protect({ dissem: [reader.email] })).bytes)).statusCode).toBe(422);
  });

  test('a browser that is bound to no enrolment, or to somebody else, is the unknown device', async () => {
    const { bytes } = await protect({ dissem: [reader.email] });
    const loose = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
    expect(await refusalCodes(reader, loose, bytes)).toEqual(['device.unknown']);
    expect(await refusalCodes(reader, await bindBrowser(stranger), bytes)).toEqual(['device.unknown']);
    const last = sql`select person_id, device_id, action from access_decisions order by at desc limit 1`;
    expect((await last.execute(database.db)).rows).toEqual([
      { person_id: reader.personId, device_id: null, action: 'file.open' },
    ]);
  });

  test('no proof, a replayed proof, another key, a stale request: 401, and the decision is not even asked', async () => {
    const { bytes } = await protect({ dissem: [reader.email] });
    const key = await bindBrowser(reader);
    const { request, accessToken, container, session } = await requestKeys(reader, key, bytes);
    const before = await decisions();
    const url = `${publicUrl.origin}/kas.AccessService/Rewrap`;
    const other = await bindBrowser(reader);
    const proof = (by: DeviceKey, more: object = {}) =>
      dpopProof(by, { method: 'POST', url, accessToken, nowMs, random: crypto, ...more });
    const attempts: { [name: string]: InjectOptions } = {
      replayed: request,
      'no proof': { ...request, headers: { authorization: request.headers.authorization } },
      'no token': { ...request, headers: { dpop: await proof(key) } },
      'other key': { ...request, headers: { ...request.headers, dpop: await proof(other) } },
      'other address': {
        ...request,
        headers: { ...request.headers, dpop: await proof(key, { url: 'https://evil.example/x' }) },
      },
      'old proof': { ...request, headers: { ...request.headers, dpop: await proof(key, { nowMs: nowMs - 300_000 }) } },
      'other token hash': {
        ...request,
        headers: { ...request.headers, dpop: await proof(key, { accessToken: 'another-token' }) },
      },
      'request by other key': {
        ...request,
        headers: { ...request.headers, dpop: await proof(key) },
        payload: { signedRequestToken: await signRewrapRequest(other, container, session, nowMs) },
      },
      'stale request': {
        ...request,
        headers: { ...request.headers, dpop: await proof(key) },
        payload: { signedRequestToken: await signRewrapRequest(key, container, session, nowMs - 300_000) },
      },
    };
    for (const [name, attempt] of Object.entries(attempts)) {
      const reply = await call(undefined, attempt);
      expect([name, reply.statusCode]).toEqual([name, 401]);
      expect(reply.json()).toMatchObject({ code: 'unauthenticated' });
    }
    expect(await decisions()).toBe(before);
  });

  test('a policy that was changed after binding gets the generic answer, and no key', async () => {
    const { bytes, uuid } = await protect({ owner: owner.email, dissem: [owner.email] });
    const container = await readContainer(readAtOf(bytes), bytes.length);
    const key = await bindBrowser(reader);
    const policy = encodePolicy({ uuid, attributes: [], dissem: [reader.email] });
    const changed = { ...container, manifest: { ...container.manifest, policy } };
    const { request, accessToken, session } = await requestKeys(reader, key, bytes);
    const url = `${publicUrl.origin}/kas.AccessService/Rewrap`;
    const dpop = await dpopProof(key, { method: 'POST', url, accessToken, nowMs, random: crypto });
    const reply = await call(undefined, {
      ...request,
      headers: { ...request.headers, dpop },
      payload: { signedRequestToken: await signRewrapRequest(key, changed, session, nowMs) },
    });
    expect(reply.json()).toMatchObject({
      responses: [{ results: [{ status: 'fail', error: expect.stringContaining('desc = bad request') as string }] }],
    });
    expect(reply.body).not.toContain('kasWrappedKey');
    const { rows } = await sql`select action, object_id, detail from audit_entries where action like 'file.key.%'
      order by at desc limit 1`.execute(database.db);
    expect(rows).toMatchObject([
      { action: 'file.key.refused', object_id: null, detail: { policyUuid: uuid, reasons: ['file.tampered'] } },
    ]);
  });

  test('uploads that could not be served are refused', async () => {
    const { bytes } = await protect({ owner: owner.email });
    expect((await upload(reader, bytes)).json()).toMatchObject({ code: 'files-owner' });
    expect((await upload(owner, bytes)).statusCode).toBe(200);
    expect((await upload(owner, bytes)).json()).toMatchObject({ code: 'files-taken' });
    expect((await upload(owner, plain)).json()).toMatchObject({ code: 'files-invalid' });
    expect(
      (await upload(owner, (await protect({ owner: owner.email, dissem: ['nobody@example.org'] })).bytes)).json(),
    ).toMatchObject({
      code: 'files-unknown-recipient',
    });
    const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveKey']);
    const spki = Buffer.from(await crypto.subtle.exportKey('spki', pair.publicKey)).toString('base64');
    const parts: Uint8Array[] = [];
    const kasKeys = [
      { url: 'u', kid: '', publicKeyPem: `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n` },
    ];
    const policy = encodePolicy({ uuid: crypto.randomUUID(), attributes: [], dissem: [] });
    const options = { policy, mimeType: '', kasKeys, random: crypto };
    for await (const part of protectStream(readAtOf(plain), plain.length, options)) parts.push(part);
    expect((await upload(owner, concatBytes(parts))).json()).toMatchObject({ code: 'files-foreign-key' });
  });

  test('an administrator token uploads for the owner that the policy names', async () => {
    const token = (role: Role): Account => ({
      personId: `token-${role}`,
      email: '',
      actor: { kind: 'token', tokenId: 't', role },
    });
    for (const role of ['administrator', 'member'] as const) accounts.set(`token-${role}`, token(role));
    const { bytes } = await protect({ owner: owner.email });
    expect((await upload(token('member'), bytes)).json()).toMatchObject({ code: 'files-person-only' });
    expect((await upload(token('administrator'), (await protect({})).bytes)).json()).toMatchObject({
      code: 'files-owner',
    });
    expect((await upload(token('administrator'), bytes)).json()).toMatchObject({ owner: { personId: owner.personId } });
  });

  test('the private keys lie sealed in the database', async () => {
    const { rows } = await sql<{ sealed: Buffer }>`select private_key_sealed as sealed from files_keys`.execute(
      database.db,
    );
    expect(rows.length).toBe(3);
    for (const row of rows) expect(row.sealed.toString('latin1')).not.toContain('PRIVATE KEY');
    const again = await openKasKeys({ db: database.db, secrets: secretsOf(new Uint8Array(32)) }, nowMs);
    expect(again.privateKeys.length).toBe(2);
  });
});
