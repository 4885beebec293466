import { sql } from 'kysely';
import { afterAll, beforeEach, expect, test } from 'vitest';
import type { Actor } from '../audit/index.ts';
import type { RequestItem } from './api.ts';
import { createToken } from './index.ts';
import { askForRecovery, recoveryRequest } from './recovery-request.ts';
import { agreeToRequest, carryOutRequest } from './requests.ts';
import {
  type Answer,
  type Joined,
  openPeopleBench,
  type PeopleBench,
  softwareAuthenticator,
  tokenOf,
} from './testing.ts';
import { setTwoPeople } from './two-people.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

let bench: PeopleBench;
let owner: Joined;
let admin: Joined;
let other: Joined;
let member: Joined;
let since: Date | undefined;
let tests = 0;
beforeEach(async () => {
  // Joining is limited by address: every few tests have a server of their own.
  if (tests++ % 8 === 0) {
    await bench?.[Symbol.asyncDispose]();
    bench = await openPeopleBench();
  }
  const { db } = bench.database;
  await sql`delete from people_two_people`.execute(db);
  await sql`delete from people`.execute(db);
  since = (await sql<{ at: Date }>`select clock_timestamp() as at`.execute(db)).rows[0]?.at;
  owner = await bench.setUp();
  admin = await bench.join('administrator', 'Ben', owner.cookie);
  other = await bench.join('administrator', 'Cleo', owner.cookie);
  member = await bench.join('member', 'Emil', owner.cookie);
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const as = (who: { cookie: string }) => ({ cookie: who.cookie });
const ask = (who: { cookie: string }, of: Joined = member, reason = 'He lost his phone'): Promise<Answer> =>
  bench.call('POST', `/api/v1/people/${of.id}/recovery`, { reason }, as(who));
const step = (name: string, id: unknown, who: { cookie: string }): Promise<Answer> =>
  bench.call('POST', `/api/v1/requests/${String(id)}/${name}`, undefined, as(who));
async function concerning(who: { cookie: string }): Promise<RequestItem[]> {
  return (await bench.call('GET', '/api/v1/me/requests', undefined, as(who))).body['items'] ?? [];
}
async function outlook(who: Joined, of: Joined, more = ''): Promise<unknown> {
  const query = `kind=people.recovery&personId=${of.id}${more}`;
  return (await bench.call('GET', `/api/v1/requests/outlook?${query}`, undefined, as(who))).body;
}
async function again(who: Joined): Promise<Joined> {
  return { ...who, cookie: (await bench.signIn(who.authenticator)).cookie };
}
async function entries(action: string): Promise<unknown[]> {
  const { rows } = await sql<{ detail: unknown }>`select detail from audit_entries
    where action = ${action} and at > ${since} order by at`.execute(bench.database.db);
  return rows.map(({ detail }) => detail);
}
const code = ({ status, body }: Answer): unknown => body['code'] ?? status;

test('an administrator makes no link to a member’s account by herself: she asks, another agrees, and the link is hers once', async () => {
  const alone = await bench.call('POST', `/api/v1/people/${member.id}/link`, undefined, as(admin));
  expect(code(alone)).toBe('people-link-joined');
  const asked = await ask(admin);
  expect(asked).toMatchObject({
    status: 201,
    body: {
      ...{ kind: 'people.recovery', reason: 'He lost his phone', standing: 'waiting', aloneFromMs: null, agreed: null },
      person: { id: member.id, displayName: 'Emil' },
      maker: { id: admin.id, displayName: 'Ben' },
      others: ['Ada', 'Cleo'],
      expiresAtMs: bench.clock.nowMs + 7 * DAY_MS,
      may: { agree: false, confirm: false, carryOut: false, end: 'withdraw' },
    },
  });
  const id = asked.body['id'];
  expect(code(await ask(other))).toBe('people-request-open');
  expect(code(await step('carry-out', id, admin))).toBe('people-request-waits');
  expect(code(await step('agree', id, admin))).toBe('people-request-maker');
  expect(code(await step('agree', id, await again(admin)))).toBe('people-request-maker');
  expect(code(await step('carry-out', id, other))).toBe('people-request-not-maker');
  expect((await step('agree', id, other)).status).toBe(204);
  expect(code(await step('agree', id, owner))).toBe('people-request-agreed');

  const done = await step('carry-out', id, admin);
  const link = String(done.body['result']?.['link']);
  expect(done.body).toEqual({
    result: { kind: 'passkey', link: expect.stringMatching(/join\?token=/), expiresAtMs: bench.clock.nowMs + DAY_MS },
  });
  expect(code(await step('carry-out', id, admin)), 'replayed').toBe('people-request-ended');
  expect((await bench.call('GET', '/api/v1/me', undefined, as(member))).status, 'her session has ended').toBe(401);
  const back = await bench.register('join', { token: tokenOf(link) }, softwareAuthenticator('http://localhost:8443'));
  expect((await bench.call('GET', '/api/v1/me', undefined, as(back))).body).toMatchObject({ id: member.id });
  expect(await entries('people.request.carry-out')).toMatchObject([{ kind: 'people.recovery', agreedAs: 'second' }]);
  expect(await entries('people.recovery.offer')).toMatchObject([{ agreedAs: 'second', endedSessions: 1 }]);
});

test('the person concerned is told at once, reads who asks and why, and stops it; or agrees in a browser of hers', async () => {
  const { body: first } = await ask(admin);
  const notices = await bench.call('GET', '/api/v1/me/notices', undefined, as(member));
  expect(notices.body['items']).toMatchObject([
    { kind: 'request-made', by: { name: 'Ben' }, about: { type: 'request', id: first['id'] }, untilMs: null },
  ]);
  expect(await concerning(member)).toMatchObject([
    { reason: 'He lost his phone', may: { agree: false, confirm: true, carryOut: false, end: 'stop' } },
  ]);
  expect(code(await step('agree', first['id'], member)), 'agreeing is for administrators').toBe('role-missing');
  expect((await step('end', first['id'], member)).status).toBe(204);
  expect(code(await step('agree', first['id'], other))).toBe('people-request-ended');
  expect(code(await step('carry-out', first['id'], admin))).toBe('people-request-ended');

  const { body: second } = await ask(admin);
  expect(code(await step('confirm', second['id'], other))).toBe('people-request-role');
  expect(code(await step('confirm', second['id'], admin))).toBe('people-request-role');
  expect((await step('confirm', second['id'], member)).status).toBe(204);
  expect((await step('carry-out', second['id'], admin)).status).toBe(200);
  expect(await entries('people.request.end')).toMatchObject([{ ending: 'stopped' }]);
  expect(await entries('people.recovery.offer')).toMatchObject([{ agreedAs: 'person' }]);
});

test('a link that was made is stopped by the person concerned as long as nobody used it', async () => {
  const made = async () => {
    bench.clock.nowMs += 1000;
    const { body } = await ask(await again(admin));
    await step('agree', body['id'], await again(other));
    const done = await step('carry-out', body['id'], await again(admin));
    return [String(body['id']), tokenOf(done.body['result']?.['link'])] as const;
  };
  const [first, token] = await made();
  const her = await again(member);
  expect(await concerning(her)).toMatchObject([{ standing: 'done', may: { end: 'stop' } }]);
  expect((await step('end', first, her)).status).toBe(204);
  expect(await concerning(her)).toMatchObject([{ standing: 'stopped', may: { end: null } }]);
  expect(code(await bench.call('POST', '/api/v1/join/options', { token }))).toBe('people-invitation');
  expect(code(await step('end', first, her))).toBe('people-request-ended');
  expect(await entries('people.request.end')).toMatchObject([{ ending: 'stopped', takenBack: true }]);

  const [second, used] = await made();
  const key = softwareAuthenticator('http://localhost:8443');
  const back = await bench.register('join', { token: used }, key);
  expect(code(await step('end', second, back)), 'too late').toBe('people-request-ended');
  bench.clock.nowMs += DAY_MS;
  const [item] = await concerning(await again({ ...member, authenticator: key }));
  expect(item).toMatchObject({ id: second, standing: 'done', may: { end: null } });
});

test('API tokens count for nobody: they neither ask nor agree, carry out or end, nor set the times', async () => {
  const { token } = await createToken(
    bench.services,
    { kind: 'system' },
    { name: 't', role: 'owner', expiresInDays: 1 },
  );
  const headers = { authorization: `Bearer ${token}` };
  const { body } = await ask(admin);
  const url = `/api/v1/requests/${String(body['id'])}`;
  const call = async (path: string, payload?: object, method: 'POST' | 'PUT' = 'POST') =>
    code(await bench.call(method, path, payload, headers));
  expect([
    await call(`/api/v1/people/${member.id}/recovery`, { reason: 'because' }),
    await call(`/api/v1/people/${member.id}/link`),
    await call(`${url}/agree`),
    await call(`${url}/carry-out`),
    await call(`${url}/end`),
    await call(`${url}/confirm`),
    await call('/api/v1/two-people', { aloneDelayHours: 1, recoveryHoldHours: 1 }, 'PUT'),
  ]).toEqual([
    'passkey-token',
    'passkey-token',
    'passkey-token',
    'passkey-token',
    'people-request-role',
    'people-not-a-person',
    'passkey-token',
  ]);
});

test('a token is refused by the mechanism itself, too: as maker, as second person, as who carries out or sets the times', async () => {
  const services = { ...bench.services, kinds: [recoveryRequest(bench.services)] };
  const token: Actor = { kind: 'token', tokenId: crypto.randomUUID(), role: 'owner' };
  const { body } = await ask(admin);
  const tries = [
    () => askForRecovery(services, token, other.id, 'because'),
    () => agreeToRequest(services, token, String(body['id'])),
    () => carryOutRequest(services, token, String(body['id'])),
    () => setTwoPeople(services, token, { aloneDelayHours: 1, recoveryHoldHours: 1 }),
  ];
  for (const attempt of tries) await expect(attempt()).rejects.toMatchObject({ code: 'people-request-person' });
});

test('who is asked about somebody above a member, about herself, or about somebody who may not sign in', async () => {
  expect(code(await ask(admin, owner))).toBe('people-role');
  expect(code(await ask(admin, other))).toBe('people-role');
  expect(code(await ask(admin, admin))).toBe('people-request-own');
  expect(code(await ask(admin, { ...member, id: crypto.randomUUID() }))).toBe('people-unknown');
  await bench.call('PATCH', `/api/v1/people/${member.id}`, { state: 'suspended' }, as(owner));
  expect(code(await ask(admin))).toBe('people-request-state');
});

test('of an owner only owners agree; where there is no other one, the one who asks waits, and is no longer alone once there is', async () => {
  const second = await bench.join('owner', 'Dora', owner.cookie);
  const { body } = await ask(second, owner);
  expect(body).toMatchObject({ others: [], aloneFromMs: bench.clock.nowMs + DAY_MS, standing: 'waiting' });
  expect(code(await step('agree', body['id'], admin))).toBe('people-request-role');
  expect((await concerning(owner))[0]).toMatchObject({ aloneFromMs: bench.clock.nowMs + DAY_MS });
  const third = await bench.join('owner', 'Fee', owner.cookie);
  bench.clock.nowMs += DAY_MS;
  expect(code(await step('carry-out', body['id'], await again(second)))).toBe('people-request-second');
  expect((await step('agree', body['id'], await again(third))).status).toBe(204);
  expect((await step('carry-out', body['id'], await again(second))).status).toBe(200);
});

/** Who could have agreed was suspended longer ago than the three days for which she still keeps others from acting alone. */
async function longAgo(): Promise<void> {
  await bench.database.pool.query('update people set could_agree_until = null');
}

test('who is the only one acts alone after the delay, which she sees before; the entry says so', async () => {
  for (const who of [admin, other]) {
    await bench.call('PATCH', `/api/v1/people/${who.id}`, { state: 'suspended' }, as(owner));
  }
  await longAgo();
  const always = { gainer: null, personActive: true, personMayAgree: true, recoveryHoldHours: 24 };
  expect(await outlook(owner, member)).toEqual({ ...always, others: [], aloneDelayHours: 24 });
  const { body } = await ask(owner);
  bench.clock.nowMs += DAY_MS - 1;
  let late = await again(owner);
  expect(code(await step('carry-out', body['id'], late))).toBe('people-request-waits');
  bench.clock.nowMs += 1;
  late = await again(owner);
  expect((await step('carry-out', body['id'], late)).status).toBe(200);
  expect(await entries('people.request.carry-out')).toMatchObject([{ agreedAs: 'alone' }]);
  expect(await entries('people.recovery.offer')).toMatchObject([{ agreedAs: 'alone' }]);
  const list = await bench.call('GET', `/api/v1/requests?personId=${member.id}`, undefined, as(late));
  expect(list.body['items']).toMatchObject([{ standing: 'done', ended: { by: 'Ada', alone: true } }]);
});

test('who would gain by it is not among who could agree, and who cannot sign in does not agree herself', async () => {
  await bench.call('PATCH', `/api/v1/people/${other.id}`, { state: 'suspended' }, as(owner));
  await longAgo();
  expect(await outlook(admin, member, '&email=Nobody@example.org')).toMatchObject({ gainer: null, others: ['Ada'] });
  expect(await outlook(admin, member, '&email=Ada@example.org')).toMatchObject({
    ...{ gainer: { id: owner.id, displayName: 'Ada' }, others: [], aloneDelayHours: 24 },
  });
  expect(await outlook(admin, member, '&email=ben@example.org')).toMatchObject({ others: ['Ada'] });
  expect(await outlook(owner, other)).toMatchObject({ personActive: false, personMayAgree: false });
});

test('the person stops who acts alone while the delay runs', async () => {
  for (const who of [admin, other]) {
    await bench.call('PATCH', `/api/v1/people/${who.id}`, { state: 'suspended' }, as(owner));
  }
  const { body } = await ask(owner);
  bench.clock.nowMs += DAY_MS - 1;
  expect((await step('end', body['id'], await again(member))).status).toBe(204);
  bench.clock.nowMs += 1;
  expect(code(await step('carry-out', body['id'], await again(owner)))).toBe('people-request-ended');
});

test.each([
  ['its maker', () => admin],
  ['the person concerned', () => member],
  ['who agreed', () => other],
])('a request ends when the role of %s changes, also when it changes back', async (_who, whose) => {
  const { body } = await ask(admin);
  await step('agree', body['id'], other);
  const role = whose() === member ? 'member' : 'administrator';
  const change = (to: string) => bench.call('PATCH', `/api/v1/people/${whose().id}`, { role: to }, as(owner));
  expect((await change('investigator')).status).toBe(200);
  expect((await change(role)).status).toBe(200);
  expect(code(await step('carry-out', body['id'], await again(admin)))).toBe('people-request-ended');
  expect(await entries('people.request.lapse')).toMatchObject([{ changedPersonId: whose().id }]);
  expect((await ask(await again(admin))).status, 'it may be asked for anew').toBe(201);
});

test('a suspension ends a request, also once it is lifted; another name does not', async () => {
  const { body: first } = await ask(admin);
  await bench.call('PATCH', `/api/v1/people/${member.id}`, { displayName: 'Emil B', role: 'member' }, as(owner));
  expect((await step('agree', first['id'], other)).status).toBe(204);
  for (const state of ['suspended', 'active']) {
    await bench.call('PATCH', `/api/v1/people/${other.id}`, { state }, as(owner));
  }
  expect(code(await step('carry-out', first['id'], admin))).toBe('people-request-ended');
});

test('a request ends after seven days, agreed to or not', async () => {
  const { body } = await ask(admin);
  await step('agree', body['id'], other);
  bench.clock.nowMs += 7 * DAY_MS;
  expect(code(await step('carry-out', body['id'], await again(admin)))).toBe('people-request-ended');
  expect(code(await step('end', body['id'], await again(admin)))).toBe('people-request-ended');
  expect((await ask(await again(admin))).status).toBe(201);
});

test('whose account was just recovered counts for nobody: she neither asks, agrees nor confirms until the time has passed', async () => {
  const asked = await ask(owner, other);
  expect(asked.body).toMatchObject({ others: [], standing: 'waiting' });
  bench.clock.nowMs += DAY_MS;
  owner = await again(owner);
  const done = await step('carry-out', asked.body['id'], owner);
  // The owner herself uses the link that she made alone.
  const key = softwareAuthenticator('http://localhost:8443');
  const taken = await bench.register('join', { token: tokenOf(done.body['result']?.['link']) }, key);
  const puppet = { ...other, cookie: taken.cookie, authenticator: key };
  const { body } = await ask(owner);
  expect(code(await step('agree', body['id'], puppet))).toBe('people-request-held');
  expect(code(await ask(puppet))).toBe('people-request-held');
  bench.clock.nowMs += DAY_MS;
  expect((await step('agree', body['id'], await again(puppet))).status).toBe(204);
});

test('a recovery ends what was asked for or agreed to as her before', async () => {
  const { body: mine } = await ask(other);
  const { body: asked } = await ask(owner, other);
  const aboutHer = await sql<{
    id: string;
  }>`insert into people_requests (kind, person_id, person_role, person_state, about,
      title, reason, detail, barred, made_by, maker_role, made_at, expires_at)
    select 'test', ${other.id}, 'administrator', 'active', '{}', '', '', '{}', '{}', ${owner.id}, 'owner', made_at, expires_at
    from people_requests where id = ${String(mine['id'])} returning id`.execute(bench.database.db);
  bench.clock.nowMs += DAY_MS;
  const done = await step('carry-out', asked['id'], await again(owner));
  const key = softwareAuthenticator('http://localhost:8443');
  await bench.register('join', { token: tokenOf(done.body['result']?.['link']) }, key);
  expect(code(await step('agree', mine['id'], await again(admin)))).toBe('people-request-ended');
  const { rows } = await sql`select ending from people_requests where id = ${aboutHer.rows[0]?.id}`.execute(
    bench.database.db,
  );
  expect(rows, 'what others asked about her goes on').toEqual([{ ending: null }]);
});

test('the times are set by owners; a shorter one counts once the former has run out', async () => {
  const put = (who: Joined, aloneDelayHours: number, recoveryHoldHours: number) =>
    bench.call('PUT', '/api/v1/two-people', { aloneDelayHours, recoveryHoldHours }, as(who));
  expect((await put(admin, 1, 1)).status).toBe(403);
  expect((await put(owner, 0, 24)).status).toBe(400);
  expect((await put(owner, 145, 24)).status).toBe(400);
  const longer = { aloneDelayHours: 48, aloneDelayNowHours: 48, recoveryHoldHours: 24, recoveryHoldNowHours: 24 };
  expect((await put(owner, 48, 24)).body).toEqual(longer);
  const shorter = { aloneDelayHours: 1, aloneDelayNowHours: 48, recoveryHoldHours: 1, recoveryHoldNowHours: 24 };
  expect((await put(owner, 1, 1)).body).toEqual(shorter);
  expect((await put(owner, 1, 1)).body, 'twice is not sooner').toEqual(shorter);
  const read = async () => (await bench.call('GET', '/api/v1/two-people', undefined, as(await again(owner)))).body;
  bench.clock.nowMs += DAY_MS;
  expect(await read()).toEqual({ ...shorter, recoveryHoldNowHours: 1 });
  bench.clock.nowMs += DAY_MS;
  expect(await read()).toEqual({ ...shorter, aloneDelayNowHours: 1, recoveryHoldNowHours: 1 });
});

test('two who agree at once are one, and a link is given once however often it is fetched', async () => {
  const { body } = await ask(admin);
  const agreed = await Promise.all([step('agree', body['id'], other), step('agree', body['id'], owner)]);
  expect(agreed.map(code).sort()).toEqual([204, 'people-request-agreed']);
  const fetched = await Promise.all([1, 2, 3].map(() => step('carry-out', body['id'], admin)));
  expect(fetched.map(code).sort()).toEqual([200, 'people-request-ended', 'people-request-ended']);
});
