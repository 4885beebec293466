import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Joined, softwareAuthenticator, tokenOf } from '../../src/people/testing.ts';
import { openStage, type Stage } from './harness.ts';

/** Two people are asked for, and an owner turns who may make as many accounts as she likes: she tries to be both. */

const DAY = 24 * 3_600_000;

let stage: Stage;
let owner: Joined;
let other: Joined;
let victim: Joined;
beforeAll(async () => {
  stage = await openStage();
  owner = stage.owner;
  other = await stage.join('administrator', 'Berta', owner.cookie);
  victim = await stage.join('member', 'Emil', owner.cookie);
}, 120_000);
afterAll(() => stage?.[Symbol.asyncDispose]());
beforeEach(async () => {
  stage.clock.nowMs += 2 * DAY;
  [owner, other, victim] = [await again(owner), await again(other), await again(victim)];
});

const call = (who: { cookie: string }, method: 'GET' | 'POST' | 'PATCH', path: string, body?: object) =>
  stage.call(method, `/api/v1/${path}`, body, { cookie: who.cookie });
const again = async (who: Joined): Promise<Joined> => ({
  ...who,
  cookie: (await stage.signIn(who.authenticator)).cookie,
});
const code = ({ status, body }: Answer): unknown => body['code'] ?? status;
const reason = { reason: 'She lost her phone' };
const change = async (who: Joined, ...changes: readonly object[]): Promise<void> => {
  for (const body of changes) expect(code(await call(owner, 'PATCH', `people/${who.id}`, body))).toBe(200);
};

let socks = 0;
const join = (role: string, by: Joined): Promise<Joined> => stage.join(role, `Sock${socks++}`, by.cookie);

describe('an owner who turns, beside others', () => {
  it.each<readonly [string, () => Promise<Joined>]>([
    ['invites one', () => join('administrator', owner)],
    [
      'gives a helper the role',
      async () => {
        const helper = await join('member', owner);
        await change(helper, { role: 'administrator' });
        return helper;
      },
    ],
    [
      'gives a helper the role whom she suspended for it',
      async () => {
        const helper = await join('member', owner);
        await change(helper, { state: 'suspended' }, { role: 'administrator' }, { state: 'active' });
        return await again(helper);
      },
    ],
    ['has one invited by one', async () => await join('administrator', await join('owner', owner))],
  ])('makes no second person who counts at once: she %s', async (_how, make) => {
    let sock = await make();
    const told = await call(other, 'GET', 'me/notices');
    expect(told.body['items']?.[0]).toMatchObject({ kind: 'role-given', untilMs: stage.clock.nowMs + DAY });
    const asked = await call(owner, 'POST', `people/${victim.id}/recovery`, reason);
    const request = `requests/${String(asked.body['id'])}`;
    expect(code(await call(sock, 'POST', `${request}/agree`))).toBe('people-request-new');
    expect(code(await call(owner, 'POST', `${request}/carry-out`))).toBe('people-request-waits');
    expect(code(await call(sock, 'POST', `people/${other.id}/recovery`, reason)), 'nor by asking herself').toMatch(
      /^people-(request-new|role)$/,
    );
    stage.clock.nowMs += DAY - 1;
    [sock, owner] = [await again(sock), await again(owner)];
    expect(code(await call(sock, 'POST', `${request}/agree`))).toBe('people-request-new');
    stage.clock.nowMs += 1;
    victim = await again(victim);
    expect(code(await call(victim, 'POST', `${request}/end`)), 'she had a day to stop it').toBe(204);
  });

  it('counts everybody on the first day of an installation: there is nobody else yet', async () => {
    await using young = await openStage();
    const as = (who: Joined, path: string, body?: object): Promise<Answer> =>
      young.call('POST', `/api/v1/${path}`, body, { cookie: who.cookie });
    const second = await young.join('administrator', 'Berta', young.owner.cookie);
    const member = await young.join('member', 'Emil', young.owner.cookie);
    const asked = await as(young.owner, `people/${member.id}/recovery`, reason);
    const request = `requests/${String(asked.body['id'])}`;
    expect(code(await as(second, `${request}/agree`))).toBe(204);
    const { body } = await as(young.owner, `${request}/carry-out`);
    const authenticator = softwareAuthenticator('http://localhost:8443');
    const token = tokenOf(body['result']?.['link']);
    expect((await young.register('join', { token }, authenticator)).status).toBe(204);
    const { rows } = await sql`select 1 from people where counts_from is not null`.execute(young.services.db);
    expect(rows).toEqual([]);
  });
});
