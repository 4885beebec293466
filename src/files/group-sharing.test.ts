import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Fastify from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Actor, Role } from '../audit/index.ts';
import { addMember, createGroup, removeMember } from '../people/index.ts';
import { sendProblem } from '../server/problem.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { filesRoutes } from './index.ts';
import type { FilesServices } from './services.ts';
import { type Account, addAccount, addPhone, askForKey, type Phone, protectPlain, testServices } from './testing.ts';

const origin = 'http://localhost:8420';
const app = Fastify();
const system = { kind: 'system' } as const;
let database: TestDatabase;
let folder: string;
let services: FilesServices;
let owner: Account;
let early: Account;
let late: Account;
let actor: Actor;
let groupId: string;
let fileId: string;
let bytes: Uint8Array;
let nowMs = Date.now();
let count = 0;
const phones = new Map<string, Phone>();

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'group-sharing-'));
  const { db } = database;
  [owner, early, late] = [await addAccount(db, 'olga'), await addAccount(db, 'elsa'), await addAccount(db, 'lara')];
  for (const account of [owner, early, late]) phones.set(account.personId, await addPhone(db, account, nowMs));
  services = await testServices(db, folder, origin, { now: () => nowMs });
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  app.decorateRequest('actor', { getter: () => actor });
  await filesRoutes(app, services);
}, 60_000);
afterAll(async () => {
  await app.close();
  await database.close();
  await rm(folder, { recursive: true, force: true });
});

const join_ = ({ personId }: Account) => addMember(services, system, groupId, personId);
const leave = ({ personId }: Account) => {
  const guarded = {
    ...services,
    withoutLosers: (_tx: object, _confirmed: boolean, work: () => Promise<void>) => work(),
  };
  return removeMember(guarded, system, groupId, personId, true);
};

/** A file of the owner that is shared with a group of the owner and one more; the third joins it later. */
beforeEach(async () => {
  count += 1;
  nowMs += 1000;
  groupId = (await createGroup(services, system, `Desk ${count}`)).id;
  await join_(owner);
  await join_(early);
  nowMs += 1000;
  const key = services.keys.publicKeys.get('ec:secp256r1');
  const kas = { publicKey: key?.pem ?? '', kid: key?.kid ?? '' };
  ({ bytes } = await protectPlain({ owner: owner.email }, kas, origin));
  const headers = { 'content-type': 'application/octet-stream' };
  actor = owner.actor;
  const url = '/api/v1/files?title=Sources';
  fileId = (await app.inject({ method: 'POST', url, headers, payload: Buffer.from(bytes) })).json().id;
  expect((await change(owner.actor, { addGroups: [groupId] })).status).toBe(200);
  nowMs += 1000;
});

async function change(by: Actor, payload: object) {
  actor = by;
  const reply = await app.inject({ method: 'POST', url: `/api/v1/files/${fileId}/recipients`, payload });
  return { status: reply.statusCode, body: reply.json() };
}

const confirm = (by: Actor, { personId }: Account) => change(by, { confirm: [{ groupId, personId }] });

/** Whether she gets the key, sees the record and finds it in her list: always the same. */
async function opens(account: Account): Promise<boolean> {
  const phone = phones.get(account.personId);
  if (phone === undefined) throw new Error('no phone');
  const reply = await askForKey(app, services, account, phone, bytes);
  actor = account.actor;
  const seen = (await app.inject(`/api/v1/files/${fileId}`)).statusCode === 200;
  const { items } = (await app.inject('/api/v1/files?scope=shared')).json();
  const listed = items.some(({ id }: { id: string }) => id === fileId);
  const opened = reply.statusCode === 200;
  if (!opened) expect(reply.json().reasons).toMatchObject([{ code: 'file.not-recipient' }]);
  expect([seen, listed]).toEqual([opened, opened]);
  return opened;
}

const asRole = (account: Account, role: Role): Actor => ({ ...account.actor, role }) as Actor;

describe('a file that is shared with a group', () => {
  test('opens for who is in it, and for nobody who has left it', async () => {
    expect([await opens(early), await opens(late)]).toEqual([true, false]);
    await leave(early);
    expect(await opens(early)).toBe(false);
  });

  test('stays closed to who joins later until its owner confirms her, and she alone can', async () => {
    await join_(late);
    expect(await opens(late)).toBe(false);
    for (const by of [
      asRole(early, 'owner'),
      asRole(late, 'administrator'),
      { kind: 'token', tokenId: 't', role: 'owner' } as const,
    ])
      expect(await confirm(by, late)).toMatchObject({ status: 403, body: { code: 'files-owner-widens' } });
    expect(await opens(late)).toBe(false);
    expect((await confirm(owner.actor, late)).status).toBe(200);
    expect([await opens(late), await opens(early)]).toEqual([true, true]);
  });

  test('asks the owner again about who left the group and came back', async () => {
    await leave(early);
    nowMs += 1000;
    await join_(early);
    expect(await opens(early)).toBe(false);
    await confirm(owner.actor, early);
    expect(await opens(early)).toBe(true);
    nowMs += 1000;
    await leave(early);
    await join_(early);
    expect(await opens(early)).toBe(false);
  });

  test('is not shared anew by sharing it with the same group again', async () => {
    await join_(late);
    nowMs += 1000;
    await change(owner.actor, { addGroups: [groupId] });
    expect(await opens(late)).toBe(false);
  });

  test('is taken from all by an administrator, who shares it with no group', async () => {
    const administrator = asRole(late, 'administrator');
    expect((await change(administrator, { removeGroups: [groupId] })).status).toBe(200);
    expect(await opens(early)).toBe(false);
    expect(await change(administrator, { addGroups: [groupId] })).toMatchObject({
      status: 403,
      body: { code: 'files-owner-widens' },
    });
  });

  test('shows its owner and administrators who waits, and others nothing of the group', async () => {
    await join_(late);
    const groupsFor = async (by: Actor) => {
      actor = by;
      return (await app.inject(`/api/v1/files/${fileId}`)).json().file.groups;
    };
    const waits = [{ groupId, name: `Desk ${count}`, members: 2, pending: [{ personId: late.personId }] }];
    expect(await groupsFor(owner.actor)).toMatchObject(waits);
    expect(await groupsFor(asRole(late, 'administrator'))).toMatchObject(waits);
    expect(await groupsFor(early.actor)).toEqual([]);
    await confirm(owner.actor, late);
    expect(await groupsFor(owner.actor)).toMatchObject([{ members: 3, pending: [] }]);
  });

  test('is shared with groups that its owner is in, and confirms who waits', async () => {
    const unknown = { status: 422, body: { code: 'files-unknown-group' } };
    const other = (await createGroup(services, system, `Others ${count}`)).id;
    expect(await change(owner.actor, { addGroups: [other] })).toMatchObject(unknown);
    expect(await change(owner.actor, { addGroups: [crypto.randomUUID()] })).toMatchObject(unknown);
    expect(await change(asRole(owner, 'auditor'), { addGroups: [crypto.randomUUID()] })).toMatchObject(unknown);
    expect((await change(asRole(owner, 'auditor'), { addGroups: [other] })).status).toBe(200);
    expect(await confirm(owner.actor, late)).toMatchObject({ status: 422, body: { code: 'files-nobody-waits' } });
    expect(await opens(late)).toBe(false);
  });
});
