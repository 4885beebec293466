import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import type { Authorize } from './services.ts';
import { addRecipient, insertFile, insertOpening, setRevoked } from './store.ts';
import { type Account, addAccount, auditActions, traced } from './testing.ts';
import { endView, renewView } from './views.ts';

let database: TestDatabase;
let owner: Account;
let reader: Account;
let fileId: string;
let viewId: string;
let nowMs = Date.now();
let refuse = false;
let bound = true;
const openedBy = randomUUID();
const asked: Parameters<Authorize>[0][] = [];
const authorize: Authorize = async (request) => {
  asked.push(request);
  return { allow: !refuse, decisionId: randomUUID(), reasons: refuse ? [traced] : [] };
};

beforeAll(async () => {
  database = await testDatabase();
  [owner, reader] = [await addAccount(database.db, 'olga'), await addAccount(database.db, 'rana')];
});
afterAll(() => database.close());

beforeEach(async () => {
  const { db } = database;
  [refuse, bound] = [false, true];
  asked.length = 0;
  const policyUuid = randomUUID();
  const at = new Date(nowMs);
  const content = { mediaType: 'text/plain', sizeBytes: 1, protectedBytes: 1, sha256: '00', view: 'client' as const };
  const policy = { policyUuid, policySha256: '00', watermark: false, policyEndsAt: null };
  const file = { ...policy, ...content, ownerId: owner.personId, title: 'Sources', createdAt: at };
  fileId = (await insertFile(db, file)) ?? '';
  await addRecipient(db, fileId, reader.personId, nowMs);
  viewId = randomUUID();
  const opening = { id: viewId, fileId, policyUuid, personId: reader.personId, deviceId: randomUUID(), at };
  await insertOpening(db, { ...opening, decisionId: openedBy, outcome: 'opened', reasons: [] });
});

const services = () => ({ db: database.db, now: () => nowMs, authorize, browserBoundSince: async () => bound });
const renew = () => renewView(services(), reader.actor, fileId, viewId);
const ends = async () => (await auditActions(database.db)).filter((action) => action === 'file.view.ended').length;

test('renewView() asks for a decision each time and says which one opened the view', async () => {
  for (let i = 0; i < 3; i++) await renew();
  expect(asked.map(({ continues }) => continues)).toEqual([openedBy, openedBy, openedBy]);
});

test('a refused view has ended for good, once in the log, and its viewer is told why each time', async () => {
  const before = await ends();
  refuse = true;
  await expect(renew()).rejects.toMatchObject({ code: 'files-refused', reasons: [traced] });
  refuse = false;
  await expect(renew()).rejects.toMatchObject({ code: 'files-refused', reasons: [traced] });
  expect([asked.length, (await ends()) - before]).toEqual([1, 1]);
});

test('a view of a withdrawn file ends although the decision allows it, and is on record', async () => {
  const before = await ends();
  await setRevoked(database.db, fileId, nowMs);
  await expect(renew()).rejects.toMatchObject({ reasons: [{ code: 'file.revoked' }] });
  expect((await ends()) - before).toBe(1);
});

test('a view ends when its browser is no longer the one of the device', async () => {
  const before = await ends();
  bound = false;
  await expect(renew()).rejects.toMatchObject({ reasons: [{ code: 'device.unknown' }] });
  expect((await ends()) - before).toBe(1);
});

test('endView() ends a closed view once, and only for who opened it', async () => {
  const before = await ends();
  await expect(endView(services(), owner.actor, fileId, viewId)).rejects.toMatchObject({ status: 404 });
  await endView(services(), reader.actor, fileId, viewId);
  await endView(services(), reader.actor, fileId, viewId);
  await expect(renew()).rejects.toMatchObject({ code: 'files-view-ended' });
  expect((await ends()) - before).toBe(1);
});

test('a view that missed its renewals has ended', async () => {
  nowMs += 61_000;
  await expect(renew()).rejects.toMatchObject({ code: 'files-view-ended' });
});
