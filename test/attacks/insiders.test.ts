import { generateKeyPairSync, sign } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Joined, softwareAuthenticator, tokenOf } from '../../src/people/testing.ts';
import { openStage, type Stage } from './harness.ts';

/**
 * Somebody who may administer turns: she wants to be a member of the organisation, or to bind a browser of her own to that member's phone,
 * since either opens the member's files.
 */

const ORIGIN = 'http://localhost:8443';
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

let stage: Stage;
let owner: Joined;
/** Who turns. */
let mallory: Joined;
let other: Joined;
let victim: Joined;
let phone: string;

async function openNewStage(): Promise<void> {
  await stage?.[Symbol.asyncDispose]();
  stage = await openStage();
  owner = stage.owner;
  mallory = await stage.join('administrator', 'Mallory', owner.cookie);
  other = await stage.join('administrator', 'Berta', owner.cookie);
}
let victims = 0;
beforeAll(openNewStage, 120_000);
beforeEach(async () => {
  [owner, mallory, other] = [await again(owner), await again(mallory), await again(other)];
  victim = await stage.join('member', `Emil${victims++}`, owner.cookie);
  phone = await enrolledPhone(victim);
});
afterAll(() => stage?.[Symbol.asyncDispose]());

/** A phone of somebody, with a browser bound to it. */
async function enrolledPhone({ id }: Joined): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`insert into devices (person_id, platform, ownership, state, native_id, name,
      created_at, enrolled_at, browser_key_thumbprint, browser_key_bound_at)
    values (${id}, 'apple', 'personal', 'enrolled', ${crypto.randomUUID()}, 'Emil’s iPhone', now(), now(), ${`of ${id}`}, now())
    returning id`.execute(stage.services.db);
  return rows[0]?.id ?? '';
}

/** A file that somebody owns and shares with nobody. */
async function fileOf({ id }: Pick<Joined, 'id'>): Promise<string> {
  const { rows } = await sql<{ id: string }>`insert into files (policy_uuid, owner_id, policy_sha256, title, media_type,
      size_bytes, protected_bytes, sha256, labels, view, watermark, created_at)
    values (${crypto.randomUUID()}, ${id}, '', 'Sources', 'text/plain', 1, 1, ${crypto.randomUUID()}, '[]', 'download',
      false, now()) returning id`.execute(stage.services.db);
  return rows[0]?.id ?? '';
}

/** An invitation to the address of somebody who has joined. */
async function invitationOf(who: Joined): Promise<object> {
  const { body } = await call(owner, 'GET', `people/${who.id}`);
  return { displayName: 'Emil', email: body['email'], role: 'member' };
}

const call = (
  who: { cookie: string },
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: object,
) => stage.call(method, `/api/v1/${path}`, body, { cookie: who.cookie });
const post = (who: { cookie: string }, path: string, body?: object) => call(who, 'POST', path, body);
const again = async (who: Joined): Promise<Joined> => ({
  ...who,
  cookie: (await stage.signIn(who.authenticator)).cookie,
});
const code = ({ status, body }: Answer): unknown => body['code'] ?? status;

/** All by which somebody could be the victim or open her files: her passkeys, links to her account, the browser and links of her phone. */
async function doors(): Promise<unknown> {
  const { rows } =
    await sql`select (select jsonb_agg(credential_id) from people_passkeys where person_id = ${victim.id}) as passkeys,
    (select count(*)::int from people_invitations where person_id = ${victim.id}) as links,
    (select jsonb_agg(jsonb_build_array(d.browser_key_thumbprint,
        (select count(*)::int from devices_enrolments e where e.device_id = d.id and e.expires_at > ${new Date(stage.clock.nowMs)})))
      from devices d where d.person_id = ${victim.id}) as phones`.execute(stage.services.db);
  return rows[0];
}

