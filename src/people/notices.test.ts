import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen, type Notice, transaction } from '../storage/index.ts';
import type { NoticeItem } from './api.ts';
import { createToken, tellPerson } from './index.ts';
import { type Joined, openPeopleBench, type PeopleBench, softwareAuthenticator, tokenOf } from './testing.ts';

let bench: PeopleBench;
let owner: Joined;
beforeAll(async () => {
  bench = await openPeopleBench();
  owner = await bench.setUp();
});
afterAll(() => bench?.[Symbol.asyncDispose]());

async function noticesOf(cookie: string): Promise<NoticeItem[]> {
  return (await bench.call('GET', '/api/v1/me/notices', undefined, { cookie })).body['items'] ?? [];
}
const see = (id: string | undefined, cookie: string) =>
  bench.call('POST', `/api/v1/me/notices/${id}/seen`, undefined, { cookie });

async function addPasskey(cookie: string, label: string): Promise<void> {
  const { body: begun } = await bench.call('POST', '/api/v1/me/passkeys/options', undefined, { cookie });
  const response = softwareAuthenticator(bench.services.publicUrl.origin).create(begun['options'] ?? {});
  const body = { ceremonyId: begun['ceremonyId'], response, label };
  expect((await bench.call('POST', '/api/v1/me/passkeys', body, { cookie })).status).toBe(201);
}

test('joining tells nothing; a new passkey is told at once to its person, and to nobody else', async () => {
  const member = await bench.join('member', 'Emil', owner.cookie);
  expect(await noticesOf(member.cookie)).toEqual([]);
  const told: Notice[] = [];
  const listener = await listen(
    bench.database.connection,
    (notice) => told.push(notice),
    () => {},
  );
  await addPasskey(member.cookie, 'Key ring');
  await expect
    .poll(() => told.filter(({ topic }) => topic === 'notice'))
    .toEqual([{ topic: 'notice', ids: { personId: member.id } }]);
  await listener.close();
  expect(await noticesOf(member.cookie)).toMatchObject([
    { kind: 'passkey-added', by: { kind: 'you', name: 'Emil' }, what: 'Key ring', bySession: true, seenAtMs: null },
  ]);
  expect(await noticesOf(owner.cookie)).toEqual([]);
});

test('a notice is put away by its person alone, and not by the session that caused it', async () => {
  const member = await bench.join('member', 'Fee', owner.cookie);
  await addPasskey(member.cookie, 'Key ring');
  const [notice] = await noticesOf(member.cookie);
  expect((await see(notice?.id, member.cookie)).body).toMatchObject({ code: 'people-notice-own', status: 409 });
  expect((await see(notice?.id, owner.cookie)).body).toMatchObject({ code: 'people-notice-unknown', status: 404 });
  const next = await bench.signIn(member.authenticator);
  expect(await noticesOf(next.cookie)).toMatchObject([{ bySession: false, seenAtMs: null }]);
  expect((await see(notice?.id, next.cookie)).status).toBe(204);
  const seenAtMs = bench.clock.nowMs;
  bench.clock.nowMs += 60_000;
  expect((await see(notice?.id, next.cookie)).status, 'again').toBe(204);
  expect(await noticesOf(next.cookie)).toMatchObject([{ id: notice?.id, seenAtMs }]);
  const { rows } = await sql`select detail from audit_entries where action = 'people.notice.seen'
    and object_id = ${member.id}`.execute(bench.services.db);
  expect(rows).toEqual([{ detail: { noticeId: notice?.id } }]);
});

test('a link for a new passkey is told with who made it and until when, and its use to the session after it', async () => {
  const member = await bench.join('member', 'Gita', owner.cookie);
  const link = await bench.recoveryLink(member, owner);
  const again = await bench.signIn(member.authenticator);
  const made = (await noticesOf(again.cookie)).toSorted((a, b) => a.kind.localeCompare(b.kind));
  expect(made).toMatchObject([
    { kind: 'recovery-made', by: { kind: 'person', name: 'Ada' }, untilMs: link.body['result']?.['expiresAtMs'] },
    { kind: 'request-made', by: { kind: 'person', name: 'Ada' } },
  ]);
  bench.clock.nowMs += 1000;
  const found = softwareAuthenticator(bench.services.publicUrl.origin);
  const back = await bench.register('join', { token: tokenOf(link.body['result']?.['link']) }, found);
  const used = (await noticesOf(back.cookie)).find(({ kind }) => kind === 'recovered');
  expect(used).toMatchObject({ bySession: true });
  expect((await see(used?.id, back.cookie)).status).toBe(409);
  expect((await see(used?.id, (await bench.signIn(found)).cookie)).status).toBe(204);
});

test('tellPerson() keeps what it is told for a year, a token by its name also once it is revoked', async () => {
  const member = await bench.join('member', 'Hans', owner.cookie);
  const { db, now } = bench.services;
  const actor = { kind: 'system' } as const;
  const { item } = await createToken(bench.services, actor, { name: 'nightly', role: 'owner', expiresInDays: 1 });
  const tell = (byToken: boolean) =>
    transaction(db, (tx) =>
      tellPerson(
        tx,
        {
          ...{ personId: member.id, kind: 'access-given', what: 'Sources.pdf', who: 'Ada' },
          ...{ about: { type: 'file', id: 'f1' }, untilMs: 12 },
          actor: byToken ? { kind: 'token', tokenId: item.id, role: 'owner' } : actor,
        },
        now(),
      ),
    );
  await tell(false);
  bench.clock.nowMs += 360 * 86_400_000;
  await tell(true);
  owner = { ...owner, cookie: (await bench.signIn(owner.authenticator)).cookie };
  await bench.call('DELETE', `/api/v1/tokens/${item.id}`, undefined, { cookie: owner.cookie });
  const list = async () =>
    (await noticesOf((await bench.signIn(member.authenticator)).cookie)).filter(({ kind }) => kind === 'access-given');
  const common = {
    kind: 'access-given',
    what: 'Sources.pdf',
    who: 'Ada',
    about: { type: 'file', id: 'f1' },
    untilMs: 12,
  };
  expect(await list()).toMatchObject([
    { ...common, by: { kind: 'token', name: 'nightly' } },
    { ...common, by: { kind: 'system', name: null } },
  ]);
  bench.clock.nowMs += 6 * 86_400_000;
  await tell(false);
  expect((await list()).map(({ by }) => by.kind)).toEqual(['system', 'token']);
});
