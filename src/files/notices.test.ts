import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen, type Notice } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { changeRecipients } from './sharing.ts';
import { addRecipient, insertFile } from './store.ts';
import { addAccount } from './testing.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
}, 60_000);
afterAll(() => database.close());

test('a change of recipients is told to the owner, to who comes, stays and goes, and to no other member', async () => {
  const { db } = database;
  const [owner, stays, goes, comes] = [
    await addAccount(db, 'olga'),
    await addAccount(db, 'sam'),
    await addAccount(db, 'gita'),
    await addAccount(db, 'cleo'),
  ];
  await addAccount(db, 'nobody');
  const id = await insertFile(db, {
    ...{
      policyUuid: randomUUID(),
      policySha256: '00',
      watermark: false,
      policyEndsAt: null,
      labels: [],
      ownerId: owner.personId,
    },
    ...{ title: 'Sources', mediaType: 'text/plain', sizeBytes: 1, protectedBytes: 1, sha256: '00', view: 'client' },
    createdAt: new Date(),
  });
  for (const { personId } of [stays, goes]) await addRecipient(db, id ?? '', personId, { kind: 'owner' }, Date.now());
  const told: Notice[] = [];
  const listener = await listen(
    database.connection,
    (notice) => told.push(notice),
    () => {},
  );
  await changeRecipients({ db, now: Date.now }, owner.actor, id ?? '', { add: [comes.email], remove: [goes.personId] });
  await expect.poll(() => told.length).toBe(4);
  expect(new Set(told.map(({ ids }) => ids['personId']))).toEqual(
    new Set([owner, stays, goes, comes].map(({ personId }) => personId)),
  );
  expect(told.every(({ topic, ids }) => topic === 'file' && ids['fileId'] === id)).toBe(true);
  await listener.close();
});
