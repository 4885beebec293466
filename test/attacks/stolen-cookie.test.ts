import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Joined, softwareAuthenticator } from '../../src/people/testing.ts';
import { createToken } from '../../src/people/tokens.ts';
import { openStage, type Stage } from './harness.ts';

/**
 * Somebody has copied the cookie of a session, or an API token, and tries to make lasting control of it: a passkey, a token, a link, a
 * role, a rule of her own, that stay when the session ends.
 */

const MINUTE = 60_000;
let stage: Stage;
let owner: Joined;
let administrator: Joined;
let member: Joined;
let accomplice: Joined;

beforeAll(async () => {
  stage = await openStage();
  owner = stage.owner;
  administrator = await stage.join('administrator', 'Berta', owner.cookie);
  member = await stage.join('member', 'Emil', owner.cookie);
  accomplice = await stage.join('member', 'Mallory', owner.cookie);
});
afterAll(() => stage?.[Symbol.asyncDispose]());

/** Everything that outlives a session: each table by its rows, but for what a mere look changes. */
async function lasting(): Promise<Record<string, string>> {
  const { db } = stage.services;
  const { rows: tables } = await sql<{ name: string }>`select tablename as name from pg_tables
    where schemaname = 'public' and tablename !~ '^(audit_|people_ceremonies|people_sessions)'`.execute(db);
  const found: Record<string, string> = {};
  for (const { name } of tables) {
    const { rows } = await sql<{ rows: string }>`select coalesce(string_agg(
        (to_jsonb(t) - 'last_seen_at' - 'last_used_at' - 'counter')::text, e'\\n' order by t::text), '') as rows
      from ${sql.table(name)} t`.execute(db);
    found[name] = rows[0]?.rows ?? '';
  }
  return found;
}

async function addPasskey(
  cookie: string,
  authenticator = softwareAuthenticator('http://localhost:8443'),
): Promise<Answer> {
  const begun = await stage.call('POST', '/api/v1/me/passkeys/options', undefined, { cookie });
  if (begun.status !== 200) return begun;
  const response = authenticator.create(begun.body['options'] ?? {});
  return await stage.call(
    'POST',
    '/api/v1/me/passkeys',
    { ceremonyId: begun.body['ceremonyId'], response },
    { cookie },
  );
}

async function passkeysOf(cookie: string): Promise<string[]> {
  const { body } = await stage.call('GET', '/api/v1/me/passkeys', undefined, { cookie });
  return (body['items'] ?? ([] as { id: string }[])).map(({ id }: { id: string }) => id);
}

const ID = '00000000-0000-4000-8000-000000000000';
const ask = (method: Parameters<Stage['call']>[0], path: string, body?: object) => (cookie: string) =>
  stage.call(method, `/api/v1/${path}`, body, { cookie });
const invitation = { displayName: 'Trudy', email: 'trudy@example.org', role: 'member' };

