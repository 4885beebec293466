import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Actor, Role } from '../audit/index.ts';
import { append } from '../audit/index.ts';
import { sendProblem } from '../server/problem.ts';
import { secretsOf } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { exportKasKeys, filesRoutes } from './index.ts';
import type { FilesServices } from './services.ts';
import { addRecipient, insertFile } from './store.ts';
import { type Account, addAccount, protectPlain, testServices } from './testing.ts';

const origin = 'http://localhost:8420';
const app = Fastify();
const DAY_MS = 86_400_000;
let database: TestDatabase;
let folder: string;
let services: FilesServices;
let owner: Account;
let reader: Account;
let other: Account;
let actor: Actor;
let id: string;

const as = (account: Account, role: Role): Actor => ({ ...account.actor, role }) as Actor;
const token = (role: Role): Actor => ({ kind: 'token', tokenId: randomUUID(), role });

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'widening-'));
  owner = await addAccount(database.db, 'olga');
  reader = await addAccount(database.db, 'rana');
  other = await addAccount(database.db, 'omar');
  services = await testServices(database.db, folder, origin);
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  app.decorateRequest('actor', { getter: () => actor });
  await filesRoutes(app, services);
}, 60_000);
afterAll(async () => {
  await app.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  id = await keep();
  await addRecipient(database.db, id, reader.personId, { kind: 'owner' }, Date.now());
});

async function keep(policyEndsAt: Date | null = null): Promise<string> {
  const policy = { policyUuid: randomUUID(), policySha256: '00', watermark: false, policyEndsAt, labels: [] };
  const content = { mediaType: 'text/plain', sizeBytes: 1, protectedBytes: 1, sha256: '00', view: 'client' as const };
  const file = { ...policy, ...content, ownerId: owner.personId, title: 'Sources', createdAt: new Date() };
  return (await insertFile(database.db, file)) ?? '';
}

async function post(by: Actor, path: string, payload: object) {
  actor = by;
  const reply = await app.inject({ method: 'POST', url: `/api/v1/files/${id}/${path}`, payload });
  return { status: reply.statusCode, body: reply.json() };
}

describe('who gives access to a file', () => {
  const others: readonly (readonly [string, () => Actor])[] = [
    ['an owner of the organisation', () => as(other, 'owner')],
    ['an administrator', () => as(other, 'administrator')],
    ['an administrator who is a recipient', () => as(reader, 'administrator')],
    ['an API token of an owner', () => token('owner')],
    ['an API token of an administrator', () => token('administrator')],
  ];

  test.each(others)('%s adds nobody and gives no more time, but takes away', async (_, by) => {
    const before = await post(owner.actor, 'expiry', { expiresAtMs: Date.now() + DAY_MS });
    const endMs = before.body.expiresAtMs as number;
    const refused = { status: 403, body: { code: 'files-owner-widens' } };
    expect(await post(by(), 'recipients', { add: [other.email] })).toMatchObject(refused);
    expect(await post(by(), 'recipients', { add: [other.email], remove: [reader.personId] })).toMatchObject(refused);
    expect(await post(by(), 'expiry', { expiresAtMs: endMs + 1 })).toMatchObject(refused);
    expect(await post(by(), 'expiry', { expiresAtMs: null })).toMatchObject(refused);
    const narrower = await post(by(), 'expiry', { expiresAtMs: endMs - 1 });
    expect(narrower).toMatchObject({ status: 200, body: { expiresAtMs: endMs - 1, mayManage: true, mayWiden: false } });
    expect(narrower.body.recipients).toMatchObject([{ personId: reader.personId }]);
    // Who is a recipient takes the access from herself and then sees the file as an administrator.
    const alone = await post(by(), 'recipients', { remove: [reader.personId] });
    expect([alone.status, alone.body.recipients]).toEqual([200, []]);
    expect((await post(by(), 'revoke', {})).status).toBe(200);
  });

  test('an end that the policy binds is given no more time by an administrator, nor an end where there was none before it', async () => {
    id = await keep(new Date(Date.now() + DAY_MS));
    const administrator = as(other, 'administrator');
    const later = { expiresAtMs: Date.now() + 2 * DAY_MS };
    expect((await post(administrator, 'expiry', later)).status).toBe(403);
    expect((await post(owner.actor, 'expiry', later)).status).toBe(200);
    expect((await post(administrator, 'expiry', { expiresAtMs: Date.now() + DAY_MS / 2 })).status).toBe(200);
  });

  test('its owner does, whatever her role', async () => {
    for (const role of ['member', 'auditor', 'administrator'] as const) {
      const added = await post(as(owner, role), 'recipients', { add: [other.email] });
      expect(added).toMatchObject({ status: 200, body: { mayWiden: true } });
      await post(owner.actor, 'recipients', { remove: [other.personId] });
    }
  });

  test('a recipient changes nothing', async () => {
    for (const [path, body] of [
      ['recipients', { add: [other.email] }],
      ['recipients', { remove: [owner.personId] }],
      ['expiry', { expiresAtMs: 1 }],
      ['revoke', {}],
    ] as const)
      expect(await post(reader.actor, path, body)).toMatchObject({ status: 403, body: { code: 'files-not-yours' } });
  });
});

