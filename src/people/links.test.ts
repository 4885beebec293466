import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { whileHeld } from '../storage/testing.ts';
import { setupLink } from './index.ts';
import { lockSetup } from './store.ts';
import { type Answer, leftBy, openPeopleBench, type PeopleBench, softwareAuthenticator, tokenOf } from './testing.ts';

/** One-time links: what makes one open nothing, each by itself, before its holder begins and between beginning and end. */

const DAY = 86_400_000;
type Step = (person: { readonly id: string; readonly token: string }) => Promise<unknown>;

let bench: PeopleBench;
beforeAll(async () => {
  bench = await openPeopleBench();
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const key = () => softwareAuthenticator(bench.services.publicUrl.origin);
const begin = (kind: 'setup' | 'join', body: object) => bench.call('POST', `/api/v1/${kind}/options`, body);
const finish = (kind: 'setup' | 'join', { ceremonyId, options }: Answer['body']) =>
  bench.call('POST', `/api/v1/${kind}/verify`, { ceremonyId, response: key().create(options ?? {}) });

describe('a setup link', () => {
  const named = (link: string | undefined, name = 'Ada') => ({
    token: tokenOf(link),
    displayName: name,
    email: `${name.toLowerCase()}@example.org`,
  });

  it('opens nothing when it is wrong or a day old, begun or not, and nothing once there is an owner', async () => {
    const first = named(await setupLink(bench.services));
    const beforeDay = (await begin('setup', first)).body;
    bench.clock.nowMs += 4 * 60_000;
    expect((await begin('setup', { ...first, token: 'x'.repeat(43) })).body['code']).toBe('people-setup-link');
    bench.clock.nowMs += DAY - 4 * 60_000 - 1;
    const lastMoment = (await begin('setup', first)).body;
    expect(lastMoment).toHaveProperty('ceremonyId');
    bench.clock.nowMs += 1;
    expect((await begin('setup', first)).body['code']).toBe('people-setup-link');
    expect((await finish('setup', lastMoment)).body['code']).toBe('people-setup-link');
    expect((await finish('setup', beforeDay)).body['code']).toBe('people-ceremony');

    const links = [await setupLink(bench.services), await setupLink(bench.services)];
    const begun = [(await begin('setup', named(links[0]))).body, (await begin('setup', named(links[1], 'Eve'))).body];
    expect((await finish('setup', begun[0] ?? {})).status).toBe(204);
    expect((await finish('setup', begun[1] ?? {})).body['code']).toBe('people-setup-done');
    expect((await begin('setup', named(links[1], 'Eve'))).body['code']).toBe('people-setup-done');
    expect(await setupLink(bench.services)).toBeUndefined();
    const { rows } = await sql`select 1 from people_setup_links`.execute(bench.services.db);
    expect(rows).toEqual([]);
  });

  it('makes the first owner, who is written down, in a place that is known from then on', async () => {
    await using own = await openPeopleBench();
    const authenticator = key();
    const body = named(await setupLink(own.services));
    const left = await leftBy(own, () => own.register('setup', body, authenticator));
    expect(left).toEqual({ entries: [['people.setup', expect.any(String), {}]], told: ['person'], jobs: [] });
    expect(await leftBy(own, () => own.signIn(authenticator))).toMatchObject({
      entries: [['people.sign-in', left.entries[0]?.[1], { newPlace: false }]],
      told: [],
    });
  });

  it('waits for another setup, and makes no second owner', async () => {
    await using own = await openPeopleBench();
    const { body } = await own.call('POST', '/api/v1/setup/options', named(await setupLink(own.services)));
    const finished = await whileHeld(
      own.database,
      async (tx) => {
        await lockSetup(tx);
        await sql`insert into people (display_name, email, role, state, created_at)
          values ('Eve', 'eve@example.org', 'owner', 'active', now())`.execute(tx);
      },
      () =>
        own.call('POST', '/api/v1/setup/verify', {
          ceremonyId: body['ceremonyId'],
          response: key().create(body['options'] ?? {}),
        }),
    );
    expect(finished.body['code']).toBe('people-setup-done');
  });

  it('stays closed while the owner is suspended, and takes no address that is known', async () => {
    await using own = await openPeopleBench();
    const { db } = own.services;
    const link = await setupLink(own.services);
    await sql`insert into people (display_name, email, role, state, created_at)
      values ('Eve', 'eve@example.org', 'member', 'active', now())`.execute(db);
    const body = { token: tokenOf(link), displayName: 'Eve', email: 'EVE@example.org' };
    expect((await own.register('setup', body, key())).body['code']).toBe('people-email-taken');
    expect((await own.register('setup', { ...body, email: 'ada@example.org' }, key())).status).toBe(204);
    await sql`update people set state = 'suspended' where role = 'owner'`.execute(db);
    expect(await setupLink(own.services)).toBeUndefined();
  });
});

describe.each([
  ['an invitation', 7 * DAY, false],
  ['a link for a new passkey', DAY, true],
])('%s', (_kind, lifeMs, joined) => {
  let people = 0;
  /** A person with an open link. */
  async function linked(): Promise<{ id: string; token: string }> {
    const name = `${joined ? 'r' : 'i'}${(people += 1)}`;
    const { rows } = await sql<{ id: string }>`insert into people (display_name, email, role, state, created_at)
      values (${name}, ${`${name}@example.org`}, 'member', ${joined ? 'active' : 'invited'}, now()) returning id`.execute(
      bench.services.db,
    );
    const id = rows[0]?.id ?? '';
    return { id, token: await linkOf(id) };
  }
  /** Puts a new link in the place of the one that is there, as `personLink` does. */
  async function linkOf(id: string): Promise<string> {
    const token = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64url');
    const expiresAt = new Date(bench.clock.nowMs + lifeMs);
    await sql`insert into people_invitations (person_id, token_hash, expires_at)
      values (${id}, sha256(convert_to(${token}, 'UTF8')), ${expiresAt})
      on conflict (person_id) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at`.execute(
      bench.services.db,
    );
    return token;
  }
  const set = (id: string, state: string) =>
    sql`update people set state = ${state} where id = ${id}`.execute(bench.services.db);

  it('opens the account of its person, and once', async () => {
    const { id, token } = await linked();
    const opened = await bench.register('join', { token }, key());
    expect(opened.status).toBe(204);
    const me = await bench.call('GET', '/api/v1/me', undefined, { cookie: opened.cookie });
    expect(me.body).toMatchObject({ id, state: 'active', passkeyCount: 1 });
    expect((await begin('join', { token })).body['code']).toBe('people-invitation');
  });

  it.each<readonly [string, Step]>([
    ['was used', ({ token }) => bench.register('join', { token }, key())],
    ['was replaced', ({ id }) => linkOf(id)],
    [
      'was withdrawn',
      ({ id }) => sql`delete from people_invitations where person_id = ${id}`.execute(bench.services.db),
    ],
    ['is of somebody who is suspended', ({ id }) => set(id, 'suspended')],
    ['is of somebody who is gone', ({ id }) => sql`delete from people where id = ${id}`.execute(bench.services.db)],
  ])('that %s opens nothing, also to who had begun', async (_why, step) => {
    const person = await linked();
    const { body: begun } = await begin('join', { token: person.token });
    await step(person);
    expect((await begin('join', { token: person.token })).body['code']).toBe('people-invitation');
    expect((await finish('join', begun)).body['code']).toBe('people-invitation');
  });

  it('opens nothing once it is over, also to who had begun', async () => {
    const { token } = await linked();
    bench.clock.nowMs += lifeMs - 1;
    const { body: begun } = await begin('join', { token });
    expect(begun).toHaveProperty('ceremonyId');
    bench.clock.nowMs += 1;
    expect((await begin('join', { token })).body['code']).toBe('people-invitation');
    expect((await finish('join', begun)).body['code']).toBe('people-invitation');
  });

  it('begins nothing that is kept longer than five minutes, nor serves twice', async () => {
    const { token } = await linked();
    const { body: late } = await begin('join', { token });
    bench.clock.nowMs += 5 * 60_000;
    expect((await finish('join', late)).body['code']).toBe('people-ceremony');
    const { body: begun } = await begin('join', { token });
    expect((await finish('join', begun)).status).toBe(204);
    expect((await finish('join', begun)).body['code']).toBe('people-ceremony');
  });

  it('says nothing of whose it was to who has a wrong one', async () => {
    const { body } = await begin('join', { token: 'x'.repeat(43) });
    expect(body).toMatchObject({ code: 'people-invitation', status: 403 });
    expect(Object.keys(body).sort()).toEqual(['code', 'detail', 'requestId', 'status', 'title', 'type']);
  });
});
