import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor, Role } from '../audit/index.ts';
import { changePerson } from './change-person.ts';
import { addMember, createGroup, readGroup, removeGroup, removeMember, renameGroup } from './groups.ts';
import { beginJoin, createPerson, withdrawInvitation } from './invitations.ts';
import { seeNotice } from './notices.ts';
import { personLink } from './person-link.ts';
import { askForRecovery } from './recovery-request.ts';
import { beginPasskey, endSession, removePasskey } from './sign-in.ts';
import { leftBy, openPeopleBench, type PeopleBench } from './testing.ts';
import { createToken, revokeToken } from './tokens.ts';
import { setTwoPeople } from './two-people.ts';

/** Each change of an account that somebody may not make, or that there is nothing for: it is refused, and leaves nothing. */

let bench: PeopleBench;
const ids: Record<string, string> = {};
beforeAll(async () => {
  bench = await openPeopleBench();
  const { db } = bench.services;
  for (const [name, role, state] of [
    ['ada', 'owner', 'active'],
    ['olu', 'member', 'active'],
    ['odo', 'owner', 'suspended'],
    ['ben', 'administrator', 'active'],
    ['ivo', 'investigator', 'active'],
    ['emil', 'member', 'active'],
    ['sam', 'member', 'suspended'],
    ['ina', 'auditor', 'invited'],
    ['ines', 'member', 'invited'],
  ] as const) {
    const { rows } = await sql<{ id: string }>`insert into people (display_name, email, role, state, created_at)
      values (${name}, ${`${name}@example.org`}, ${role}, ${state}, now()) returning id`.execute(db);
    ids[name] = rows[0]?.id ?? '';
  }
  const secret = { name: 'ci', role: 'auditor', expiresInDays: 1 } as const;
  ids['token'] = (await createToken(bench.services, { kind: 'system' }, secret)).item.id;
  ids['group'] = (await createGroup(bench.services, { kind: 'system' }, 'Newsroom')).id;
  await createGroup(bench.services, { kind: 'system' }, 'Desk');
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const id = (name: string): string => ids[name] ?? crypto.randomUUID();
const as = (name: string, role: Role) => {
  const sessionId = crypto.randomUUID();
  return { kind: 'person', personId: id(name), role, sessionId } as const;
};
const ada = () => as('ada', 'owner');
const ben = () => as('ben', 'administrator');
const token = (role: Role = 'owner'): Actor => ({ kind: 'token', tokenId: crypto.randomUUID(), role });
const wanted = { displayName: 'Fee', email: 'fee@example.org', role: 'member' } as const;
const invite = (actor: Actor, change: object) => createPerson(bench.services, actor, { ...wanted, ...change });
const link = (actor: Actor, whose: string) => personLink(bench.services, actor, id(whose));
const withdraw = (actor: Actor, whose: string) => withdrawInvitation(bench.services, actor, id(whose));
const change = (actor: Actor, whose: string, changes: Parameters<typeof changePerson>[3]) =>
  changePerson(bench.services, actor, id(whose), changes);
const guarded = () => ({
  ...bench.services,
  withoutLosers: (_tx: unknown, _confirmed: boolean, work: () => Promise<void>) => work(),
});

const REFUSED: readonly (readonly [what: string, code: string, act: () => Promise<unknown>])[] = [
  ['inviting into a group that is not there', 'people-group-unknown', () => invite(ada(), { groupIds: [id('none')] })],
  ['inviting above a member, by an administrator', 'people-role', () => invite(ben(), { role: 'auditor' })],
  ['inviting above a member, by a token of an owner', 'people-role', () => invite(token(), { role: 'auditor' })],
  ['inviting by a token of a member', 'people-role', () => invite(token('member'), {})],
  ['inviting by a phone', 'people-role', () => invite({ kind: 'device', deviceId: id('none') }, {})],
  ['inviting again who is above a member', 'people-role', () => invite(ben(), { email: 'INA@example.org' })],
  ['inviting who has joined', 'people-email-taken', () => invite(ada(), { email: 'EMIL@example.org' })],
  ['inviting who is suspended', 'people-email-taken', () => invite(ada(), { email: 'sam@example.org' })],

  ['withdrawing of nobody', 'people-unknown', () => withdraw(ada(), 'none')],
  ['withdrawing above a member, by an administrator', 'people-role', () => withdraw(ben(), 'ina')],
  ['withdrawing of who has joined', 'people-joined', () => withdraw(ada(), 'emil')],
  ['withdrawing of who is suspended', 'people-joined', () => withdraw(ada(), 'sam')],

  ['a link for nobody', 'people-unknown', () => link(ada(), 'none')],
  ['a link for who is above a member, by an administrator', 'people-role', () => link(ben(), 'ina')],
  ['a link for who is suspended', 'people-link-suspended', () => link(ada(), 'sam')],
  ['a link for who is suspended, by the server', 'people-link-suspended', () => link({ kind: 'system' }, 'sam')],
  ['a link for who has joined', 'people-link-joined', () => link(ada(), 'emil')],
  ['a link for who has joined, by a token', 'people-link-joined', () => link(token(), 'emil')],
  ['a recovery of nobody', 'people-unknown', () => askForRecovery(bench.services, ada(), id('none'), 'lost')],

  ['a change of nobody', 'people-unknown', () => change(ada(), 'none', { displayName: 'x' })],
  ['a change above a member, by an administrator', 'people-role', () => change(ben(), 'ivo', { displayName: 'x' })],
  ['a role above a member, by an administrator', 'people-role', () => change(ben(), 'emil', { role: 'auditor' })],
  ['a suspension before joining', 'people-invited', () => change(ada(), 'ines', { state: 'suspended' })],
  ['joining by a change', 'people-invited', () => change(ada(), 'ines', { state: 'active' })],
  ['a suspension of oneself', 'people-self', () => change(ada(), 'ada', { state: 'suspended' })],
  ['no owner left, by herself', 'people-last-owner', () => change(ada(), 'ada', { role: 'member' })],
  ['no owner left, by the server', 'people-last-owner', () => change({ kind: 'system' }, 'ada', { role: 'auditor' })],
  [
    'no active owner left, by the server',
    'people-last-owner',
    () => change({ kind: 'system' }, 'ada', { state: 'suspended' }),
  ],

  [
    'a token above a member, by an administrator',
    'people-role',
    () => createToken(bench.services, ben(), { name: 'x', role: 'auditor', expiresInDays: 1 }),
  ],
  [
    'revoking a token above a member, by an administrator',
    'people-role',
    () => revokeToken(bench.services, ben(), id('token')),
  ],
  ['revoking no token', 'people-token-unknown', () => revokeToken(bench.services, ada(), id('none'))],

  ['reading no group', 'people-group-unknown', () => readGroup(bench.services, id('none'))],
  ['a name that a group has', 'people-group-taken', () => createGroup(bench.services, ada(), ' NEWSROOM ')],
  ['the name of another group', 'people-group-taken', () => renameGroup(bench.services, ada(), id('group'), 'DESK')],
  ['another name of no group', 'people-group-unknown', () => renameGroup(bench.services, ada(), id('none'), 'New')],
  ['removing no group', 'people-group-unknown', () => removeGroup(guarded(), ada(), id('none'), true)],
  ['nobody into a group', 'people-member-unknown', () => addMember(bench.services, ada(), id('group'), id('none'))],
  ['somebody into no group', 'people-member-unknown', () => addMember(bench.services, ada(), id('none'), id('emil'))],
  [
    'out of a group that she is not in',
    'people-member-unknown',
    () => removeMember(guarded(), ada(), id('group'), id('emil'), true),
  ],

  [
    'ending a session of somebody else',
    'people-session-unknown',
    () => endSession(bench.services, ada(), id('ada'), id('none')),
  ],
  ['a passkey for nobody', 'people-unknown', () => beginPasskey(bench.services, as('none', 'member'))],
  ['removing no passkey', 'people-last-passkey', () => removePasskey(bench.services, ada(), id('none'))],
  ['putting away no notice', 'people-notice-unknown', () => seeNotice(bench.services, ada(), id('none'))],
  [
    'the times of requests, by a token',
    'people-request-person',
    () => setTwoPeople(bench.services, token(), { aloneDelayHours: 1, recoveryHoldHours: 1 }),
  ],
  ['joining by no link', 'people-invitation', () => beginJoin(bench.services, 'x'.repeat(43))],
];

describe('refused, and nothing is left of it', () => {
  it.each(REFUSED)('%s: %s', async (_what, code, act) => {
    const refused = () => expect(act()).rejects.toMatchObject({ code });
    expect(await leftBy(bench, refused)).toEqual({ entries: [], told: [], jobs: [] });
  });
});

describe('a change goes through', () => {
  beforeEach(async () => {
    const { db } = bench.services;
    await sql`update people set role = 'owner', state = 'active' where id in (${id('ada')}, ${id('olu')})`.execute(db);
    await sql`update people set role = 'member', state = 'active' where id = ${id('emil')}`.execute(db);
    await sql`update people set role = 'owner', state = 'suspended' where id = ${id('odo')}`.execute(db);
    await sql`update people set role = 'auditor', state = 'invited' where id = ${id('ina')}`.execute(db);
  });
  const oneOwner = () => sql`update people set role = 'member' where id = ${id('olu')}`.execute(bench.services.db);

  it.each<readonly [string, string, Parameters<typeof changePerson>[3], boolean]>([
    ['of an owner beside another', 'ada', { role: 'member' }, false],
    ['of an owner beside another, who is suspended', 'olu', { state: 'suspended' }, false],
    ['of the only owner’s name', 'ada', { displayName: 'Ada L' }, true],
    ['of the only owner to what she is', 'ada', { role: 'owner', state: 'active' }, true],
    ['of who is no owner beside the only one', 'emil', { role: 'auditor', state: 'suspended' }, true],
    ['of an owner who is suspended, beside the only one', 'odo', { role: 'member' }, true],
    ['of who is invited, but of her state', 'ina', { role: 'member', displayName: 'Ina' }, true],
  ])('%s', async (_what, whose, changes, alone) => {
    if (alone) await oneOwner();
    expect(await change(ada(), whose, changes)).toMatchObject(changes);
  });

  it.each<readonly [Parameters<typeof changePerson>[3], sessions: number, links: number]>([
    [{ displayName: 'Emil B' }, 1, 1],
    [{ role: 'member', state: 'active' }, 1, 1],
    [{ role: 'auditor' }, 1, 0],
    [{ state: 'suspended' }, 0, 0],
  ])('to %j, and leaves so many sessions and open links: %i, %i', async (changes, sessions, links) => {
    const { db } = bench.services;
    await sql`delete from people_sessions`.execute(db);
    await sql`insert into people_sessions (person_id, token_hash, method, user_agent, created_at, last_used_at, expires_at)
      values (${id('emil')}, ''::bytea, 'passkey', '', now(), now(), now() + interval '7 days')`.execute(db);
    await sql`insert into people_invitations (person_id, token_hash, expires_at)
      values (${id('emil')}, ''::bytea, ${new Date(bench.clock.nowMs + 1)}) on conflict do nothing`.execute(db);
    await change(ada(), 'emil', changes);
    const { rows } = await sql`select (select count(*)::int from people_sessions) as sessions,
      (select count(*)::int from people_invitations where person_id = ${id('emil')}) as links`.execute(db);
    expect(rows).toEqual([{ sessions, links }]);
  });
});
