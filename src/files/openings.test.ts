import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Actor } from '../audit/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import type { OpeningList } from './api.ts';
import { filesRoutes } from './index.ts';
import { insertFile, insertOpening } from './store.ts';
import { type Account, addAccount, testServices } from './testing.ts';

const app = Fastify();
const looked: { actor: Actor; deviceId: string; what: string }[] = [];
const [phone, tablet] = [randomUUID(), randomUUID()];
let database: TestDatabase;
let folder: string;
let reader: Account;
let auditor: Actor;

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'openings-'));
  const { db } = database;
  const owner = await addAccount(db, 'olga');
  reader = await addAccount(db, 'rana');
  auditor = { kind: 'person', personId: owner.personId, role: 'auditor', sessionId: 's' };
  app.decorateRequest('actor', { getter: () => auditor });
  const recordLook = async (by: Actor, deviceId: string, what: string): Promise<void> => {
    looked.push({ actor: by, deviceId, what });
  };
  await filesRoutes(app, await testServices(db, folder, 'http://localhost:8420', { recordLook }));
  const policyUuid = randomUUID();
  const fileId = await insertFile(db, {
    ...{
      policyUuid,
      policySha256: '00',
      watermark: false,
      policyEndsAt: null,
      labels: [],
      ownerId: owner.personId,
      title: 'Sources',
    },
    ...{
      mediaType: 'text/plain',
      sizeBytes: 1,
      protectedBytes: 1,
      sha256: '00',
      view: 'client',
      createdAt: new Date(),
    },
  });
  for (let n = 0; n < 6; n++) {
    await insertOpening(db, {
      ...{ id: randomUUID(), fileId: n === 0 ? null : (fileId ?? null), policyUuid, decisionId: null },
      ...{ personId: n === 5 ? owner.personId : reader.personId, deviceId: n % 2 === 0 ? phone : tablet },
      ...(n === 3 ? { outcome: 'refused', reasons: ['threat.trace'] } : { outcome: 'opened', reasons: [] }),
      at: new Date(Date.UTC(2026, 10, 24, n < 4 ? n : 3)), // three at the same moment
    });
  }
}, 60_000);
afterAll(async () => {
  await app.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const list = async (query: string): Promise<OpeningList> =>
  (await app.inject(`/api/v1/files/openings?${query}`)).json();

test('openings are listed by person and by device, newest first, page by page, and each look is written down', async () => {
  const ofReader = (await list(`personId=${reader.personId}`)).items;
  expect(ofReader).toHaveLength(5);
  expect(ofReader.every(({ person }) => person?.personId === reader.personId)).toBe(true);
  expect(ofReader.at(-1)).toMatchObject({ fileId: null, title: null, outcome: 'opened' });
  expect(looked.map(({ deviceId, what }) => `${deviceId} ${what}`).sort()).toEqual(
    [`${phone} files opened`, `${tablet} files opened`].sort(),
  );
  expect((await list(`deviceId=${tablet}`)).items.map(({ deviceId }) => deviceId)).toEqual([tablet, tablet, tablet]);
  expect((await list(`deviceId=${tablet}&personId=${reader.personId}`)).items).toMatchObject([
    { outcome: 'refused', reasons: ['threat.trace'], title: 'Sources' },
    { outcome: 'opened' },
  ]);

  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await list(`limit=2${after === undefined ? '' : `&after=${after}`}`);
    seen.push(...page.items.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  expect([seen.length, new Set(seen).size]).toEqual([6, 6]);
});