test('taking out the keys that open every file is told to everybody who owns one, with the reason', async () => {
  const { db } = database;
  await sql`update files set deleted_at = now(), revoked_at = now() where owner_id <> ${owner.personId}`.execute(db);
  const secrets = secretsOf(new Uint8Array(32));
  const why = 'The server is lost, Mara needs the contact list';
  const keys = await exportKasKeys({ db, secrets, now: Date.now }, { kind: 'system' }, why);
  expect(keys.length).toBe(2);
  const { rows } = await sql`select person_id, kind, what, by_kind from people_notices`.execute(db);
  expect(rows).toEqual([{ person_id: owner.personId, kind: 'keys-exported', what: why, by_kind: 'system' }]);
});

describe('who added whom', () => {
  const addedBy = async (by: Actor, ofFile = id) => {
    actor = by;
    const { file } = (await app.inject(`/api/v1/files/${ofFile}`)).json();
    return Object.fromEntries(
      file.recipients.map(({ personId, addedBy: said }: { personId: string; addedBy: object }) => [personId, said]),
    );
  };

  test('is told to the owner and to administrators, and not to other recipients', async () => {
    await addRecipient(database.db, id, other.personId, { kind: 'person', personId: reader.personId }, Date.now());
    const told = {
      [reader.personId]: { kind: 'owner', person: null },
      [other.personId]: { kind: 'person', person: { displayName: 'rana' } },
    };
    expect(await addedBy(owner.actor)).toMatchObject(told);
    expect(await addedBy(as(other, 'administrator'))).toMatchObject(told);
    expect(await addedBy(reader.actor)).toEqual({ [reader.personId]: null, [other.personId]: null });
  });

  test('of the policy that a token uploaded in her name is told as such', async () => {
    const key = services.keys.publicKeys.get('ec:secp256r1');
    const kas = { publicKey: key?.pem ?? '', kid: key?.kid ?? '' };
    for (const [by, kind] of [
      [token('administrator'), 'token'],
      [owner.actor, 'owner'],
    ] as const) {
      actor = by;
      const { bytes } = await protectPlain({ owner: owner.email, dissem: [reader.email] }, kas, origin);
      const headers = { 'content-type': 'application/octet-stream' };
      const url = '/api/v1/files?title=Sent';
      const sent = await app.inject({ method: 'POST', url, headers, payload: Buffer.from(bytes) });
      expect(await addedBy(owner.actor, sent.json().id)).toEqual({ [reader.personId]: { kind, person: null } });
    }
  });

  test('of recipients from before is taken from the audit log when the server is upgraded, and they stay', async () => {
    const { db } = database;
    const added = (by: Actor, personId: string, fileId = id) =>
      append(db, {
        actor: by,
        action: 'file.recipients.changed',
        object: { type: 'file', id: fileId },
        detail: { added: [personId], removed: [] },
      });
    const byToken = await keep();
    await append(db, {
      actor: token('owner'),
      action: 'file.uploaded',
      object: { type: 'file', id: byToken },
      detail: {},
    });
    const { rows } = await sql<{ at: Date }>`select created_at as at from files where id = ${byToken}`.execute(db);
    await addRecipient(db, byToken, reader.personId, { kind: 'owner' }, rows[0]?.at.getTime() ?? 0);
    const more = await addAccount(db, 'mara');
    await addRecipient(db, id, other.personId, { kind: 'owner' }, Date.now());
    await addRecipient(db, id, more.personId, { kind: 'owner' }, Date.now());
    await added(as(other, 'administrator'), other.personId); // an administrator who added herself
    await added(as(other, 'administrator'), reader.personId);
    await added(owner.actor, reader.personId); // and later the owner
    await added(token('administrator'), more.personId);
    const migration = readFileSync(new URL('../storage/migrations/0074-added-by.sql', import.meta.url), 'utf8');
    await sql.raw(migration.slice(migration.indexOf('update file_recipients'))).execute(db);
    expect(await addedBy(owner.actor)).toEqual({
      [other.personId]: { kind: 'person', person: expect.objectContaining({ displayName: 'omar' }) },
      [reader.personId]: { kind: 'owner', person: null },
      [more.personId]: { kind: 'token', person: null },
    });
    expect(await addedBy(owner.actor, byToken)).toEqual({ [reader.personId]: { kind: 'token', person: null } });
  });
});