/** What lasting control would be made of, as valid as the attacker can make it. */
const GRABS: readonly (readonly [string, (cookie: string) => Promise<Answer>])[] = [
  ['adds a passkey of her own', (cookie) => addPasskey(cookie)],
  ['removes the passkey', async (cookie) => ask('DELETE', `me/passkeys/${(await passkeysOf(cookie))[0]}`)(cookie)],
  ['makes a token', ask('POST', 'tokens', { name: 'nightly', role: 'member', expiresInDays: 365 })],
  ['invites an accomplice', ask('POST', 'people/invitations', invitation)],
  ['makes an accomplice owner', (cookie) => ask('PATCH', `people/${accomplice.id}`, { role: 'owner' })(cookie)],
  ['suspends who could notice', (cookie) => ask('PATCH', `people/${member.id}`, { state: 'suspended' })(cookie)],
  ['makes a link to another account', (cookie) => ask('POST', `people/${member.id}/link`)(cookie)],
  [
    'asks for a link to another account',
    (cookie) => ask('POST', `people/${member.id}/recovery`, { reason: 'because' })(cookie),
  ],
  ['asks for a browser for another phone', ask('POST', `devices/${ID}/browser/request`, { reason: 'because' })],
  ['agrees to what somebody else asked for', ask('POST', `requests/${ID}/agree`)],
  ['fetches the link that was agreed to', ask('POST', `requests/${ID}/carry-out`)],
  ['says how long who is alone waits', ask('PUT', 'two-people', {})],
  [
    'sets an identity provider',
    ask('PUT', 'people/identity-provider', {
      name: 'x',
      issuer: 'https://idp.example',
      clientId: 'x',
      clientSecret: 'x',
    }),
  ],
  ['removes the identity provider', ask('DELETE', 'people/identity-provider')],
  [
    'makes an enrolment link',
    (cookie) => ask('POST', 'enrolments', { personId: member.id, platform: 'apple', ownership: 'personal' })(cookie),
  ],
  [
    'connects a browser to a phone',
    ask('POST', 'enrolments/bind', {
      challenge: 'x'.repeat(43),
      publicJwk: { kty: 'EC', crv: 'P-256', x: 'x'.repeat(43), y: 'y'.repeat(43) },
      signature: 'x'.repeat(86),
    }),
  ],
  ['lets another browser take a phone over', ask('POST', `devices/${ID}/browser`)],
  ['releases a phone', ask('POST', `devices/${ID}/release`)],
  ['erases a phone', ask('POST', `devices/${ID}/commands`, { kind: 'EraseDevice', confirmName: 'x' })],
  ['locks a phone', ask('POST', `devices/${ID}/commands`, { kind: 'DeviceLock', confirmName: 'x' })],
  ['loosens the rules', ask('PUT', 'access/rules', {})],
  ['loosens a policy', ask('PUT', `policies/${ID}`, {})],
  [
    'takes a policy from everyone',
    ask('PUT', `policies/${ID}/assignment`, { everyone: false, groups: [], leaveWithoutPolicy: true }),
  ],
  ['puts off what is due', ask('PUT', 'training/group-due-dates', {})],
  ['joins a group', (cookie) => ask('PUT', `groups/${ID}/members/${accomplice.id}`)(cookie)],
  ['says who clears', ask('PUT', 'clearing', {})],
  ['clears a finding', ask('POST', `findings/${ID}/clear`, {})],
  ['opens a finding again', ask('POST', `findings/${ID}/reopen`, {})],
  ['closes a case', ask('POST', `cases/${ID}/closing`, {})],
  ['lets an accomplice open a file', ask('POST', `files/${ID}/recipients`, { add: ['mallory@example.org'] })],
  ['lets a group open a file', ask('POST', `files/${ID}/recipients`, { addGroups: [ID] })],
  [
    'confirms an accomplice for a file',
    ask('POST', `files/${ID}/recipients`, { confirm: [{ groupId: ID, personId: ID }] }),
  ],
  ['confirms an accomplice for every file', ask('POST', 'files/waiting/confirm', { groupId: ID, personId: ID })],
  ['signs a case off', ask('POST', `cases/${ID}/sign-off`, {})],
  ['removes indicators', ask('DELETE', 'indicators/mercenary')],
];

