import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readAtOf } from '../base/index.ts';
import { readContainer, type TdfPolicy } from '../formats/tdf/index.ts';
import { sendProblem } from '../server/problem.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { acceptUpload } from './accept-upload.ts';
import { filesJobs, filesRoutes } from './index.ts';
import { policySha256 } from './policy-hash.ts';
import type { FilesServices } from './services.ts';
import { addRecipient, insertFile } from './store.ts';
import { type Account, addAccount, addPhone, askForKey, type Phone, protectPlain, testServices } from './testing.ts';
import { renewView } from './views.ts';

const LABEL = 'https://example.org/attr/label/value/secret';
const origin = 'http://localhost:8420';
const app = Fastify();
let database: TestDatabase;
let folder: string;
let services: FilesServices;
let owner: Account;
let reader: Account;
let as: Account;
const phones = new Map<string, Phone>();

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'labels-'));
  owner = await addAccount(database.db, 'olga');
  reader = await addAccount(database.db, 'rana');
  for (const account of [owner, reader]) phones.set(account.personId, await addPhone(database.db, account));
  services = await testServices(database.db, folder, origin);
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  app.decorateRequest('actor', { getter: () => as.actor });
  await filesRoutes(app, services);
}, 60_000);
afterAll(async () => {
  await app.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

async function protect(policy: Partial<TdfPolicy>): Promise<Uint8Array> {
  const key = services.keys.publicKeys.get('ec:secp256r1');
  return (await protectPlain(policy, { publicKey: key?.pem ?? '', kid: key?.kid ?? '' }, origin)).bytes;
}

/** Status and codes of the reasons when this person asks for the key; the id of the view when she gets it. */
async function ask(account: Account, bytes: Uint8Array): Promise<{ answer: unknown[]; viewId: string }> {
  const phone = phones.get(account.personId);
  if (phone === undefined) throw new Error('no phone');
  const reply = await askForKey(app, services, account, phone, bytes);
  const body = reply.json();
  return {
    answer: [reply.statusCode, ...(body.reasons ?? []).map(({ code }: { code: string }) => code)],
    viewId: body.responses?.[0]?.results[0]?.metadata?.pavise?.viewId ?? '',
  };
}

const get = async (who: Account, path: string) => {
  as = who;
  return (await app.inject(`/api/v1/files${path}`)).json();
};

/** A file as a version kept it that read no labels. */
async function keepOld(bytes: Uint8Array, policyUuid: string): Promise<string> {
  const { db, blobs } = services;
  const { manifest } = await readContainer(readAtOf(bytes), bytes.length);
  const body = async function* () {
    yield bytes;
  };
  const { hash, sizeBytes } = await blobs.put(body(), bytes.length);
  const policy = { policyUuid, policySha256: policySha256(manifest.policy), watermark: false, policyEndsAt: null };
  const content = { mediaType: 'text/plain', sizeBytes: 1, protectedBytes: sizeBytes, sha256: hash, labels: null };
  const file = { ...policy, ...content, view: 'client', title: 'Old', createdAt: new Date() } as const;
  const id = (await insertFile(db, { ...file, ownerId: owner.personId })) ?? '';
  await addRecipient(db, id, reader.personId, { kind: 'owner' }, Date.now());
  return id;
}

describe('a label that nothing judges', () => {
  test('of a file that was never uploaded refuses its recipients and not its owner', async () => {
    const bytes = await protect({ owner: owner.email, dissem: [reader.email], attributes: [LABEL] });
    expect((await ask(owner, bytes)).answer).toEqual([200]);
    expect((await ask(reader, bytes)).answer).toEqual([403, 'file.label-unknown']);
    const without = await protect({ owner: owner.email, dissem: [reader.email] });
    expect((await ask(reader, without)).answer).toEqual([200]);
  });

  test('is refused when a file is uploaded', async () => {
    const bytes = await protect({ owner: owner.email, attributes: [LABEL] });
    const body = async function* () {
      yield bytes;
    };
    await expect(acceptUpload(services, owner.actor, 'Labelled', body())).rejects.toMatchObject({
      code: 'files-unknown-label',
      status: 422,
    });
  });

  test('of a file from before refuses its recipients at once, and is read and listed once', async () => {
    const { db } = database;
    const plainUuid = randomUUID();
    const plainId = await keepOld(await protect({ uuid: plainUuid, owner: owner.email }), plainUuid);
    const uuid = randomUUID();
    const bytes = await protect({ uuid, owner: owner.email, dissem: [reader.email], attributes: [LABEL] });
    const id = await keepOld(bytes, uuid);
    const goneId = await keepOld(await protect({ owner: owner.email }), randomUUID());
    await sql`update files set sha256 = ${'0'.repeat(64)} where id = ${goneId}`.execute(db);
    expect((await ask(reader, bytes)).answer, 'by the policy, before the job has run').toEqual([
      403,
      'file.label-unknown',
    ]);

    const jobs = filesJobs(services);
    for (let n = 0; n < 2; n++) await jobs['files.read-labels']?.({});
    const { rows } = await sql`select object_id, detail from audit_entries
      where action = 'file.labels.unknown'`.execute(db);
    expect(rows).toEqual([{ object_id: id, detail: { labels: 1, recipients: 1 } }]);
    const administrator = { ...owner, actor: { ...owner.actor, role: 'administrator' } as Account['actor'] };
    const listed = await get(administrator, '?scope=all&labelled=true');
    expect(listed.items).toMatchObject([{ id, labels: [LABEL] }]);
    expect((await get(owner, `/${plainId}`)).file).toMatchObject({ labels: [] });
    expect((await ask(reader, bytes)).answer).toEqual([403, 'file.label-unknown']);
    expect((await ask(owner, bytes)).answer).toEqual([200]);
  });

  test('ends the running view of a recipient and not the one of the owner', async () => {
    const uuid = randomUUID();
    const bytes = await protect({ uuid, owner: owner.email, dissem: [reader.email] });
    const id = await keepOld(bytes, uuid);
    const views = [await ask(owner, bytes), await ask(reader, bytes)];
    await sql`update files set labels = ${JSON.stringify([LABEL])}::jsonb where id = ${id}`.execute(database.db);
    await renewView(services, owner.actor, id, views[0]?.viewId ?? '');
    await expect(renewView(services, reader.actor, id, views[1]?.viewId ?? '')).rejects.toMatchObject({
      reasons: [{ code: 'file.label-unknown' }],
    });
  });
});
