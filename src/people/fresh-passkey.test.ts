import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Proof } from '../audit/index.ts';
import { authenticate, createToken, requireProof } from './index.ts';
import {
  type Joined,
  openPeopleBench,
  type PeopleBench,
  type SoftwareAuthenticator,
  softwareAuthenticator,
} from './testing.ts';

const MINUTE = 60_000;
let bench: PeopleBench;
let owner: Joined;
beforeAll(async () => {
  bench = await openPeopleBench();
  owner = await bench.setUp();
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const invite = (cookie: string, headers: Record<string, string> = {}) =>
  bench.call(
    'POST',
    '/api/v1/people/invitations',
    { displayName: 'Carl', email: 'carl@example.org', role: 'member' },
    { cookie, ...headers },
  );
const get = (cookie: string) => bench.call('GET', '/api/v1/me', undefined, { cookie });

async function addPasskey(cookie: string, authenticator: SoftwareAuthenticator): Promise<string> {
  bench.clock.nowMs += 1000; // passkeys are listed by their age
  const begun = await bench.call('POST', '/api/v1/me/passkeys/options', undefined, { cookie });
  if (begun.status !== 200) return String(begun.body['code']);
  const body = { ceremonyId: begun.body['ceremonyId'], response: authenticator.create(begun.body['options'] ?? {}) };
  const added = await bench.call('POST', '/api/v1/me/passkeys', body, { cookie });
  return added.status === 201 ? 'added' : String(added.body['code']);
}
const origin = () => bench.services.publicUrl.origin;
const passkeyIds = async (cookie: string): Promise<string[]> =>
  (
    (await bench.call('GET', '/api/v1/me/passkeys', undefined, { cookie })).body['items'] ?? ([] as { id: string }[])
  ).map(({ id }: { id: string }) => id);

test('a passkey vouches for five minutes, and a confirmation for five more', async () => {
  const { cookie } = await bench.signIn(owner.authenticator);
  bench.clock.nowMs += 5 * MINUTE - 1;
  expect((await invite(cookie)).status).toBe(201);
  bench.clock.nowMs += 1;
  expect((await invite(cookie)).body).toMatchObject({ code: 'passkey-not-fresh', status: 403 });
  expect((await get(cookie)).status, 'all else goes on').toBe(200);
  const confirmed = await bench.confirm(owner.authenticator, cookie);
  expect(confirmed.status).toBe(204);
  expect((await invite(confirmed.cookie)).status).toBe(201);
  const { rows } = await sql`select object_id from audit_entries where action = 'people.passkey.confirm'
    and detail ->> 'passkeyId' in (select id::text from people_passkeys)`.execute(bench.database.db);
  expect(rows).toEqual([{ object_id: owner.id }]);
  bench.clock.nowMs += 5 * MINUTE;
  expect((await invite(confirmed.cookie)).body['code']).toBe('passkey-not-fresh');
  owner = { ...owner, cookie: (await bench.confirm(owner.authenticator, confirmed.cookie)).cookie };
});

test('a copied cookie gets nothing of the confirmation that its owner makes, and is out a minute later', async () => {
  const { cookie } = await bench.signIn(owner.authenticator);
  bench.clock.nowMs += 6 * MINUTE;
  const copied = cookie;
  const confirmed = await bench.confirm(owner.authenticator, cookie);
  expect(confirmed.cookie).not.toBe(copied);
  expect((await invite(copied)).body['code']).toBe('passkey-not-fresh');
  expect((await bench.confirm(owner.authenticator, copied)).body['code'], 'the newest cookie alone').toBe(
    'people-ceremony',
  );
  bench.clock.nowMs += MINUTE - 1;
  expect((await get(copied)).status, 'what was under way').toBe(200);
  bench.clock.nowMs += 1;
  expect((await get(copied)).status).toBe(401);
  expect((await get(confirmed.cookie)).status).toBe(200);
});

test('a confirmation is of the session that began it, by a passkey of its person, and of one use', async () => {
  const mine = await bench.signIn(owner.authenticator);
  const other = await bench.signIn(owner.authenticator);
  const stranger = await bench.join('member', 'Emil', mine.cookie);
  bench.clock.nowMs += 6 * MINUTE;
  const begin = async (cookie: string) =>
    (await bench.call('POST', '/api/v1/me/proof/options', undefined, { cookie })).body;
  const finish = async (cookie: string, begun: Record<string, never>, authenticator: SoftwareAuthenticator) =>
    await bench.call(
      'POST',
      '/api/v1/me/proof',
      { ceremonyId: begun['ceremonyId'], response: authenticator.get(begun['options'] ?? {}) },
      { cookie },
    );
  const begun = await begin(mine.cookie);
  expect((await finish(other.cookie, begun, owner.authenticator)).body['code']).toBe('people-ceremony');
  expect((await finish(mine.cookie, begun, owner.authenticator)).body['code'], 'used up').toBe('people-ceremony');
  expect((await finish(mine.cookie, await begin(mine.cookie), stranger.authenticator)).body['code']).toBe(
    'people-passkey',
  );
  const unverified = await begin(mine.cookie);
  owner.authenticator.next.userVerified = false;
  expect((await finish(mine.cookie, unverified, owner.authenticator)).body['code']).toBe('people-passkey');
  owner.authenticator.next.userVerified = true;
  expect((await invite(mine.cookie)).body['code']).toBe('passkey-not-fresh');
  const late = await begin(mine.cookie);
  bench.clock.nowMs += 5 * MINUTE + 1;
  expect((await finish(mine.cookie, late, owner.authenticator)).body['code']).toBe('people-ceremony');
  const signIn = await bench.call('POST', '/api/v1/sign-in/options');
  expect((await finish(mine.cookie, signIn.body, owner.authenticator)).body['code'], 'of another kind').toBe(
    'people-ceremony',
  );
});

test('a removed passkey ends the sessions that it opened or confirmed, and vouches for none; others go on', async () => {
  const member = await bench.join('member', 'Fee', (await bench.signIn(owner.authenticator)).cookie);
  const second = softwareAuthenticator(origin());
  expect(await addPasskey(member.cookie, second)).toBe('added');
  const bySecond = [await bench.signIn(second), await bench.signIn(second)];
  const [, secondId] = await passkeyIds(member.cookie);
  const byFirst = (await bench.signIn(member.authenticator)).cookie;
  bench.clock.nowMs += 6 * MINUTE;
  const vouched = (await bench.confirm(second, byFirst)).cookie;
  const untouched = (await bench.signIn(member.authenticator)).cookie;
  const asks = (await bench.confirm(second, member.cookie)).cookie;
  const { cookie: foreign } = await bench.signIn(owner.authenticator);
  const others = await bench.call('DELETE', `/api/v1/me/passkeys/${secondId}`, undefined, { cookie: foreign });
  expect(others.body['code'], 'of somebody else').toBe('people-passkey-unknown');
  expect((await bench.call('DELETE', `/api/v1/me/passkeys/${secondId}`, undefined, { cookie: asks })).status).toBe(204);
  for (const cookie of [...bySecond.map((opened) => opened.cookie), vouched])
    expect((await get(cookie)).status).toBe(401);
  expect([(await get(untouched)).status, (await get(asks)).status]).toEqual([200, 200]);
  expect(await addPasskey(asks, softwareAuthenticator(origin()))).toBe('passkey-not-fresh');
  const { rows } = await sql`select detail from audit_entries where action = 'people.passkey.remove'
    and object_id = ${member.id}`.execute(bench.database.db);
  expect(rows).toEqual([{ detail: { passkeyId: secondId, endedSessions: 3 } }]);
});

test('removing the passkey that opened this very session ends it, too; of a session from before, only others end', async () => {
  const member = await bench.join('member', 'Gita', (await bench.signIn(owner.authenticator)).cookie);
  expect(await addPasskey(member.cookie, softwareAuthenticator(origin()))).toBe('added');
  const [firstId, secondId] = await passkeyIds(member.cookie);
  const old = [await bench.signIn(member.authenticator), await bench.signIn(member.authenticator)];
  const remove = (id: string | undefined, cookie = '') =>
    bench.call('DELETE', `/api/v1/me/passkeys/${id}`, undefined, { cookie });
  await sql`update people_sessions set passkey_id = null where person_id = ${member.id}`.execute(bench.database.db);
  expect((await remove(secondId, old[0]?.cookie)).status).toBe(204);
  expect([(await get(old[0]?.cookie ?? '')).status, (await get(old[1]?.cookie ?? '')).status]).toEqual([200, 401]);
  expect(await addPasskey(old[0]?.cookie ?? '', softwareAuthenticator(origin()))).toBe('added');
  const { cookie } = await bench.signIn(member.authenticator);
  expect((await remove(firstId, cookie)).status).toBe(204);
  expect((await get(cookie)).status).toBe(401);
});

test('requireProof() asks each kind of caller for what the route names, and no other', async () => {
  const { db } = bench.database;
  const { cookie } = await bench.signIn(owner.authenticator);
  const credentials = { method: 'GET', authorization: undefined, origin: undefined, secFetchSite: undefined };
  const person = await authenticate(bench.services, { ...credentials, cookie });
  if (person.kind !== 'person') throw new Error('not signed in');
  const { item } = await createToken(
    bench.services,
    { kind: 'system' },
    { name: 'x', role: 'owner', expiresInDays: 1 },
  );
  const token = { kind: 'token', tokenId: item.id, role: 'owner' } as const;
  const told = async (actor: Parameters<typeof requireProof>[1]['actor'], given = cookie) => {
    const codes: string[] = [];
    for (const proof of ['passkey', 'passkey-or-token', 'sign-in'] satisfies Proof[])
      codes.push(
        await requireProof(bench.services, { actor, cookie: given }, proof).then(
          () => 'passes',
          ({ code }: { code: string }) => code,
        ),
      );
    return codes;
  };
  const set = (values: string) =>
    sql.raw(`update people_sessions set ${values} where id = '${person.sessionId}'`).execute(db);
  const at = (ms: number) => `timestamptz '${new Date(bench.clock.nowMs + ms).toISOString()}'`;
  expect(await told(person)).toEqual(['passes', 'passes', 'passes']);
  expect(await told(token)).toEqual(['passkey-token', 'passes', 'passkey-token']);
  expect(await told({ kind: 'anonymous' })).toEqual(['passkey-token', 'passkey-token', 'passkey-token']);
  expect(await told(person, '')).toEqual(Array.from({ length: 3 }, () => 'passkey-not-fresh'));
  expect(await told(person, owner.cookie), 'the cookie of another session').toEqual(
    Array.from({ length: 3 }, () => 'passkey-not-fresh'),
  );
  await set(`passkey_at = ${at(MINUTE)}`);
  expect(await told(person), 'by a clock a little ahead').toEqual(['passes', 'passes', 'passes']);
  for (const [why, values] of [
    ['by the identity provider, never by a passkey', `passkey_at = null, passkey_by = null, method = 'oidc'`],
    ['too long ago', `passkey_by = passkey_id, passkey_at = ${at(-5 * MINUTE)}`],
    ['by a clock that was ahead', `passkey_at = ${at(MINUTE + 1)}`],
    ['by a passkey that is gone', `passkey_at = ${at(0)}, passkey_by = gen_random_uuid()`],
    [
      'by the passkey of another person',
      `passkey_by = (select id from people_passkeys where person_id <> people_sessions.person_id limit 1)`,
    ],
  ] as const) {
    await set(values);
    expect(await told(person), why).toEqual(Array.from({ length: 3 }, () => 'passkey-not-fresh'));
  }

  const member = await bench.join('member', 'Hans', (await bench.signIn(owner.authenticator)).cookie);
  await sql`delete from people_passkeys where person_id = ${member.id}`.execute(db);
  const keyless = await authenticate(bench.services, { ...credentials, cookie: member.cookie });
  const ofHans = async (values: string) => {
    await sql.raw(`update people_sessions set ${values} where person_id = '${member.id}'`).execute(db);
    return await told(keyless, member.cookie);
  };
  const none = ['passkey-none', 'passkey-none'];
  expect(await ofHans(`method = 'oidc', created_at = ${at(-5 * MINUTE + 1)}`)).toEqual([...none, 'passes']);
  expect(await ofHans(`created_at = ${at(-5 * MINUTE)}`)).toEqual([...none, 'sign-in-not-fresh']);
  expect(await ofHans(`method = 'passkey', created_at = ${at(0)}`)).toEqual([...none, 'sign-in-not-fresh']);
});