describe('a cookie that was copied six minutes after the sign-in', () => {
  let copied: Record<'owner' | 'administrator' | 'member', string>;
  beforeAll(() => {
    stage.clock.nowMs += 6 * MINUTE;
    copied = { owner: owner.cookie, administrator: administrator.cookie, member: member.cookie };
  });

  it.each(GRABS)('%s: in nobody’s name, and nothing changes', async (_what, grab) => {
    const before = await lasting();
    for (const [role, cookie] of Object.entries(copied)) {
      const { status, body } = await grab(cookie);
      expect([status, body['code']], role).toEqual([403, expect.stringMatching(/^(passkey-not-fresh|role-missing)$/)]);
      if (role === 'owner') expect(body['code']).toBe('passkey-not-fresh');
    }
    expect(await lasting()).toEqual(before);
  });

  it('of another session of hers gains nothing by what she confirms in this one', async () => {
    const own = (await stage.signIn(owner.authenticator)).cookie;
    expect((await stage.confirm(owner.authenticator, own)).status).toBe(204);
    expect((await addPasskey(copied.owner)).body['code']).toBe('passkey-not-fresh');
  });

  it('cannot confirm: neither by a passkey of its own, nor by an answer that was given for something else', async () => {
    const cookie = copied.owner;
    expect((await stage.confirm(accomplice.authenticator, cookie)).body['code']).toBe('people-passkey');
    expect((await stage.confirm(softwareAuthenticator('http://localhost:8443'), cookie)).body['code']).toBe(
      'people-passkey',
    );
    const signIn = await stage.call('POST', '/api/v1/sign-in/options');
    const answer = owner.authenticator.get(signIn.body['options'] ?? {});
    const proof = await stage.call('POST', '/api/v1/me/proof/options', undefined, { cookie });
    for (const ceremonyId of [signIn.body['ceremonyId'], proof.body['ceremonyId']]) {
      const played = await stage.call('POST', '/api/v1/me/proof', { ceremonyId, response: answer }, { cookie });
      expect(['people-ceremony', 'people-passkey']).toContain(played.body['code']);
    }
    expect((await addPasskey(cookie)).body['code']).toBe('passkey-not-fresh');
  });

  it('gains nothing by waiting for the confirmation of its owner, and is out a minute after it', async () => {
    const confirmed = await stage.confirm(owner.authenticator, owner.cookie);
    expect((await addPasskey(copied.owner)).body['code']).toBe('passkey-not-fresh');
    expect((await stage.confirm(owner.authenticator, copied.owner)).body['code']).toBe('people-ceremony');
    stage.clock.nowMs += MINUTE;
    expect((await stage.call('GET', '/api/v1/me', undefined, { cookie: copied.owner })).status).toBe(401);
    const { status } = await stage.call('GET', '/api/v1/me', undefined, { cookie: confirmed.cookie });
    expect(status, 'she goes on').toBe(200);
    owner = { ...owner, cookie: confirmed.cookie };
  });

  it('cannot live on by the stream of events', async () => {
    const twelveHours = 12 * 60 * MINUTE;
    const url = await stage.app.listen({ host: '127.0.0.1', port: 0 });
    for (let waited = 0; waited < twelveHours; waited += twelveHours / 4) {
      const stop = new AbortController();
      const stream = await fetch(`${url}/api/v1/events`, {
        headers: { cookie: administrator.cookie },
        signal: stop.signal,
      });
      expect(stream.status).toBe(200);
      stop.abort();
      stage.clock.nowMs += twelveHours / 4;
    }
    expect((await fetch(`${url}/api/v1/events`, { headers: { cookie: administrator.cookie } })).status).toBe(401);
  });
});

