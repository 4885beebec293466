import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Actor, Role } from '../audit/index.ts';
import { agreeToRequest, carryOutRequest, endRequest } from '../people/requests.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { askForAccess } from './access-request.ts';
import { askForHandover } from './handover-request.ts';
import { partOf } from './part-of.ts';
import { filesRequests } from './routes-requests.ts';
import { changeRecipients } from './sharing.ts';
import { addRecipient, insertFile, listRecipients, readFile, setRevoked } from './store.ts';
import { type Account, addAccount } from './testing.ts';

const HOUR_MS = 3_600_000;
const reason = 'Mara is in hospital, the print run is tonight';
let database: TestDatabase;
let owner: Account;
let reader: Account;
let ada: Account;
let ben: Account;
let id: string;
let nowMs = Date.now();
const services = () => ({ db: database.db, now: () => nowMs, kinds: filesRequests({ now: () => nowMs }) });

async function addWithRole(name: string, role: Role): Promise<Account> {
  const account = await addAccount(database.db, name);
  await sql`update people set role = ${role} where id = ${account.personId}`.execute(database.db);
  return { ...account, actor: { ...account.actor, role } as Actor };
}

beforeAll(async () => {
  database = await testDatabase();
});
afterAll(() => database.close());

beforeEach(async () => {
  const { db } = database;
  await sql`update people set state = 'suspended'`.execute(db); // everybody of the test before
  const at = randomUUID().slice(0, 8);
  owner = await addAccount(db, `mara-${at}`);
  reader = await addAccount(db, `rana-${at}`);
  ada = await addWithRole(`ada-${at}`, 'administrator');
  ben = await addWithRole(`ben-${at}`, 'owner');
  id = await keep(owner);
});

async function keep({ personId }: Account): Promise<string> {
  const policy = { policyUuid: randomUUID(), policySha256: '00', watermark: false, policyEndsAt: null, labels: [] };
  const content = { mediaType: 'text/plain', sizeBytes: 1, protectedBytes: 1, sha256: '00', view: 'client' as const };
  const file = { ...policy, ...content, ownerId: personId, title: 'Sources', createdAt: new Date(nowMs) };
  return (await insertFile(database.db, file)) ?? '';
}

async function part(account: Account): Promise<string> {
  const file = await readFile(database.db, id);
  return file === undefined ? 'no file' : partOf(database.db, file, account.personId);
}

async function told({ personId }: Account): Promise<string[]> {
  const { rows } = await sql<{ kind: string }>`select kind from people_notices where person_id = ${personId}
    order by created_at`.execute(database.db);
  return rows.map(({ kind }) => kind);
}

async function entries(fileId: string): Promise<{ action: string; detail: object }[]> {
  const { rows } = await sql<{ action: string; detail: object }>`select action, detail from audit_entries
    where object_id = ${fileId} order by at`.execute(database.db);
  return rows;
}

const ask = (by: Account, forWhom: Account) => askForAccess(services(), by.actor, id, { email: forWhom.email, reason });

