import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPerson, createToken, personLink, readPerson, setupLink } from './index.ts';
import {
  type Answer,
  type Joined,
  openPeopleBench,
  type PeopleBench,
  type SoftwareAuthenticator,
  softwareAuthenticator,
  tokenOf,
} from './testing.ts';

const ORIGIN = 'http://localhost:8443';
const HOUR = 3_600_000;

let bench: PeopleBench;
const owner = { authenticator: softwareAuthenticator(ORIGIN), cookie: '', id: '' };
const tokens: string[] = [];
beforeAll(async () => {
  bench = await openPeopleBench(ORIGIN);
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const call: PeopleBench['call'] = (...given) => bench.call(...given);
const register: PeopleBench['register'] = (...given) => bench.register(...given);
const signIn = (authenticator: SoftwareAuthenticator): Promise<Answer> => bench.signIn(authenticator);
const join = (role: string, name: string): Promise<Joined> => bench.join(role, name, owner.cookie);

async function countJobs(personId: string, job = 'access.reassess'): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) from graphile_worker._private_jobs j
    join graphile_worker._private_tasks t on t.id = j.task_id
    where t.identifier = ${job} and j.payload ->> 'personId' = ${personId}`.execute(bench.database.db);
  return rows[0]?.count ?? 0;
}

test('setup: a one-time link makes the first owner, and only once', async () => {
  const link = await setupLink(bench.services);
  expect(link).toMatch(/^http:\/\/localhost:8443\/console\/#\/setup\?token=[\w-]{43}$/);
  const body = { token: tokenOf(link), displayName: 'Ada', email: 'ada@example.org' };
  expect((await call('POST', '/api/v1/setup/options', { ...body, token: 'x'.repeat(43) })).body['code']).toBe(
    'people-setup-link',
  );
  const done = await register('setup', body, owner.authenticator);
  expect(done.status).toBe(204);
  owner.cookie = done.cookie;
  const me = await call('GET', '/api/v1/me', undefined, { cookie: owner.cookie });
  expect(me.body).toMatchObject({ displayName: 'Ada', role: 'owner', state: 'active', passkeyCount: 1 });
  owner.id = String(me.body['id']);
  expect(await setupLink(bench.services)).toBeUndefined();
  expect((await register('setup', body, softwareAuthenticator(ORIGIN))).body).toMatchObject({
    code: 'people-setup-done',
    detail: 'Pavise already has an owner: sign in',
  });
});

test('sign-in: a discoverable passkey opens a session; challenge, origin, verification and counter are checked', async () => {
  const { authenticator } = owner;
  const { body: begun } = await call('POST', '/api/v1/sign-in/options');
  const attempt = { ceremonyId: begun['ceremonyId'], response: authenticator.get(begun['options'] ?? {}) };
  expect((await call('POST', '/api/v1/sign-in/verify', attempt)).status).toBe(204);
  expect((await call('POST', '/api/v1/sign-in/verify', attempt)).body['code']).toBe('people-ceremony');

  authenticator.next.userVerified = false;
  expect((await signIn(authenticator)).status).toBe(401);
  authenticator.next.userVerified = true;
  authenticator.next.origin = 'http://localhost:9999';
  expect((await signIn(authenticator)).status).toBe(401);
  authenticator.next.origin = ORIGIN;
  const counter = authenticator.next.counter;
  authenticator.next.counter = 0;
  expect((await signIn(authenticator)).status).toBe(401);
  authenticator.next.counter = counter;
  const { body: late } = await call('POST', '/api/v1/sign-in/options');
  bench.clock.nowMs += 5 * 60_000 + 1;
  const response = authenticator.get(late['options'] ?? {});
  expect(
    (await call('POST', '/api/v1/sign-in/verify', { ceremonyId: late['ceremonyId'], response })).body['code'],
  ).toBe('people-ceremony');
  expect((await signIn(softwareAuthenticator(ORIGIN))).status).toBe(401);
  expect((await signIn(authenticator)).status).toBe(204);
});

test('sessions: listed, revoked, idle after 12 hours, over after 7 days; foreign origins are refused', async () => {
  const { cookie } = await signIn(owner.authenticator);
  const list = await call('GET', '/api/v1/me/sessions', undefined, { cookie });
  const items: { id: string; current: boolean }[] = list.body['items'] ?? [];
  expect(items.filter((item) => item.current)).toHaveLength(1);
  const foreign = await call('POST', '/api/v1/sign-out', undefined, {
    cookie,
    'sec-fetch-site': 'cross-site',
    origin: ORIGIN,
  });
  expect([foreign.status, foreign.body['code']]).toEqual([403, 'people-csrf']);
  expect((await call('DELETE', '/api/v1/me/sessions', undefined, { cookie })).status).toBe(204);
  expect((await call('GET', '/api/v1/me', undefined, { cookie: owner.cookie })).status).toBe(401);
  expect((await call('POST', '/api/v1/sign-out', undefined, { cookie })).status).toBe(204);
  expect((await call('GET', '/api/v1/me', undefined, { cookie })).status).toBe(401);

  const idle = await signIn(owner.authenticator);
  bench.clock.nowMs += 12 * HOUR + 1;
  expect((await call('GET', '/api/v1/me', undefined, { cookie: idle.cookie })).status).toBe(401);
  bench.clock.nowMs += 400 * 24 * HOUR;
  const ahead = await signIn(owner.authenticator);
  bench.clock.nowMs -= 400 * 24 * HOUR;
  expect((await call('GET', '/api/v1/me', undefined, { cookie: ahead.cookie })).status).toBe(401);
  const busy = await signIn(owner.authenticator);
  for (let hours = 0; hours < 167; hours += 11) {
    bench.clock.nowMs += 11 * HOUR;
    const alive = await call('GET', '/api/v1/me', undefined, { cookie: busy.cookie });
    expect(alive.status).toBe(hours + 11 < 168 ? 200 : 401);
  }
  owner.cookie = (await signIn(owner.authenticator)).cookie;
});

test('invitations: one-time, seven days, replaced by the next; roles above one’s own are refused', async () => {
  const administrator = await join('administrator', 'Berta');
  const invite = (email: string, role: string, cookie: string): Promise<Answer> =>
    call('POST', '/api/v1/people/invitations', { displayName: 'Carl', email, role }, { cookie });
  expect((await invite('carl@example.org', 'administrator', administrator.cookie)).body['code']).toBe('people-role');
  const first = await invite('carl@example.org', 'member', administrator.cookie);
  for (const role of ['investigator', 'auditor'])
    expect((await invite('carl@example.org', role, administrator.cookie)).body['code']).toBe('people-role');
  const second = await invite('CARL@example.org', 'auditor', owner.cookie);
  expect((await invite('carl@example.org', 'member', administrator.cookie)).body['code']).toBe('people-role');
  expect(second.body['person']).toMatchObject({ id: first.body['person']?.['id'], role: 'auditor', state: 'invited' });
  const oldLink = await call('POST', '/api/v1/join/options', { token: tokenOf(first.body['link']) });
  expect(oldLink.body['code']).toBe('people-invitation');
  bench.clock.nowMs += 7 * 24 * HOUR + 1;
  owner.cookie = (await signIn(owner.authenticator)).cookie;
  expect((await call('POST', '/api/v1/join/options', { token: tokenOf(second.body['link']) })).status).toBe(403);
  const third = await invite('carl@example.org', 'auditor', owner.cookie);
  const token = tokenOf(third.body['link']);
  const auditor = await register('join', { token }, softwareAuthenticator(ORIGIN));
  expect(auditor.status).toBe(204);
  expect((await call('POST', '/api/v1/join/options', { token })).status).toBe(403);
  expect((await invite('carl@example.org', 'member', owner.cookie)).body['code']).toBe('people-email-taken');
  const people = await call('GET', '/api/v1/people?query=carl', undefined, { cookie: auditor.cookie });
  expect(people.body['items']).toHaveLength(1);
  expect((await invite('dora@example.org', 'member', auditor.cookie)).status).toBe(403);
});

test('suspension ends sessions, refuses sign-in and has the person reassessed; the last owner stays', async () => {
  const member = await join('member', 'Emil');
  expect((await call('GET', '/api/v1/people', undefined, { cookie: member.cookie })).status).toBe(403);
  const before = await countJobs(member.id);
  const change = (id: string, body: object): Promise<Answer> =>
    call('PATCH', `/api/v1/people/${id}`, body, { cookie: owner.cookie });
  expect((await change(member.id, { state: 'suspended' })).body['state']).toBe('suspended');
  expect(await countJobs(member.id)).toBeGreaterThanOrEqual(Math.max(before, 1));
  expect((await call('GET', '/api/v1/me', undefined, { cookie: member.cookie })).status).toBe(401);
  expect((await signIn(member.authenticator)).body['code']).toBe('people-suspended');
  expect((await change(member.id, { state: 'active' })).status).toBe(200);
  expect((await signIn(member.authenticator)).status).toBe(204);
  expect((await change(owner.id, { role: 'member' })).body['code']).toBe('people-last-owner');
  expect((await change(owner.id, { state: 'suspended' })).body['code']).toBe('people-self');
  expect((await change(member.id, {})).status).toBe(400);
});

test('links: a new invitation ends the old one and renames nobody; a lost passkey is replaced', async () => {
  const link = (id: string, cookie = owner.cookie): Promise<Answer> =>
    call('POST', `/api/v1/people/${id}/link`, undefined, { cookie });
  const wanted = { displayName: 'Lena', email: 'lena@example.org', role: 'member' };
  const invite = (displayName: string): Promise<Answer> =>
    call('POST', '/api/v1/people/invitations', { ...wanted, displayName }, { cookie: owner.cookie });
  const invited = await invite('Lena');
  expect(invited.body['replacedLink']).toBe(false);
  const again = await invite('Somebody else');
  expect(again.body).toMatchObject({ replacedLink: true, person: { displayName: 'Lena' } });
  const id = String(invited.body['person']?.['id']);
  const third = await link(id);
  expect(third.body).toMatchObject({ kind: 'invitation' });
  expect((await call('POST', '/api/v1/join/options', { token: tokenOf(again.body['link']) })).status).toBe(403);
  const lost = softwareAuthenticator(ORIGIN);
  const joined = await register('join', { token: tokenOf(third.body['link']) }, lost);
  expect(joined.status).toBe(204);

  expect((await link(id)).body['code']).toBe('people-link-joined');
  const recovery = await personLink(bench.services, { kind: 'system' }, id);
  expect((await call('GET', '/api/v1/me', undefined, { cookie: joined.cookie })).status).toBe(401);
  const token = tokenOf(recovery.link);
  expect((await call('POST', '/api/v1/join/options', { token })).body['recovery']).toBe(true);
  const found = softwareAuthenticator(ORIGIN);
  const back = await register('join', { token }, found);
  const me = await call('GET', '/api/v1/me', undefined, { cookie: back.cookie });
  expect(me.body).toMatchObject({ id, displayName: 'Lena', passkeyCount: 1 });
  expect((await signIn(lost)).status).toBe(401);
  expect((await signIn(found)).status).toBe(204);
  expect((await call('POST', '/api/v1/join/options', { token })).status).toBe(403);
  const { rows } = await sql<{ action: string }>`select action from audit_entries
    where object_id = ${id} and action like 'people.reco%' order by at`.execute(bench.database.db);
  expect(rows.map(({ action }) => action)).toEqual(['people.recovery.offer', 'people.recover']);

  const administrator = await join('administrator', 'Mona');
  expect((await link(owner.id, administrator.cookie)).body['code']).toBe('people-role');
  const unused = tokenOf((await personLink(bench.services, { kind: 'system' }, id)).link);
  await call('PATCH', `/api/v1/people/${id}`, { state: 'suspended' }, { cookie: owner.cookie });
  expect((await link(id)).body['code']).toBe('people-link-suspended');
  expect((await call('POST', '/api/v1/join/options', { token: unused })).body['code']).toBe('people-invitation');
  bench.clock.nowMs += 24 * HOUR + 1;
  owner.cookie = (await signIn(owner.authenticator)).cookie;
});

test('roles: an administrator gives none above member, by no way, and takes none', async () => {
  const { cookie, id } = await join('administrator', 'Franka');
  const [member, investigator] = [await join('member', 'Gerd'), await join('investigator', 'Hanna')];
  for (const role of ['owner', 'administrator', 'investigator', 'auditor']) {
    const tries = [
      await call('PATCH', `/api/v1/people/${member.id}`, { role }, { cookie }),
      await call('PATCH', `/api/v1/people/${id}`, { role }, { cookie }),
      await call('POST', '/api/v1/tokens', { name: 'mine', role, expiresInDays: 1 }, { cookie }),
    ];
    expect(tries.map(({ body }) => body['code'])).toEqual(['people-role', 'people-role', 'people-role']);
  }
  for (const change of [{ role: 'member' }, { state: 'suspended' }]) {
    const tried = await call('PATCH', `/api/v1/people/${investigator.id}`, change, { cookie });
    expect(tried.body['code']).toBe('people-role');
  }
  expect((await call('PATCH', `/api/v1/people/${member.id}`, { displayName: 'Gert' }, { cookie })).status).toBe(200);
});

test('passkeys: a second one is added and removed, the only one stays', async () => {
  const headers = { cookie: owner.cookie };
  const { body: begun } = await call('POST', '/api/v1/me/passkeys/options', undefined, headers);
  const second = softwareAuthenticator(ORIGIN);
  const response = second.create(begun['options'] ?? {});
  const added = await call(
    'POST',
    '/api/v1/me/passkeys',
    { ceremonyId: begun['ceremonyId'], response, label: 'Key ring' },
    headers,
  );
  const items: { id: string; label: string }[] = added.body['items'] ?? [];
  expect(items.map(({ label }) => label)).toEqual(['Passkey', 'Key ring']);
  expect((await signIn(second)).status).toBe(204);
  expect((await call('DELETE', `/api/v1/me/passkeys/${items[1]?.id}`, undefined, headers)).status).toBe(204);
  expect((await signIn(second)).status).toBe(401);
  const last = await call('DELETE', `/api/v1/me/passkeys/${items[0]?.id}`, undefined, headers);
  expect(last.body['code']).toBe('people-last-passkey');
});

test('groups: people join and leave, and are reassessed', async () => {
  const headers = { cookie: owner.cookie };
  const group = await call('POST', '/api/v1/groups', { name: 'Newsroom' }, headers);
  expect((await call('POST', '/api/v1/groups', { name: 'newsroom' }, headers)).body['code']).toBe('people-group-taken');
  const id = String(group.body['id']);
  expect((await call('PUT', `/api/v1/groups/${id}/members/${owner.id}`, undefined, headers)).status).toBe(204);
  expect((await readPerson(bench.database.db, owner.id))?.groups).toEqual([{ id, name: 'Newsroom' }]);
  expect(await countJobs(owner.id, 'devices.deliver')).toBe(1);
  expect((await call('GET', `/api/v1/groups/${id}`, undefined, headers)).body).toMatchObject({ memberCount: 1 });
  const other = await call('POST', '/api/v1/groups', { name: 'Field' }, headers);
  const rename = (name: string) => call('PATCH', `/api/v1/groups/${id}`, { name }, headers);
  expect((await rename('FIELD')).body['code']).toBe('people-group-taken');
  expect((await rename('NEWSROOM')).body).toMatchObject({ id, name: 'NEWSROOM', memberCount: 1 });
  expect(
    (await call('PATCH', `/api/v1/groups/a0000000-0000-4000-8000-000000000000`, { name: 'x' }, headers)).status,
  ).toBe(404);
  expect((await call('DELETE', `/api/v1/groups/${String(other.body['id'])}`, undefined, headers)).status).toBe(204);
  expect((await call('DELETE', `/api/v1/groups/${id}`, undefined, headers)).status).toBe(204);
  expect((await readPerson(bench.database.db, owner.id))?.groups).toEqual([]);
});

test('API tokens carry a role, expire and are revoked; they need no origin', async () => {
  const { token, item } = await createToken(
    bench.services,
    { kind: 'system' },
    { name: 'ci', role: 'auditor', expiresInDays: 1 },
  );
  tokens.push(token);
  const bearer = { authorization: `Bearer ${token}`, 'sec-fetch-site': 'none' };
  expect((await call('GET', '/api/v1/people', undefined, bearer)).status).toBe(200);
  expect((await call('POST', '/api/v1/groups', { name: 'x' }, bearer)).status).toBe(403);
  expect((await call('GET', '/api/v1/me', undefined, bearer)).body['code']).toBe('people-not-a-person');
  const listed = await call('GET', '/api/v1/tokens', undefined, bearer);
  expect(JSON.stringify(listed.body)).not.toContain(token.slice(4));
  expect((await call('DELETE', `/api/v1/tokens/${item.id}`, undefined, { cookie: owner.cookie })).status).toBe(204);
  expect((await call('GET', '/api/v1/people', undefined, bearer)).body['code']).toBe('people-token');
});

test('list: pages by name without gaps', async () => {
  for (const name of ['Zoe', 'Yan', 'Xia']) {
    await createPerson(
      bench.services,
      { kind: 'system' },
      { displayName: name, email: `${name}@example.net`, role: 'member' },
    );
  }
  const names: string[] = [];
  let after = '';
  do {
    const page = await call('GET', `/api/v1/people?limit=2${after}`, undefined, { cookie: owner.cookie });
    const items: { displayName: string }[] = page.body['items'] ?? [];
    names.push(...items.map(({ displayName }) => displayName));
    after = page.body['next'] === undefined ? '' : `&after=${String(page.body['next'])}`;
  } while (after !== '');
  expect(names).toEqual([
    'Ada',
    'Berta',
    'Carl',
    'Emil',
    'Franka',
    'Gert',
    'Hanna',
    'Lena',
    'Mona',
    'Xia',
    'Yan',
    'Zoe',
  ]);
  expect((await call('GET', '/api/v1/people?after=zzz', undefined, { cookie: owner.cookie })).body['code']).toBe(
    'people-cursor',
  );
});

test('the database and the audit log hold no secret in clear', async () => {
  const { rows } = await sql<{ all: string }>`select coalesce(string_agg(t::text, ''), '') as all from (
    select row_to_json(s)::text as t from people_sessions s union all select row_to_json(k)::text from people_tokens k
    union all select row_to_json(i)::text from people_invitations i) as x`.execute(bench.database.db);
  for (const secret of [...tokens, owner.cookie.split('=')[1] ?? '?']) expect(rows[0]?.all).not.toContain(secret);
});
