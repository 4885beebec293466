import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addMember, createGroup, createPerson, peopleRoutes, readGroup } from '../people/index.ts';
import { createApp } from '../server/app.ts';
import { readConfig } from '../server/index.ts';
import { secretsOf } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import type { PutAssignmentBody, SettingValue } from './api.ts';
import { assignPolicy, savePolicy } from './edit.ts';
import { withoutLosers } from './losing.ts';
import { findPolicies } from './store.ts';

const SYSTEM = { kind: 'system' } as const;
let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

it('assigning and saving refuse to leave people without a policy until that is confirmed', async () => {
  const { db } = test;
  const services = {
    db,
    publicUrl: new URL('http://localhost'),
    secrets: secretsOf(new Uint8Array(32)),
    now: Date.now,
  };
  const people: string[] = [];
  for (const name of ['Ada', 'Ben', 'Cleo']) {
    const wanted = { displayName: name, email: `${name}@example.org`, role: 'member' } as const;
    people.push((await createPerson(services, SYSTEM, wanted)).person.id);
  }
  const { id: group } = await createGroup(services, SYSTEM, 'Desk');
  await addMember(services, SYSTEM, group, people[0] ?? '');
  const assign = (id: string, body: PutAssignmentBody) => assignPolicy(db, SYSTEM, id, body, 0);
  const save = (
    id: string,
    settings: Record<string, SettingValue>,
    basedOnVersion?: number,
    leaveWithoutPolicy = false,
  ) =>
    savePolicy(
      db,
      SYSTEM,
      id,
      {
        name: 'P',
        description: '',
        settings,
        ...(basedOnVersion === undefined ? {} : { basedOnVersion }),
        leaveWithoutPolicy,
      },
      0,
    );
  const [shipped] = await findPolicies(db);
  const [everyone, nobody] = [
    { everyone: true, groups: [] },
    { everyone: false, groups: [] },
  ];
  const loses = (count: string) => ({ code: 'policies-takes-away', message: expect.stringContaining(count) });

  await expect(assign(shipped?.id ?? '', nobody)).rejects.toMatchObject(loses('3 people lose their'));
  await expect(assign(shipped?.id ?? '', { everyone: false, groups: [group] })).rejects.toMatchObject(
    loses('2 people'),
  );
  expect((await findPolicies(db))[0]?.assignment, 'the refused change is undone').toEqual(everyone);

  const desk = randomUUID();
  await save(desk, { 'passcode.required': true });
  await assign(desk, { everyone: false, groups: [group] });
  await expect(assign(shipped?.id ?? '', nobody)).rejects.toMatchObject(loses('2 people'));
  await assign(shipped?.id ?? '', { ...nobody, leaveWithoutPolicy: true });
  await expect(save(desk, { 'passcode.required': false }, 1)).rejects.toMatchObject(loses('1 person loses her'));
  await save(desk, { 'passcode.required': false }, 1, true);
  await assign(desk, nobody); // nobody who had something loses it
  await assign(shipped?.id ?? '', everyone);

  // The group carries the only policy of its person: it goes, or she goes from it, only when that is confirmed.
  await save(desk, { 'passcode.required': true }, 2);
  await assign(desk, { everyone: false, groups: [group] });
  await assign(shipped?.id ?? '', { ...nobody, leaveWithoutPolicy: true });
  const administrator = { kind: 'token', tokenId: randomUUID(), role: 'administrator' } as const;
  await using app = await createApp(
    { config: readConfig([], {}), authenticate: async () => administrator, requireProof: async () => {} },
    false,
  );
  await peopleRoutes(app, { ...services, withoutLosers, recordPersonLook: async () => {} });
  const member = `/api/v1/groups/${group}/members/${people[0]}`;
  const remove = async (url: string) => {
    const reply = await app.inject({ method: 'DELETE', url });
    return [reply.statusCode, reply.body === '' ? '' : reply.json().detail];
  };
  const refused = [409, expect.stringContaining('1 person loses her')];
  const confirmed = '?leaveWithoutPolicy=true';
  expect(await remove(`/api/v1/groups/${group}`)).toEqual(refused);
  expect(await remove(member)).toEqual(refused);
  expect((await readGroup(services, group)).members, 'the refused changes are undone').toHaveLength(1);
  expect(await remove(`${member}${confirmed}`)).toEqual([204, '']);
  expect(await remove(`/api/v1/groups/${group}`), 'nobody is left in it').toEqual([204, '']);
  const { rows } = await sql<{ action: string }>`select action from audit_entries
    where action in ('people.group.leave', 'people.group.remove') order by at`.execute(db);
  expect(rows.map(({ action }) => action)).toEqual(['people.group.leave', 'people.group.remove']);
});
