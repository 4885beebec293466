import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Actor } from '../audit/index.ts';
import { addMember, createGroup, createPerson, removeMember } from '../people/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { filesJobs } from './jobs.ts';
import { partOf } from './part-of.ts';
import { insertFile, readFile, setRevoked } from './store.ts';
import { insertGroupShare } from './store-groups.ts';
import { type Account, addAccount } from './testing.ts';
import { confirmWaiting, readWaiting } from './waiting.ts';

const system = { kind: 'system' } as const;
let database: TestDatabase;
let mara: Account;
let emil: Account;
let ada: Account;
let late: Account;
let groupId: string;
let nowMs = Date.now();
const services = () => ({ db: database.db, now: () => nowMs });
type PersonActor = Extract<Actor, { kind: 'person' }>;
const actorOf = (account: Account) => account.actor as PersonActor;

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

/** Mara shares two files with a group, Emil one. */
beforeEach(async () => {
  const { db } = database;
  const at = randomUUID().slice(0, 8);
  nowMs += 1000;
  for (const name of ['mara', 'emil', 'ada', 'late']) {
    const account = await addAccount(db, `${name}-${at}`);
    if (name === 'mara') mara = account;
    else if (name === 'emil') emil = account;
    else if (name === 'ada') ada = account;
    else late = account;
  }
  groupId = (await createGroup(services(), system, `Desk ${at}`)).id;
  await keep(mara, 'Sources');
  await keep(mara, 'Notes');
  await keep(emil, 'Draft');
  nowMs += 1000;
});

async function keep({ personId }: Account, title: string): Promise<string> {
  const policy = { policyUuid: randomUUID(), policySha256: '00', watermark: false, policyEndsAt: null, labels: [] };
  const content = { mediaType: 'text/plain', sizeBytes: 1, protectedBytes: 1, sha256: '00', view: 'client' as const };
  const file = { ...policy, ...content, ownerId: personId, title, createdAt: new Date(nowMs) };
  const id = (await insertFile(database.db, file)) ?? '';
  await insertGroupShare(database.db, id, groupId, nowMs);
  return id;
}

const join = (by: Actor = ada.actor) => addMember(services(), by, groupId, late.personId);

async function leave(): Promise<void> {
  const withoutLosers = (_tx: object, _confirmed: boolean, work: () => Promise<void>) => work();
  await removeMember({ ...services(), withoutLosers }, system, groupId, late.personId, true);
}

/** Runs the jobs that were asked for, each as often as said. */
async function runJobs(times = 1): Promise<number> {
  const { rows } = await database.pool.query<{ payload: object }>(
    `select payload from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
      where t.identifier = 'files.group-grew'`,
  );
  await database.pool.query('delete from graphile_worker._private_jobs');
  const jobs = filesJobs({ ...services(), blobs: undefined as never }); // this job has no use for contents
  for (const { payload } of rows) for (let n = 0; n < times; n++) await jobs['files.group-grew']?.(payload);
  return rows.length;
}

async function told({ personId }: Account): Promise<unknown[]> {
  const { rows } = await sql`select kind, who, by_person_id as "by", about from people_notices
    where person_id = ${personId} order by created_at`.execute(database.db);
  return rows;
}

const notice = () => ({
  ...{ kind: 'group-grew', who: late.email.split('@')[0], by: ada.personId },
  about: { type: 'group', id: groupId, personId: late.personId },
});

