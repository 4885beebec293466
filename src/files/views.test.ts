import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { authorize } from '../access/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { addRecipient, insertFile, insertOpening, setRevoked } from './store.ts';
import { type Account, addAccount, addPhone, auditActions, noPasscode, type Phone, setPasscode } from './testing.ts';
import { endView, renewView } from './views.ts';

let database: TestDatabase;
let owner: Account;
let reader: Account;
let fileId: string;
let viewId: string;
let nowMs = Date.now();
let phone: Phone;
let openedBy: string;

beforeAll(async () => {
  database = await testDatabase();
  [owner, reader] = [await addAccount(database.db, 'olga'), await addAccount(database.db, 'rana')];
  phone = await addPhone(database.db, reader, nowMs);
});
afterAll(() => database.close());

beforeEach(async () => {
  const { db } = database;
  const policyUuid = randomUUID();
  const at = new Date(nowMs);
  const content = { mediaType: 'text/plain', sizeBytes: 1, protectedBytes: 1, sha256: '00', view: 'client' as const };
  const policy = { policyUuid, policySha256: '00', watermark: false, policyEndsAt: null, labels: [] };
  const file = { ...policy, ...content, ownerId: owner.personId, title: 'Sources', createdAt: at };
  fileId = (await insertFile(db, file)) ?? '';
  await addRecipient(db, fileId, reader.personId, { kind: 'owner' }, nowMs);
  viewId = randomUUID();
  const asked = { personId: reader.personId, deviceId: phone.deviceId, action: 'file.open', attributes: [] };
  ({ decisionId: openedBy } = await authorize({ db }, asked, nowMs));
  const opening = { id: viewId, fileId, policyUuid, personId: reader.personId, deviceId: phone.deviceId, at };
  await insertOpening(db, { ...opening, decisionId: openedBy, outcome: 'opened', reasons: [] });
});

const services = () => ({ db: database.db, now: () => nowMs });
const renew = () => renewView(services(), reader.actor, fileId, viewId);
const ends = async () => (await auditActions(database.db)).filter((action) => action === 'file.view.ended').length;

test('renewView() decides anew each time, as what goes on from the decision that opened the view', async () => {
  for (let i = 0; i < 3; i++) await renew();
  nowMs += 60_000;
  await setPasscode(database.db, phone.deviceId, false, nowMs);
  await expect(renew()).rejects.toMatchObject({ code: 'files-refused', reasons: [{ code: noPasscode }] });
  await setPasscode(database.db, phone.deviceId, true, nowMs);
  const { rows } = await sql`select allow from access_decisions where continues = ${openedBy}`.execute(database.db);
  expect(rows).toEqual([{ allow: false }]);
});

test('a refused view has ended for good, once in the log, and its viewer is told why each time', async () => {
  const before = await ends();
  const told = { code: 'files-refused', reasons: [{ code: noPasscode }] };
  await setPasscode(database.db, phone.deviceId, false, nowMs);
  await expect(renew()).rejects.toMatchObject(told);
  await setPasscode(database.db, phone.deviceId, true, nowMs);
  await expect(renew()).rejects.toMatchObject(told);
  expect((await ends()) - before).toBe(1);
});

test('a view of a withdrawn file ends although the decision allows it, and is on record', async () => {
  const before = await ends();
  await setRevoked(database.db, fileId, nowMs);
  await expect(renew()).rejects.toMatchObject({ reasons: [{ code: 'file.revoked' }] });
  expect((await ends()) - before).toBe(1);
});

test('a view ends when its browser is no longer the one of the device', async () => {
  const before = await ends();
  const { db } = database;
  await sql`update devices set browser_key_bound_at = ${new Date(nowMs + 1)} where id = ${phone.deviceId}`.execute(db);
  await expect(renew()).rejects.toMatchObject({ reasons: [{ code: 'device.unknown' }] });
  await sql`update devices set browser_key_bound_at = ${new Date(0)} where id = ${phone.deviceId}`.execute(db);
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