describe('access to somebody else’s file', () => {
  test('is given once a second person agrees; the owner is told at once, and sees by whose word', async () => {
    const request = await ask(ada, ada);
    expect(request.title).toBe('access to the file “Sources”');
    expect([await part(ada), await told(owner)]).toEqual(['nobody', ['request-made']]);
    await expect(agreeToRequest(services(), ada.actor, request.id)).rejects.toMatchObject({
      code: 'people-request-maker',
    });
    expect(await part(ada)).toBe('nobody');
    nowMs += 1;
    await agreeToRequest(services(), ben.actor, request.id);
    expect([await part(ada), await told(owner)]).toEqual(['recipient', ['request-made', 'access-given']]);
    expect(await listRecipients(database.db, [id])).toMatchObject([
      { personId: ada.personId, by: { kind: 'request', personId: ada.personId } },
    ]);
    expect(await entries(id)).toMatchObject([
      {
        action: 'file.access.given',
        detail: { recipientId: ada.personId, requestId: request.id, agreedAs: 'second' },
      },
    ]);
    await changeRecipients(services(), owner.actor, id, { remove: [ada.personId] });
    expect(await part(ada)).toBe('nobody');
  });

  test('is not agreed to by who would get it, and not asked for by members and tokens', async () => {
    const request = await ask(ada, ben);
    expect(request.title).toBe(`access to the file “Sources” for ${ben.email.split('@')[0]}`);
    await expect(agreeToRequest(services(), ben.actor, request.id)).rejects.toMatchObject({
      code: 'people-request-barred',
    });
    expect(await part(ben)).toBe('nobody');
    await expect(ask(reader, reader)).rejects.toMatchObject({ code: 'people-role' });
    const token = { kind: 'token', tokenId: randomUUID(), role: 'owner' } as const;
    await expect(askForAccess(services(), token, id, { email: ada.email, reason })).rejects.toMatchObject({
      code: 'people-request-person',
    });
    await expect(ask({ ...owner, actor: { ...owner.actor, role: 'owner' } as Actor }, reader)).rejects.toMatchObject({
      code: 'people-request-own',
    });
  });

  test('is given by one alone only after the delay, where nobody else can agree', async () => {
    await sql`update people set state = 'suspended' where id = ${ben.personId}`.execute(database.db);
    const request = await ask(ada, ada);
    nowMs += 24 * HOUR_MS - 1;
    await expect(carryOutRequest(services(), ada.actor, request.id)).rejects.toMatchObject({
      code: 'people-request-waits',
    });
    expect(await part(ada)).toBe('nobody');
    nowMs += 1;
    await carryOutRequest(services(), ada.actor, request.id);
    expect(await part(ada)).toBe('recipient');
    expect(await entries(id)).toMatchObject([{ detail: { agreedAs: 'alone' } }]);
  });

  test('is stopped by the owner of the file', async () => {
    const request = await ask(ada, ada);
    await endRequest(services(), owner.actor, request.id);
    await expect(agreeToRequest(services(), ben.actor, request.id)).rejects.toMatchObject({
      code: 'people-request-ended',
    });
    expect(await part(ada)).toBe('nobody');
  });

  test.each([
    ['was withdrawn', () => setRevoked(database.db, id, nowMs), 'files-no-access'],
    [
      'is over',
      () => sql`update files set expires_at = ${new Date(nowMs)} where id = ${id}`.execute(database.db),
      'files-no-access',
    ],
    [
      'has another owner',
      () => sql`update files set owner_id = ${reader.personId} where id = ${id}`.execute(database.db),
      'files-other-owner',
    ],
    [
      'is for somebody who has left',
      () => sql`update people set state = 'suspended' where id = ${reader.personId}`.execute(database.db),
      'files-unknown-recipient',
    ],
  ] as const)('is not given any more when the file %s meanwhile', async (_, meanwhile, code) => {
    const request = await ask(ada, reader);
    await meanwhile();
    await expect(agreeToRequest(services(), ben.actor, request.id)).rejects.toMatchObject({ code });
    expect((await listRecipients(database.db, [id])).length).toBe(0);
  });

  test('is not asked for where there is nothing to give', async () => {
    await expect(ask(ada, { ...ada, email: 'nobody@example.org' })).rejects.toMatchObject({ status: 422 });
    await addRecipient(database.db, id, reader.personId, { kind: 'owner' }, nowMs);
    await expect(ask(ada, reader)).rejects.toMatchObject({ code: 'files-has-access' });
    await expect(ask(ada, owner)).rejects.toMatchObject({ code: 'files-has-access' });
    await sql`update files set labels = '["https://label.example"]'::jsonb where id = ${id}`.execute(database.db);
    await expect(ask(ada, ada)).rejects.toMatchObject({ code: 'files-labelled' });
    await setRevoked(database.db, id, nowMs);
    await expect(ask(ada, ada)).rejects.toMatchObject({ code: 'files-no-access' });
    id = randomUUID();
    await expect(ask(ada, ada)).rejects.toMatchObject({ status: 404 });
  });
});

describe('the files of somebody who has left', () => {
  const handOver = (by: Account, heir: Account) =>
    askForHandover(services(), by.actor, owner.personId, { email: heir.email, reason });

  test('are handed over by two people, and their former owner stays a recipient and is told', async () => {
    const others = await keep(reader);
    await addRecipient(database.db, id, reader.personId, { kind: 'owner' }, nowMs);
    await expect(handOver(ada, reader)).rejects.toMatchObject({ code: 'people-request-state' });
    await sql`update people set state = 'suspended' where id = ${owner.personId}`.execute(database.db);
    const request = await handOver(ada, reader);
    expect(request.title).toBe(
      `another owner for the file of ${owner.email.split('@')[0]}: ${reader.email.split('@')[0]}`,
    );
    expect([await part(reader), await told(owner)]).toEqual(['recipient', ['request-made']]);
    await expect(agreeToRequest(services(), ada.actor, request.id)).rejects.toMatchObject({
      code: 'people-request-maker',
    });
    nowMs += 1;
    await agreeToRequest(services(), ben.actor, request.id);
    expect([await part(reader), await part(owner)]).toEqual(['owner', 'recipient']);
    expect((await readFile(database.db, id))?.recipientIds).toEqual([owner.personId]);
    expect(await told(owner)).toEqual(['request-made', 'access-given']);
    expect([await told(reader), await told(ada)]).toEqual([['files-received'], []]);
    expect(await entries(id)).toMatchObject([
      { action: 'file.owner.changed', detail: { from: owner.personId, to: reader.personId, agreedAs: 'second' } },
    ]);
    expect(await entries(others)).toEqual([]);
  });

  test('are not handed over by who would own them, nor where there are none', async () => {
    await sql`update people set state = 'suspended' where id = ${owner.personId}`.execute(database.db);
    const request = await handOver(ada, ben);
    await expect(agreeToRequest(services(), ben.actor, request.id)).rejects.toMatchObject({
      code: 'people-request-barred',
    });
    expect(await part(owner)).toBe('owner');
    await sql`update people set state = 'suspended' where id = ${reader.personId}`.execute(database.db);
    await expect(
      askForHandover(services(), ada.actor, reader.personId, { email: ben.email, reason }),
    ).rejects.toMatchObject({ code: 'files-none' });
  });
});