describe('a group that files are shared with and that grows', () => {
  test('is told to each owner of such a file once, with who put whom into it', async () => {
    await join();
    expect(await runJobs(2)).toBe(1);
    expect([await told(mara), await told(emil), await told(ada)]).toEqual([[notice()], [notice()], []]);
    await join(); // again, which changes nothing
    expect(await runJobs()).toBe(0);
  });

  test('is told again of who left and came back, and not of who has left meanwhile', async () => {
    await join();
    await runJobs();
    await leave();
    nowMs += 1000;
    await join();
    await runJobs();
    expect(await told(mara)).toEqual([notice(), notice()]);
    await leave();
    nowMs += 1000;
    await join();
    await leave();
    await runJobs();
    expect(await told(mara)).toHaveLength(2);
  });

  test('is told also when somebody is invited into it, and by whom but oneself', async () => {
    const owner = { ...mara.actor, role: 'owner' } as Actor;
    const wanted = { displayName: 'Nora', email: `${randomUUID()}@example.org`, role: 'member', groupIds: [groupId] };
    const at = { ...services(), publicUrl: new URL('http://localhost:8420') };
    await createPerson(at, owner, { ...wanted, role: 'member' });
    await runJobs();
    expect([await told(mara), await told(emil)]).toMatchObject([[], [{ who: 'Nora', by: mara.personId }]]);
    await createPerson(at, owner, { ...wanted, role: 'member' }); // a new link for who is in it already
    expect(await runJobs()).toBe(0);
  });

  test.each([
    ['withdrawn', (id: string) => setRevoked(database.db, id, nowMs)],
    [
      'over',
      (id: string) => sql`update files set expires_at = ${new Date(nowMs)} where id = ${id}`.execute(database.db),
    ],
    [
      'over by its policy',
      (id: string) => sql`update files set policy_ends_at = ${new Date(nowMs)} where id = ${id}`.execute(database.db),
    ],
  ] as const)('is not told, and nobody waits, where every file is %s', async (_, end) => {
    const { rows } = await sql<{ id: string }>`select id from files where owner_id = ${emil.personId}`.execute(
      database.db,
    );
    for (const { id } of rows) await end(id);
    await join();
    await runJobs();
    expect([(await told(mara)).length, await told(emil)]).toEqual([1, []]);
    expect(await readWaiting(services(), actorOf(emil))).toEqual([]);
  });
});

describe('who waits', () => {
  test('is listed to the owner with the files, newest first, and lets open all of them at once', async () => {
    nowMs += 1000;
    const plan = await keep(mara, 'Plan');
    nowMs += 1000;
    await join();
    const items = await readWaiting(services(), actorOf(mara));
    expect(items).toMatchObject([
      {
        group: { id: groupId },
        person: { personId: late.personId, displayName: late.email.split('@')[0] },
        ...{ joinedAtMs: nowMs, fileCount: 3 },
      },
    ]);
    expect(items[0]?.files[0]).toEqual({ id: plan, title: 'Plan' });
    const wanted = { groupId, personId: late.personId };
    expect(await confirmWaiting(services(), actorOf(mara), wanted)).toBe(3);
    expect(await readWaiting(services(), actorOf(mara))).toEqual([]);
    const { rows } = await sql<{ id: string; ownerId: string }>`select f.id, owner_id as "ownerId" from files f
      join file_groups g on g.file_id = f.id where g.group_id = ${groupId}`.execute(database.db);
    for (const { id, ownerId } of rows) {
      const file = await readFile(database.db, id);
      const part = file === undefined ? 'no file' : await partOf(database.db, file, late.personId);
      expect(part).toBe(ownerId === mara.personId ? 'recipient' : 'nobody');
      const { rows: entries } = await sql`select detail from audit_entries where object_id = ${id}
        and action = 'file.recipients.changed'`.execute(database.db);
      expect(entries).toHaveLength(ownerId === mara.personId ? 1 : 0);
    }
    nowMs += 1000;
    await keep(mara, 'After she joined');
    expect(await readWaiting(services(), actorOf(mara))).toEqual([]);
  });

  test.each([
    ['the owner of no file that is shared with the group', () => ada, () => late.personId],
    ['who waits herself', () => late, () => late.personId],
    ['an owner, for who is not in the group', () => mara, () => ada.personId],
  ] as const)('is let in by nobody but the owner: not by %s', async (_, by, whom) => {
    await join();
    await expect(confirmWaiting(services(), actorOf(by()), { groupId, personId: whom() })).rejects.toMatchObject({
      code: 'files-nobody-waits',
    });
    expect((await readWaiting(services(), actorOf(mara))).length).toBe(1);
  });

  test('is not the owner who joins a group that her own file is shared with', async () => {
    await addMember(services(), ada.actor, groupId, mara.personId);
    await runJobs();
    expect([await told(mara), (await told(emil)).length]).toEqual([[], 1]);
    expect(await readWaiting(services(), actorOf(mara))).toEqual([]);
  });
});
