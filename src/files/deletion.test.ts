import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sendProblem } from '../server/problem.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { filesRoutes } from './index.ts';
import { refusalsOfFile } from './judge.ts';
import type { FilesServices } from './services.ts';
import { readFile } from './store.ts';
import { type Account, addAccount, auditActions, protectPlain, testServices } from './testing.ts';

const app = Fastify();
app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
const origin = 'http://localhost:8420';
let database: TestDatabase;
let folder: string;
let services: FilesServices;
let owner: Account;
let reader: Account;
let as: Account;

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'deletion-'));
  const { db } = database;
  owner = await addAccount(db, 'olga');
  reader = await addAccount(db, 'rana');
  services = await testServices(db, folder, origin, { filesPerPersonBytes: 1024 ** 2 });
  app.decorateRequest('actor', { getter: () => as.actor });
  await filesRoutes(app, services);
}, 60_000);
afterAll(async () => {
  await app.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

async function call(who: Account, method: 'GET' | 'POST' | 'DELETE', path: string, body?: Uint8Array) {
  as = who;
  const headers = body === undefined ? {} : { 'content-type': 'application/octet-stream' };
  const sent = body === undefined ? {} : { payload: Buffer.from(body) };
  const reply = await app.inject({ method, url: `/api/v1/files${path}`, headers, ...sent });
  return { status: reply.statusCode, body: reply.json() };
}

test('a withdrawn file’s content is deleted by its owner, frees her share, and the file stays refused', async () => {
  const key = services.keys.publicKeys.get('ec:secp256r1');
  const policy = { owner: owner.email, dissem: [reader.email] };
  const { bytes } = await protectPlain(policy, { publicKey: key?.pem ?? '', kid: key?.kid ?? '' }, origin);
  const { body: file } = await call(owner, 'POST', '?title=Sources', bytes);
  services = Object.assign(services, { filesPerPersonBytes: bytes.length });
  const path = `/${file.id}`;
  expect(await call(owner, 'DELETE', path)).toMatchObject({ status: 409, body: { code: 'files-not-revoked' } });
  expect((await call(owner, 'POST', `${path}/revoke`)).status).toBe(200);
  expect(await call(reader, 'DELETE', path)).toMatchObject({ status: 403, body: { code: 'files-not-yours' } });
  expect((await call(owner, 'POST', '?title=More', bytes)).body.code).toBe('files-quota');
  expect(await services.blobs.open(file.sha256).then((blob) => blob?.close().then(() => 'there'))).toBe('there');

  const deleted = await call(owner, 'DELETE', path);
  expect(deleted).toMatchObject({ status: 200, body: { id: file.id, deletedAtMs: expect.any(Number) } });
  expect(await services.blobs.open(file.sha256)).toBeUndefined();
  expect((await call(owner, 'DELETE', path)).body).toEqual(deleted.body);
  expect((await auditActions(database.db)).filter((action) => action === 'file.deleted')).toHaveLength(1);
  expect(await call(owner, 'GET', `${path}/content`)).toMatchObject({ status: 410, body: { code: 'files-deleted' } });
  const lists = ['mine', 'shared'].map(async (scope) => (await call(owner, 'GET', `?scope=${scope}`)).body.items);
  expect(await Promise.all(lists)).toEqual([[], []]);

  const record = await readFile(database.db, file.id);
  expect(record && refusalsOfFile(record, 'recipient', Date.now()).map(({ code }) => code)).toEqual(['file.revoked']);
  expect((await call(owner, 'POST', '?title=Again', bytes)).body.code, 'its policy stays taken').toBe('files-taken');
  const other = await protectPlain(policy, { publicKey: key?.pem ?? '', kid: key?.kid ?? '' }, origin);
  expect((await call(owner, 'POST', '?title=Next', other.bytes)).status, 'the share is free').toBe(200);
});

test('the files of one person are listed to who may read all records, and to nobody as a list of her own', async () => {
  const staff = { ...reader, actor: { ...reader.actor, role: 'auditor' } as Account['actor'] };
  const ids = async (of: Account) =>
    (await call(staff, 'GET', `?scope=all&ownerId=${of.personId}`)).body.items.map(
      (item: { owner: { personId: string } }) => item.owner.personId,
    );
  expect([new Set(await ids(owner)), await ids(reader)]).toEqual([new Set([owner.personId]), []]);
  const query = `ownerId=${owner.personId}`;
  expect(await call(reader, 'GET', `?scope=all&${query}`)).toMatchObject({ status: 403 });
  for (const scope of ['mine', 'shared'])
    expect(await call(reader, 'GET', `?scope=${scope}&${query}`)).toMatchObject({
      ...{ status: 400, body: { code: 'files-scope' } },
    });
});