describe('a cookie that was copied while the passkey still vouched for it', () => {
  it('can add a passkey, which its owner is told of elsewhere, and which it cannot keep from her', async () => {
    const elsewhere = await stage.signIn(member.authenticator);
    const copied = (await stage.signIn(member.authenticator)).cookie;
    expect((await addPasskey(copied)).status).toBe(201);
    const notices = async (cookie: string): Promise<{ id: string; kind: string; seenAtMs: number | null }[]> =>
      (await stage.call('GET', '/api/v1/me/notices', undefined, { cookie })).body['items'] ?? [];
    const [told] = await notices(elsewhere.cookie);
    expect(told).toMatchObject({ kind: 'passkey-added', seenAtMs: null });
    const seen = await stage.call('POST', `/api/v1/me/notices/${told?.id}/seen`, undefined, { cookie: copied });
    expect(seen.body['code']).toBe('people-notice-own');
    expect((await notices(elsewhere.cookie))[0]).toMatchObject({ id: told?.id, seenAtMs: null });
  });

  it('can make a token, which its owner is told of elsewhere', async () => {
    const elsewhere = (await stage.signIn(owner.authenticator)).cookie;
    const copied = (await stage.signIn(owner.authenticator)).cookie;
    const wanted = { name: 'nightly', role: 'administrator', expiresInDays: 365 };
    expect((await ask('POST', 'tokens', wanted)(copied)).status).toBe(201);
    const [told] = (await ask('GET', 'me/notices')(elsewhere)).body['items'] ?? [];
    expect(told).toMatchObject({ kind: 'token-made', what: 'nightly', seenAtMs: null, bySession: false });
    const seen = await ask('POST', `me/notices/${told?.['id']}/seen`)(copied);
    expect(seen.body['code']).toBe('people-notice-own');
  });

  it('ends with the passkey that opened its session, once its owner removes that', async () => {
    const own = softwareAuthenticator('http://localhost:8443');
    const cookie = (await stage.signIn(member.authenticator)).cookie;
    const before = await passkeysOf(cookie);
    expect((await addPasskey(cookie, own)).status).toBe(201);
    const mine = (await passkeysOf(cookie)).find((id) => !before.includes(id));
    const copied = (await stage.signIn(own)).cookie;
    expect((await stage.call('DELETE', `/api/v1/me/passkeys/${mine}`, undefined, { cookie })).status).toBe(204);
    expect((await stage.call('GET', '/api/v1/me', undefined, { cookie: copied })).status).toBe(401);
    expect((await stage.signIn(own)).status).toBe(401);
  });

  it('ends in the session that it copied, too, once the passkey is removed that it confirmed with there', async () => {
    const copied = (await stage.signIn(member.authenticator)).cookie;
    const own = softwareAuthenticator('http://localhost:8443');
    const before = await passkeysOf(copied);
    expect((await addPasskey(copied, own)).status).toBe(201);
    const renewed = (await stage.confirm(own, copied)).cookie;
    stage.clock.nowMs += MINUTE;
    const { cookie } = await stage.signIn(member.authenticator);
    const mine = (await passkeysOf(cookie)).find((id) => !before.includes(id));
    expect((await stage.call('DELETE', `/api/v1/me/passkeys/${mine}`, undefined, { cookie })).status).toBe(204);
    expect((await stage.call('GET', '/api/v1/me', undefined, { cookie: renewed })).status).toBe(401);
    expect((await stage.call('GET', '/api/v1/me', undefined, { cookie })).status).toBe(200);
  });
});

describe('a token that was copied', () => {
  it.each(['owner', 'administrator'] as const)('of the role %s makes no token, link, role or rule', async (role) => {
    const made = await createToken(stage.services, { kind: 'system' }, { name: 'nightly', role, expiresInDays: 1 });
    const authorization = `Bearer ${made.token}`;
    const before = await lasting();
    const tries: string[] = [];
    for (const [method, path, body] of [
      ['POST', 'tokens', { name: 'mine', role: 'member', expiresInDays: 365 }],
      ['DELETE', `tokens/${made.item.id}`, undefined],
      ['PATCH', `people/${accomplice.id}`, { role: 'owner' }],
      ['POST', `people/${member.id}/link`, undefined],
      ['POST', `devices/${ID}/browser`, undefined],
      ['POST', `devices/${ID}/commands`, { kind: 'EraseDevice', confirmName: 'x' }],
      ['POST', `devices/${ID}/release`, undefined],
      ['POST', 'me/passkeys/options', undefined],
      ['POST', 'me/proof/options', undefined],
    ] as const)
      tries.push(String((await stage.call(method, `/api/v1/${path}`, body, { authorization })).body['code']));
    expect(new Set(tries.slice(0, -1))).toEqual(new Set(['passkey-token']));
    expect(tries.at(-1)).toBe('people-not-a-person');
    for (const wanted of ['owner', 'administrator', 'investigator', 'auditor']) {
      const body = { ...invitation, role: wanted };
      const invited = await stage.call('POST', '/api/v1/people/invitations', body, { authorization });
      expect(invited.body['code'], wanted).toBe('people-role');
    }
    expect(await lasting()).toEqual(before);
  });
});
