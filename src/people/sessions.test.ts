import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor } from '../audit/index.ts';
import { cookieOf } from './cookies.ts';
import { authenticate, createToken, revokeToken, sessionIsLive } from './index.ts';
import { clearedSessionCookie } from './sessions.ts';
import { type Joined, openPeopleBench, type PeopleBench } from './testing.ts';

/** What makes a session, a cookie or a token count, each wrong once. */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const NONE = { method: 'GET', cookie: undefined, authorization: undefined, origin: undefined, secFetchSite: undefined };

let bench: PeopleBench;
let owner: Joined;
beforeAll(async () => {
  bench = await openPeopleBench();
  owner = await bench.setUp();
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const who = (credentials: Partial<Parameters<typeof authenticate>[1]>): Promise<Actor> =>
  authenticate(bench.services, { ...NONE, ...credentials });

describe('a session', () => {
  let cookie: string;
  let sessionId: string;
  beforeEach(async () => {
    owner = { ...owner, cookie: (await bench.signIn(owner.authenticator)).cookie };
    cookie = owner.cookie;
    const actor = await who({ cookie });
    sessionId = actor.kind === 'person' ? actor.sessionId : '';
  });

  const at = (ms: number) => `timestamptz '${new Date(bench.clock.nowMs + ms).toISOString()}'`;
  const set = (values: string) =>
    sql.raw(`update people_sessions set ${values} where id = '${sessionId}'`).execute(bench.services.db);
  const person = (values: string) =>
    sql.raw(`update people set ${values} where id = '${owner.id}'`).execute(bench.services.db);
  const counts = async () => [
    (await who({ cookie })).kind === 'person',
    await sessionIsLive(bench.services.db, sessionId, bench.clock.nowMs),
  ];

  it.each([
    ['nothing is wrong', () => set('id = id'), true],
    ['it was idle for less than twelve hours', () => set(`last_used_at = ${at(-12 * HOUR + 1)}`), true],
    ['it was idle for twelve hours', () => set(`last_used_at = ${at(-12 * HOUR)}`), false],
    ['it has a moment left', () => set(`expires_at = ${at(1)}`), true],
    ['it is over', () => set(`expires_at = ${at(0)}`), false],
    ['a clock was a little ahead', () => set(`created_at = ${at(MINUTE)}`), true],
    ['a clock that was ahead opened it', () => set(`created_at = ${at(MINUTE + 1)}`), false],
    ['its person is suspended', () => person(`state = 'suspended'`), false],
    ['its person is only invited', () => person(`state = 'invited'`), false],
    ['it has ended', () => sql`delete from people_sessions where id = ${sessionId}`.execute(bench.services.db), false],
  ] as const)('counts as it should when %s', async (_why, change, expected) => {
    await change();
    expect(await counts()).toEqual([expected, expected]);
    await person(`state = 'active'`);
  });

  it('counts by its own secret alone', async () => {
    const [name, secret = ''] = cookie.split('=');
    const shift = secret.startsWith('A') ? 'B' : 'A';
    for (const wrong of [`${shift}${secret.slice(1)}`, secret.slice(1), `${secret}A`, '', sessionId])
      expect((await who({ cookie: `${name}=${wrong}` })).kind).toBe('anonymous');
    expect((await who({ cookie: `pavise_sessions=${secret}` })).kind).toBe('anonymous');
    expect((await who({ cookie: `a=b; ${cookie}; c=d` })).kind).toBe('person');
  });

  it('counts by the secret before its newest for a minute, and by none before that', async () => {
    const first = cookie;
    const second = (await bench.confirm(owner.authenticator, first)).cookie;
    const third = (await bench.confirm(owner.authenticator, second)).cookie;
    const kinds = async () => {
      const found: string[] = [];
      for (const each of [first, second, third]) found.push((await who({ cookie: each })).kind);
      return found;
    };
    expect(await kinds()).toEqual(['anonymous', 'person', 'person']);
    bench.clock.nowMs += MINUTE - 1;
    expect(await kinds()).toEqual(['anonymous', 'person', 'person']);
    bench.clock.nowMs += 1;
    expect(await kinds()).toEqual(['anonymous', 'anonymous', 'person']);
  });

  it('is used at most once a minute as far as the database is concerned', async () => {
    const used = async () => {
      const { rows } = await sql<{ ms: number }>`select extract(epoch from last_used_at) * 1000 as ms
        from people_sessions where id = ${sessionId}`.execute(bench.services.db);
      return Number(rows[0]?.ms) - bench.clock.nowMs;
    };
    bench.clock.nowMs += MINUTE;
    await who({ cookie });
    expect(await used()).toBe(-MINUTE);
    bench.clock.nowMs += 1;
    await who({ cookie });
    expect(await used()).toBe(0);
  });

  it('is gone from the database once it cannot be used again and somebody signs in', async () => {
    const there = async () => {
      const { rows } = await sql`select 1 from people_sessions where id = ${sessionId}`.execute(bench.services.db);
      await bench.signIn(owner.authenticator);
      return rows.length === 1;
    };
    await set(`last_used_at = ${at(-12 * HOUR + 1)}`);
    expect([await there(), await there()]).toEqual([true, true]);
    await set(`last_used_at = ${at(-12 * HOUR - 1)}`);
    expect([await there(), await there()]).toEqual([true, false]);
  });

  it('is not in use by what a page asks by itself, and neither is a token', async () => {
    const { token, item } = await createToken(
      bench.services,
      { kind: 'system' },
      { name: 'x', role: 'member', expiresInDays: 1 },
    );
    const used = async () => {
      const { rows } = await sql<{ ms: string | null }>`select extract(epoch from last_used_at) * 1000 as ms
        from people_sessions where id = ${sessionId}
        union all select extract(epoch from last_used_at) * 1000 from people_tokens where id = ${item.id}`.execute(
        bench.services.db,
      );
      return rows.map(({ ms }) => (ms === null ? null : Number(ms)));
    };
    const before = await used();
    bench.clock.nowMs += 2 * MINUTE;
    await who({ cookie, unattended: true });
    await who({ authorization: `Bearer ${token}`, unattended: true });
    expect(await used()).toEqual(before);
    await who({ cookie, unattended: false });
    await who({ authorization: `Bearer ${token}` });
    expect(await used()).toEqual([bench.clock.nowMs, bench.clock.nowMs]);
  });

  it('is listed while it runs, and not after', async () => {
    const listed = async () => {
      const { body } = await bench.call('GET', '/api/v1/me/sessions', undefined, { cookie: other });
      return (body['items'] ?? ([] as { id: string }[])).some(({ id }: { id: string }) => id === sessionId);
    };
    const other = (await bench.signIn(owner.authenticator)).cookie;
    expect(await listed()).toBe(true);
    await set(`last_used_at = ${at(-12 * HOUR)}`);
    expect(await listed()).toBe(false);
    await set(`last_used_at = ${at(0)}, expires_at = ${at(0)}`);
    expect(await listed()).toBe(false);
    await set(`expires_at = ${at(DAY)}`);
    expect(await listed()).toBe(true);
    await bench.signIn(owner.authenticator); // which also tidies up
    expect(await listed()).toBe(true);
  });

  it('is ended by its own person alone', async () => {
    const member = await bench.join('member', 'Emil', cookie);
    const end = await bench.call('DELETE', `/api/v1/me/sessions/${sessionId}`, undefined, { cookie: member.cookie });
    expect(end.body['code']).toBe('people-session-unknown');
    expect((await bench.call('DELETE', '/api/v1/me/sessions', undefined, { cookie: member.cookie })).status).toBe(204);
    expect(await counts()).toEqual([true, true]);
  });
});

describe('the cookie', () => {
  it.each([
    ['http://localhost:8443', 'pavise_session', ''],
    ['https://pavise.example', '__Host-pavise_session', '; Secure'],
  ])('of %s is for this host, pages of this site and no script', async (origin, name, secure) => {
    await using own = await openPeopleBench(origin);
    const ada = await own.setUp();
    /** The parts in the order of the alphabet, which is none of the library's business. */
    const parts = (line: unknown) =>
      String(line)
        .replace(/=[\w-]{43};/, '=SECRET;')
        .split('; ')
        .sort()
        .join('; ');
    const expected = (value: string, seconds: number) =>
      parts(`${name}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}${secure}`);
    const setCookie = async (path: string, body: object, headers = {}) =>
      (
        await own.app.inject({
          method: 'POST',
          url: `/api/v1/${path}`,
          payload: body,
          headers: { 'sec-fetch-site': 'same-origin', ...headers },
        })
      ).headers['set-cookie'];
    const begun = await own.call('POST', '/api/v1/sign-in/options');
    const opened = await setCookie('sign-in/verify', {
      ceremonyId: begun.body['ceremonyId'],
      response: ada.authenticator.get(begun.body['options'] ?? {}),
    });
    expect(parts(opened)).toBe(expected('SECRET', 604_800));
    const cookie = String(opened).split(';')[0] ?? '';
    own.clock.nowMs += DAY;
    await own.call('GET', '/api/v1/me', undefined, { cookie: ada.cookie });
    const alive = (await own.signIn(ada.authenticator)).cookie;
    own.clock.nowMs += HOUR;
    const proof = await own.call('POST', '/api/v1/me/proof/options', undefined, { cookie: alive });
    const renewed = await setCookie(
      'me/proof',
      { ceremonyId: proof.body['ceremonyId'], response: ada.authenticator.get(proof.body['options'] ?? {}) },
      { cookie: alive },
    );
    expect(parts(renewed), 'no longer than the session').toBe(expected('SECRET', 604_800 - 3600));
    expect(String(renewed).split(';')[0]).not.toBe(cookie);
    const cleared = expected('', 0);
    expect(parts(clearedSessionCookie(new URL(origin)))).toBe(cleared);
    expect(parts(await setCookie('sign-out', {}, { cookie: String(renewed).split(';')[0] }))).toBe(cleared);
  });

  it.each([
    ['a=1', 'a', '1'],
    ['b=2; a=1', 'a', '1'],
    ['a=1; a=2', 'a', '1'],
    [' a = 1 ', 'a', '1'],
    ['aa=1', 'a', undefined],
    ['A=1', 'a', undefined],
    ['a=', 'a', undefined],
    ['=1; a', 'a', undefined],
    ['', 'a', undefined],
    [undefined, 'a', undefined],
    ['a=b=c', 'a', 'b=c'],
  ])('cookieOf(%j, %j) is %j', (header, name, value) => {
    expect(cookieOf(new URL('http://localhost'), header, name)).toBe(value);
    const host = header?.replaceAll(/a *=/g, '__Host-a=');
    expect(cookieOf(new URL('https://pavise.example'), host, name)).toBe(value);
    if (value !== undefined) expect(cookieOf(new URL('https://pavise.example'), header, name)).toBeUndefined();
  });
});

describe('a request with a cookie', () => {
  const ORIGIN = 'http://localhost:8443';
  it.each([
    ['POST', { secFetchSite: 'same-origin', origin: ORIGIN }, true],
    ['POST', { secFetchSite: 'same-origin', origin: 'https://evil.example' }, true], // browsers set Sec-Fetch-Site, pages cannot
    ['POST', { secFetchSite: 'same-site', origin: ORIGIN }, false],
    ['POST', { secFetchSite: 'cross-site', origin: ORIGIN }, false],
    ['POST', { secFetchSite: 'none', origin: ORIGIN }, false],
    ['POST', { secFetchSite: '', origin: ORIGIN }, false],
    ['POST', { origin: ORIGIN }, true],
    ['POST', { origin: `${ORIGIN}.evil.example` }, false],
    ['POST', { origin: 'http://localhost:9999' }, false],
    ['POST', { origin: 'https://localhost:8443' }, false],
    ['POST', { origin: 'null' }, false],
    ['POST', {}, false],
    ['PUT', {}, false],
    ['PATCH', {}, false],
    ['DELETE', {}, false],
    ['post', {}, false],
    ['QUERY', {}, false],
    ['GET', { secFetchSite: 'cross-site' }, true],
    ['get', {}, true],
    ['HEAD', {}, true],
    ['OPTIONS', {}, true],
  ])('%s with %j passes: %j', async (method, from, passes) => {
    const { cookie } = await bench.signIn(owner.authenticator);
    const code = await who({ method, cookie, ...from }).then(
      ({ kind }) => kind,
      (error: { code: string }) => error.code,
    );
    expect(code).toBe(passes ? 'person' : 'people-csrf');
  });

  it('is not asked where it comes from while it has no session, nor with a token', async () => {
    expect((await who({ method: 'POST', cookie: 'pavise_session=x', secFetchSite: 'cross-site' })).kind).toBe(
      'anonymous',
    );
    const { token } = await createToken(
      bench.services,
      { kind: 'system' },
      { name: 'x', role: 'auditor', expiresInDays: 1 },
    );
    expect((await who({ method: 'POST', authorization: `Bearer ${token}`, secFetchSite: 'cross-site' })).kind).toBe(
      'token',
    );
  });
});

describe('an API token', () => {
  it('counts until its end, by its whole secret, and is kept as its hash alone', async () => {
    const made = await createToken(
      bench.services,
      { kind: 'system' },
      { name: ' nightly ', role: 'auditor', expiresInDays: 2 },
    );
    const { token, item } = made;
    expect(item).toMatchObject({ name: 'nightly', expiresAtMs: bench.clock.nowMs + 2 * DAY, lastUsedAtMs: null });
    expect(token).toMatch(/^pvt_[\w-]{43}$/);
    const code = (authorization: string) =>
      who({ authorization }).then(
        (actor) => (actor.kind === 'token' ? actor.role : actor.kind),
        (error: { code: string; status: number }) => `${error.code} ${error.status}`,
      );
    expect(await code(`Bearer ${token}`)).toBe('auditor');
    expect(await code(`bearer  ${token}`)).toBe('auditor');
    for (const wrong of [`${token}A`, token.slice(0, -1), `pvt_${'A'.repeat(43)}`, 'pvt_'])
      expect(await code(`Bearer ${wrong}`)).toBe('people-token 401');
    for (const other of [`Basic ${token}`, token, `DPoP ${token}`, 'Bearer somebody-elses-token', `x Bearer ${token}`])
      expect(await code(other)).toBe('anonymous');
    const { rows } = await sql<{
      token_hash: Buffer;
    }>`select token_hash from people_tokens where id = ${item.id}`.execute(bench.services.db);
    expect(rows[0]?.token_hash).toEqual(createHash('sha256').update(token).digest());
    bench.clock.nowMs += 2 * DAY - 1;
    expect(await code(`Bearer ${token}`)).toBe('auditor');
    bench.clock.nowMs += 1;
    expect(await code(`Bearer ${token}`)).toBe('people-token 401');
  });

  it('takes the place of a cookie, also when it is wrong', async () => {
    const { cookie } = await bench.signIn(owner.authenticator);
    const made = await createToken(bench.services, { kind: 'system' }, { name: 'x', role: 'member', expiresInDays: 1 });
    const authorization = `Bearer ${made.token}`;
    expect(await who({ cookie, authorization })).toMatchObject({ kind: 'token', role: 'member' });
    await revokeToken(bench.services, { kind: 'system' }, made.item.id);
    await expect(who({ cookie, authorization })).rejects.toMatchObject({ code: 'people-token' });
  });

  it('is marked as used at most once a minute', async () => {
    const { token, item } = await createToken(
      bench.services,
      { kind: 'system' },
      { name: 'x', role: 'member', expiresInDays: 1 },
    );
    const used = async () => {
      await who({ authorization: `Bearer ${token}` });
      const { rows } = await sql<{
        at: Date;
      }>`select last_used_at as at from people_tokens where id = ${item.id}`.execute(bench.services.db);
      return (rows[0]?.at.getTime() ?? 0) - bench.clock.nowMs;
    };
    expect(await used()).toBe(0);
    bench.clock.nowMs += MINUTE;
    expect(await used()).toBe(-MINUTE);
    bench.clock.nowMs += 1;
    expect(await used()).toBe(0);
  });
});