/** What is asked for about the victim: a link to her account, or a browser for her phone. */
const WANTS = [
  ['a link to the account', () => `people/${victim.id}/recovery`],
  ['a browser for the phone', () => `devices/${phone}/browser/request`],
] as const;
const reason = { reason: 'She lost her phone' };
const ask = async (who: { cookie: string }, path: string): Promise<string> =>
  String((await post(who, path, reason)).body['id']);

describe('an administrator who turns, alone', () => {
  it('makes no link to the account or the phone, whatever she calls', async () => {
    const before = await doors();
    const tries = [
      await post(mallory, `people/${victim.id}/link`),
      await post(mallory, `devices/${phone}/browser`),
      await post(mallory, 'people/invitations', await invitationOf(victim)),
      await call(mallory, 'DELETE', `people/invitations/${victim.id}`),
    ];
    expect(tries.map(code)).toEqual([
      'people-link-joined',
      'device-browser-request',
      'people-email-taken',
      'people-joined',
    ]);
    expect(await doors()).toEqual(before);
  });

  it('invites somebody anew at the very moment in which she joins, and gets no link to the account by it', async () => {
    const body = { displayName: 'Vera', email: `vera${victims}@example.org`, role: 'member' };
    const invited = await post(mallory, 'people/invitations', body);
    const id = String(invited.body['person']?.['id']);
    const begun = await stage.call('POST', '/api/v1/join/options', { token: tokenOf(invited.body['link']) });
    const response = softwareAuthenticator(ORIGIN).create(begun.body['options'] ?? {});
    const waiting = async (): Promise<number> => {
      const { rows } = await stage.database.owner.query(
        `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      return rows.length;
    };
    const holder = await stage.database.owner.connect();
    await holder.query('begin');
    await holder.query('select 1 from people where id = $1 for update', [id]);
    const joining = stage.call('POST', '/api/v1/join/verify', { ceremonyId: begun.body['ceremonyId'], response });
    await expect.poll(waiting).toBe(1);
    const inviting = post(mallory, 'people/invitations', body);
    await expect.poll(waiting).toBe(2); // both have read that she has not joined
    await holder.query('commit');
    holder.release();
    expect([code(await joining), code(await inviting)]).toEqual([204, 'people-email-taken']);
    const { rows } = await sql`select 1 from people_invitations where person_id = ${id}`.execute(stage.services.db);
    expect(rows).toEqual([]);
  });

  it('forgets nobody who owns files, though she has not joined yet', async () => {
    const body = { displayName: 'Otto', email: `otto${victims}@example.org`, role: 'member' };
    const id = String((await post(mallory, 'people/invitations', body)).body['person']?.['id']);
    await fileOf({ id });
    expect(code(await call(mallory, 'DELETE', `people/invitations/${id}`))).toBe('people-owns-files');
  });

  it.each(WANTS)('asks for %s and finds nobody of her own who agrees', async (_what, path) => {
    const before = await doors();
    const id = await ask(mallory, path());
    const twin = await again(mallory);
    const accomplice = await stage.join('member', `Trudy${victims}`, mallory.cookie);
    const made = await post(mallory, 'tokens', { name: 'second', role: 'member', expiresInDays: 1 });
    const token = (path_: string) =>
      stage.call('POST', `/api/v1/${path_}`, undefined, { authorization: `Bearer ${String(made.body['token'])}` });
    const tries = [
      await post(mallory, `requests/${id}/agree`),
      await post(twin, `requests/${id}/agree`),
      await post(mallory, `requests/${id}/confirm`),
      await post(accomplice, `requests/${id}/agree`),
      await post(accomplice, `requests/${id}/confirm`),
      await token(`requests/${id}/agree`),
      await token(`requests/${id}/confirm`),
      await post(mallory, `requests/${id}/carry-out`),
      await post(twin, `requests/${id}/carry-out`),
      await post(mallory, 'people/invitations', {
        displayName: 'Eve',
        email: 'eve@example.org',
        role: 'administrator',
      }),
      await call(mallory, 'PATCH', `people/${accomplice.id}`, { role: 'administrator' }),
      await call(mallory, 'PUT', 'two-people', { aloneDelayHours: 1, recoveryHoldHours: 1 }),
      await call(mallory, 'PATCH', `people/${other.id}`, { state: 'suspended' }),
    ];
    expect(tries.map(code)).toEqual([
      'people-request-maker',
      'people-request-maker',
      'people-request-role',
      'role-missing',
      'people-request-role',
      'role-missing',
      'people-not-a-person',
      'people-request-waits',
      'people-request-waits',
      'people-role',
      'people-role',
      'role-missing',
      'people-role',
    ]);
    // Waiting does not help her either: others can agree, so that she is never alone.
    stage.clock.nowMs += 2 * DAY;
    expect(code(await post(await again(mallory), `requests/${id}/carry-out`))).toBe('people-request-waits');
    expect(await doors()).toEqual(before);
  });

  it.each(WANTS)(
    'asks for %s: the victim reads it at once, and whoever of the others was fooled, she stops it',
    async (_what, path) => {
      const before = await doors();
      const id = await ask(mallory, path());
      const told = await call(victim, 'GET', 'me/notices');
      expect(told.body['items']).toMatchObject([{ kind: 'request-made', by: { name: 'Mallory' }, about: { id } }]);
      expect(code(await post(other, `requests/${id}/agree`))).toBe(204);
      // Ending the victim's sessions does not keep her from it: she signs in again.
      expect(code(await call(mallory, 'DELETE', `people/${victim.id}/sessions`))).toBe(204);
      expect(code(await post(await again(victim), `requests/${id}/end`))).toBe(204);
      expect(code(await post(mallory, `requests/${id}/carry-out`))).toBe('people-request-ended');
      expect(await doors()).toEqual(before);
    },
  );

  it('keeps no link into an account whose role rises: neither of a recovery nor of an invitation', async () => {
    const id = await ask(mallory, `people/${victim.id}/recovery`);
    await post(other, `requests/${id}/agree`);
    const recovery = (await post(mallory, `requests/${id}/carry-out`)).body['result']?.['link'];
    const body = { displayName: 'Vera', email: `vera${victims++}@example.org`, role: 'member' };
    const invited = await post(mallory, 'people/invitations', body);
    const links = [tokenOf(recovery), tokenOf(invited.body['link'])];
    const open = async (): Promise<unknown[]> =>
      await Promise.all(links.map(async (token) => code(await stage.call('POST', '/api/v1/join/options', { token }))));
    expect(await open()).toEqual([200, 200]);
    for (const person of [victim.id, String(invited.body['person']?.['id'])])
      expect(code(await call(owner, 'PATCH', `people/${person}`, { role: 'administrator' }))).toBe(200);
    expect(await open()).toEqual(['people-invitation', 'people-invitation']);
  });

  it('who locks the victim out meanwhile ends her own request', async () => {
    const id = await ask(mallory, `people/${victim.id}/recovery`);
    await post(other, `requests/${id}/agree`);
    expect(code(await call(mallory, 'PATCH', `people/${victim.id}`, { state: 'suspended' }))).toBe(200);
    expect(code(await post(mallory, `requests/${id}/carry-out`))).toBe('people-request-ended');
    await call(mallory, 'PATCH', `people/${victim.id}`, { state: 'active' });
    expect(code(await post(mallory, `requests/${id}/carry-out`))).toBe('people-request-ended');
  });
});

describe('an administrator who fooled a second one and became the member', () => {
  let taken: Joined;
  beforeEach(async () => {
    const id = await ask(mallory, `people/${victim.id}/recovery`);
    await post(other, `requests/${id}/agree`);
    const { body } = await post(mallory, `requests/${id}/carry-out`);
    const authenticator = softwareAuthenticator(ORIGIN);
    const { cookie } = await stage.register('join', { token: tokenOf(body['result']?.['link']) }, authenticator);
    taken = { id: victim.id, cookie, authenticator };
    expect((await call(taken, 'GET', 'me')).body).toMatchObject({ id: victim.id });
  });

  /** Binds a browser by a link, in the session of who took the account. */
  async function bind(token: unknown): Promise<unknown> {
    const { body } = await stage.call('POST', '/api/v1/enrolments/open', { token: String(token) });
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x, y } = publicKey.export({ format: 'jwk' });
    const message = Buffer.from(`pavise-bind:${String(body['challenge'])}`);
    const signature = sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' }).toString('base64url');
    const proof = { challenge: body['challenge'], publicJwk: { kty: 'EC', crv: 'P-256', x, y }, signature };
    return code(await post(taken, 'enrolments/bind', proof));
  }

  it('binds no browser to a new phone or to the victim’s until the hold has passed, and the log holds every step', async () => {
    const fresh = await post(mallory, 'enrolments', { personId: victim.id, platform: 'apple', ownership: 'personal' });
    expect(await bind(fresh.body['token'])).toBe('device-held');
    const asked = await ask(mallory, `devices/${phone}/browser/request`);
    expect(code(await post(taken, `requests/${asked}/confirm`)), 'she is not the old browser').toBe(
      'people-request-held',
    );
    await post(owner, `requests/${asked}/agree`);
    const { body } = await post(mallory, `requests/${asked}/carry-out`);
    expect(await bind(body['result']?.['token'])).toBe('device-held');
    stage.clock.nowMs += DAY - 1;
    taken = await again(taken);
    expect(await bind(body['result']?.['token'])).toBe('device-held');
    const done = new Set(await stage.actions());
    for (const action of [
      'people.request.make',
      'people.request.agree',
      'people.request.carry-out',
      'people.recovery.offer',
      'people.recover',
    ])
      expect(done.has(action), action).toBe(true);
  });

  it('gives nobody the victim’s files and no more time until the hold has passed, but may take them away', async () => {
    const file = await fileOf(victim);
    const soonMs = stage.clock.nowMs + HOUR;
    const group = await post(mallory, 'groups', { name: `Desk ${victims}` });
    const groupId = String(group.body['id']);
    expect(code(await call(mallory, 'PUT', `groups/${groupId}/members/${victim.id}`))).toBe(204);
    const widen = async (): Promise<unknown[]> =>
      [
        await post(taken, `files/${file}/recipients`, { add: ['mallory@example.org'] }),
        await post(taken, `files/${file}/recipients`, { addGroups: [groupId] }),
        await post(taken, `files/${file}/expiry`, { expiresAtMs: null }),
      ].map(code);
    expect(code(await post(taken, `files/${file}/expiry`, { expiresAtMs: soonMs }))).toBe(200);
    expect(await widen()).toEqual(['files-held', 'files-held', 'files-held']);
    stage.clock.nowMs += DAY;
    taken = await again(taken);
    expect(await widen()).toEqual([200, 200, 200]);
  });

  it('is noticed: the victim’s passkey opens the account no more, and her notices say who did it', async () => {
    expect((await stage.signIn(victim.authenticator)).status).toBe(401);
    const { body } = await call(taken, 'GET', 'me/notices');
    const kinds = (body['items'] as unknown as { kind: string; id: string }[]).map(({ kind }) => kind);
    expect(kinds.sort()).toEqual(['recovered', 'recovery-made', 'request-made']);
  });
});

describe('an owner who makes herself the only one', () => {
  beforeEach(openNewStage);

  it.each<[string, object]>([
    ['suspends', { state: 'suspended' }],
    ['takes the roles of', { role: 'member' }],
  ])('acts alone no sooner than three days after she %s the others, and is told so beforehand', async (_, change) => {
    victim = await stage.join('member', 'Emil', owner.cookie);
    for (const who of [mallory, other]) expect(code(await call(owner, 'PATCH', `people/${who.id}`, change))).toBe(200);
    stage.clock.nowMs += HOUR;
    owner = await again(owner);
    const outlook = await call(owner, 'GET', `requests/outlook?kind=people.recovery&personId=${victim.id}`);
    expect(outlook.body['aloneDelayHours']).toBe(71);
    const id = await ask(owner, `people/${victim.id}/recovery`);
    stage.clock.nowMs += 71 * HOUR - 1;
    owner = await again(owner);
    expect(code(await post(owner, `requests/${id}/carry-out`))).toBe('people-request-waits');
    stage.clock.nowMs += 1;
    expect(code(await post(owner, `requests/${id}/carry-out`))).toBe(200);
  });
});

describe('the only owner, with nobody beside her', () => {
  beforeEach(async () => {
    await openNewStage();
    victim = await stage.join('member', 'Emil', owner.cookie);
    for (const who of [mallory, other])
      expect(code(await call(owner, 'PATCH', `people/${who.id}`, { state: 'suspended' }))).toBe(200);
    stage.clock.nowMs += 3 * DAY; // in which those whom she has suspended still keep her from it
    owner = await again(owner);
    victim = await again(victim);
  });

  it('waits a day although she sets the delay to an hour, and the entry says that she was alone', async () => {
    const before = await doors();
    expect(code(await call(owner, 'PUT', 'two-people', { aloneDelayHours: 1, recoveryHoldHours: 1 }))).toBe(200);
    const id = await ask(owner, `people/${victim.id}/recovery`);
    stage.clock.nowMs += DAY - 1;
    owner = await again(owner);
    expect(code(await post(owner, `requests/${id}/carry-out`))).toBe('people-request-waits');
    expect(await doors()).toEqual(before);
    stage.clock.nowMs += 1;
    expect(code(await post(owner, `requests/${id}/carry-out`))).toBe(200);
    const { rows } = await sql`select detail from audit_entries where action = 'people.recovery.offer'`.execute(
      stage.services.db,
    );
    expect(rows).toMatchObject([{ detail: { agreedAs: 'alone' } }]);
  });

  it('is stopped by the victim on any day of it, and after it as long as the link was not used', async () => {
    const first = await ask(owner, `people/${victim.id}/recovery`);
    stage.clock.nowMs += DAY - HOUR;
    expect(code(await post(await again(victim), `requests/${first}/end`))).toBe(204);
    owner = await again(owner);
    const second = await ask(owner, `people/${victim.id}/recovery`);
    stage.clock.nowMs += DAY;
    owner = await again(owner);
    const { body } = await post(owner, `requests/${second}/carry-out`);
    expect(code(await post(await again(victim), `requests/${second}/end`))).toBe(204);
    const token = tokenOf(body['result']?.['link']);
    expect(code(await stage.call('POST', '/api/v1/join/options', { token }))).toBe('people-invitation');
  });

  it('makes no second person of an account that she recovered: it counts for nobody for a day more', async () => {
    await call(owner, 'PATCH', `people/${other.id}`, { state: 'active' });
    const id = await ask(owner, `people/${other.id}/recovery`);
    stage.clock.nowMs += DAY;
    owner = await again(owner);
    const { body } = await post(owner, `requests/${id}/carry-out`);
    const authenticator = softwareAuthenticator(ORIGIN);
    const { cookie } = await stage.register('join', { token: tokenOf(body['result']?.['link']) }, authenticator);
    const asked = await ask(owner, `people/${victim.id}/recovery`);
    expect(code(await post({ cookie }, `requests/${asked}/agree`))).toBe('people-request-held');
    const told = await call(await again(victim), 'GET', 'me/requests');
    expect(told.body['items']).toMatchObject([{ id: asked, may: { end: 'stop' } }]);
  });
});
