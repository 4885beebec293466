import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Actor } from '../audit/index.ts';
import { changePerson } from './change-person.ts';
import { addMember, createGroup, removeGroup, removeMember, renameGroup } from './groups.ts';
import { createPerson, withdrawInvitation } from './invitations.ts';
import { personLink } from './person-link.ts';
import { askForRecovery, recoveryRequest } from './recovery-request.ts';
import { agreeToRequest, carryOutRequest, confirmRequest, endRequest } from './requests.ts';
import { endSession, endSessions, removePasskey } from './sign-in.ts';
import {
  type Joined,
  type Left,
  leftBy,
  openPeopleBench,
  type PeopleBench,
  softwareAuthenticator,
  tokenOf,
} from './testing.ts';
import { createToken, revokeToken } from './tokens.ts';
import { setTwoPeople } from './two-people.ts';

/** Each change leaves an entry in the audit log, is told to open pages, and has judged anew whom the decision may now see otherwise. */

const DAY = 86_400_000;
let bench: PeopleBench;
let owner: Joined;
let ada: Actor;
let ben: Actor;
let made = 0;
beforeAll(async () => {
  bench = await openPeopleBench();
  owner = await bench.setUp();
  ada = actorOf(owner.id, 'owner');
  ben = actorOf((await bench.join('administrator', 'Ben', owner.cookie)).id, 'administrator');
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const actorOf = (personId: string, role: 'owner' | 'administrator' | 'member') =>
  ({ kind: 'person', personId, role, sessionId: crypto.randomUUID() }) as const;
const later = (ms: number): number => bench.clock.nowMs + ms;
const member = (): Promise<Joined> => bench.join('member', `M${(made += 1)}`, owner.cookie);
function invite(displayName = `p${(made += 1)}`, role: 'member' | 'auditor' = 'auditor') {
  return createPerson(bench.services, ada, { displayName, email: `${displayName}@example.org`, role });
}
async function sessionOf({ id }: Joined): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`select id from people_sessions where person_id = ${id} order by created_at desc`.execute(bench.services.db);
  return rows[0]?.id ?? '';
}
async function passkeyOf(who: Joined): Promise<string> {
  const { body } = await bench.call('GET', '/api/v1/me/passkeys', undefined, { cookie: who.cookie });
  return String(body['items']?.[0]?.['id']);
}
const guarded = () => ({
  ...bench.services,
  withoutLosers: (_tx: unknown, _confirmed: boolean, change: () => Promise<void>) => change(),
});
const group = async () => (await createGroup(bench.services, ada, `g${(made += 1)}`)).id;
const requests = () => ({ ...bench.services, kinds: [recoveryRequest(bench.services)] });
/** A request about a member, and what each entry about it says. */
async function asked() {
  const { id: personId } = await member();
  const { id } = await askForRecovery(bench.services, ada, personId, 'lost');
  return { id, personId, detail: { kind: 'people.recovery', personId, about: { type: 'person', id: personId } } };
}

type Change = () => Promise<readonly [() => Promise<unknown>, Partial<Left>]>;
const CHANGES: Readonly<Record<string, Change>> = {
  'an invitation': async () => [
    () => invite(),
    {
      entries: [['people.invite', expect.any(String), { role: 'auditor', expiresAtMs: later(7 * DAY) }]],
      told: ['person'],
    },
  ],
  'a new link for who is invited': async () => {
    const { id } = (await invite()).person;
    const detail = { role: 'auditor', expiresAtMs: later(7 * DAY), again: true };
    return [() => personLink(bench.services, ada, id), { entries: [['people.invite', id, detail]], told: ['person'] }];
  },
  'an invitation that is withdrawn': async () => {
    const { id } = (await invite()).person;
    return [
      () => withdrawInvitation(bench.services, ada, id),
      { entries: [['people.invite.withdraw', id, {}]], told: ['person'] },
    ];
  },
  'who joins': async () => {
    const { person, link } = await invite();
    const key = softwareAuthenticator(bench.services.publicUrl.origin);
    return [
      () => bench.register('join', { token: tokenOf(link) }, key),
      {
        entries: [['people.join', person.id, { method: 'passkey' }]],
        told: ['person'],
        jobs: ['access.reassess'],
      },
    ];
  },
  'who signs in from a place that is known': async () => {
    const her = await member();
    const detail = { method: 'passkey', passkeyId: await passkeyOf(her), newPlace: false };
    return [() => bench.signIn(her.authenticator), { entries: [['people.sign-in', her.id, detail]] }];
  },
  'a sign-out': async () => {
    const her = await member();
    const sessionId = await sessionOf(her);
    return [
      () => endSession(bench.services, { ...actorOf(her.id, 'member'), sessionId }, her.id, sessionId),
      { entries: [['people.sign-out', her.id, { sessionId }]], told: ['session'] },
    ];
  },
  'a session that another one ends': async () => {
    const her = await member();
    const sessionId = await sessionOf(her);
    return [
      () => endSession(bench.services, actorOf(her.id, 'member'), her.id, sessionId),
      { entries: [['people.session.revoke', her.id, { sessionId }]], told: ['session'] },
    ];
  },
  'all sessions that end': async () => {
    const her = await member();
    return [
      () => endSessions(bench.services, ada, her.id),
      { entries: [['people.session.revoke', her.id, { ended: 1 }]], told: ['session'] },
    ];
  },
  'a passkey that is added': async () => {
    const her = await member();
    const { body } = await bench.call('POST', '/api/v1/me/passkeys/options', undefined, { cookie: her.cookie });
    const response = softwareAuthenticator(bench.services.publicUrl.origin).create(body['options'] ?? {});
    const add = { ceremonyId: body['ceremonyId'], response };
    return [
      () => bench.call('POST', '/api/v1/me/passkeys', add, { cookie: her.cookie }),
      { entries: [['people.passkey.add', her.id, {}]], told: ['notice'] },
    ];
  },
  'a passkey that is removed': async () => {
    const her = await member();
    const passkeyId = await passkeyOf(her);
    await sql`insert into people_oidc_identities (issuer, subject, person_id, linked_at)
      values ('https://login.example', ${her.id}, ${her.id}, now())`.execute(bench.services.db);
    return [
      () => removePasskey(bench.services, actorOf(her.id, 'member'), passkeyId),
      { entries: [['people.passkey.remove', her.id, { passkeyId, endedSessions: 1 }]], told: ['session'] },
    ];
  },
  'another role': async () => {
    const { id } = await member();
    return [
      () => changePerson(bench.services, ada, id, { role: 'auditor' }),
      {
        entries: [['people.change', id, { roleBefore: 'member', role: 'auditor' }]],
        told: ['person'],
        jobs: ['access.reassess'],
      },
    ];
  },
  'a suspension': async () => {
    const { id } = await member();
    return [
      () => changePerson(bench.services, ada, id, { state: 'suspended' }),
      {
        entries: [['people.change', id, { stateBefore: 'active', state: 'suspended', endedSessions: 1 }]],
        told: ['person'],
        jobs: ['access.reassess'],
      },
    ];
  },
  'another name': async () => {
    const { id } = await member();
    return [
      () => changePerson(bench.services, ada, id, { displayName: 'Another' }),
      { entries: [['people.change', id, { renamed: true }]], told: ['person'], jobs: ['access.reassess'] },
    ];
  },
  'an API token': async () => [
    () => createToken(bench.services, ada, { name: 'ci', role: 'auditor', expiresInDays: 1 }),
    {
      entries: [['people.token.create', expect.any(String), { role: 'auditor', expiresAtMs: later(DAY) }]],
      told: ['notice'],
    },
  ],
  'an API token that is revoked': async () => {
    const { item } = await createToken(bench.services, ada, { name: 'ci', role: 'auditor', expiresInDays: 1 });
    return [
      () => revokeToken(bench.services, ada, item.id),
      { entries: [['people.token.revoke', item.id, { role: 'auditor' }]], told: ['token'] },
    ];
  },
  'a group': async () => [group, { entries: [['people.group.create', expect.any(String), {}]], told: ['group'] }],
  'another name of a group': async () => {
    const id = await group();
    const [before, name] = [`g${made}`, `g${(made += 1)}`];
    return [
      () => renameGroup(bench.services, ada, id, name),
      { entries: [['people.group.rename', id, { before, name }]], told: ['group'] },
    ];
  },
  'who comes into a group': async () => {
    const [id, personId] = [await group(), (await member()).id];
    return [
      () => addMember(bench.services, ada, id, personId),
      {
        entries: [['people.group.join', id, { personId }]],
        told: ['person', 'group'],
        jobs: ['access.reassess', 'devices.deliver', 'files.group-grew'],
      },
    ];
  },
  'who leaves a group': async () => {
    const [id, personId] = [await group(), (await member()).id];
    await addMember(bench.services, ada, id, personId);
    return [
      () => removeMember(guarded(), ada, id, personId, false),
      {
        entries: [['people.group.leave', id, { personId }]],
        told: ['person', 'group'],
        jobs: ['access.reassess', 'devices.deliver'],
      },
    ];
  },
  'a group that is removed': async () => {
    const [id, personId] = [await group(), (await member()).id];
    await addMember(bench.services, ada, id, personId);
    return [
      () => removeGroup(guarded(), ada, id, false),
      {
        entries: [['people.group.remove', id, { members: 1 }]],
        told: ['person', 'group'],
        jobs: ['access.reassess', 'devices.deliver'],
      },
    ];
  },
  'a request': async () => {
    const { id } = await member();
    const about = { type: 'person', id };
    const detail = { kind: 'people.recovery', personId: id, about, aloneFromMs: null };
    return [
      () => askForRecovery(bench.services, ada, id, 'lost'),
      { entries: [['people.request.make', expect.any(String), detail]], told: ['request', 'notice'] },
    ];
  },
  'a second person who agrees': async () => {
    const { id, detail } = await asked();
    return [
      () => agreeToRequest(requests(), ben, id),
      { entries: [['people.request.agree', id, { ...detail, as: 'second' }]], told: ['request'] },
    ];
  },
  'the person concerned who agrees': async () => {
    const { id, personId, detail } = await asked();
    return [
      () => confirmRequest(requests(), actorOf(personId, 'member'), personId, id, async () => {}),
      { entries: [['people.request.agree', id, { ...detail, as: 'person' }]], told: ['request'] },
    ];
  },
  'what is carried out': async () => {
    const { id, personId, detail } = await asked();
    await agreeToRequest(requests(), ben, id);
    const offered = { expiresAtMs: later(DAY), agreedAs: 'second', endedSessions: 1 };
    return [
      () => carryOutRequest(requests(), ada, id),
      {
        entries: [
          ['people.request.carry-out', id, { ...detail, agreedAs: 'second' }],
          ['people.recovery.offer', personId, offered],
        ],
        told: ['request', 'notice', 'person'],
      },
    ];
  },
  'a request that is withdrawn': async () => {
    const { id, detail } = await asked();
    return [
      () => endRequest(requests(), ada, id),
      {
        entries: [['people.request.end', id, { ...detail, ending: 'withdrawn', takenBack: false }]],
        told: ['request'],
      },
    ];
  },
  'a link that is stopped': async () => {
    const { id, personId, detail } = await asked();
    await agreeToRequest(requests(), ben, id);
    await carryOutRequest(requests(), ada, id);
    return [
      () => endRequest(requests(), actorOf(personId, 'member'), id),
      {
        entries: [['people.request.end', id, { ...detail, ending: 'stopped', takenBack: true }]],
        told: ['person', 'request'],
      },
    ];
  },
  'who uses such a link': async () => {
    const her = await member();
    const { link } = await personLink(bench.services, { kind: 'system' }, her.id);
    const key = softwareAuthenticator(bench.services.publicUrl.origin);
    return [
      () => bench.register('join', { token: tokenOf(link) }, key),
      {
        entries: [['people.recover', her.id, { removedPasskeys: 1, endedSessions: 0 }]],
        told: ['person', 'notice'],
      },
    ];
  },
  'the times of requests': async () => {
    await sql`delete from people_two_people`.execute(bench.services.db);
    const wanted = { aloneDelayHours: 30, recoveryHoldHours: 30 };
    return [
      () => setTwoPeople(bench.services, ada, wanted),
      {
        entries: [
          ['people.two-people.change', null, expect.objectContaining({ ...wanted, aloneDelayHoursBefore: 24 })],
        ],
        told: ['request'],
      },
    ];
  },
};

it.each(Object.entries(CHANGES))('%s: written down, told to open pages, judged anew', async (_what, change) => {
  const [work, left] = await change();
  expect(await leftBy(bench, work)).toEqual({ entries: [], told: [], jobs: [], ...left });
});
