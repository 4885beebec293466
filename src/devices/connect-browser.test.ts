import { generateKeyPairSync, sign } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { transaction } from '../storage/index.ts';
import type { BrowserLinkReply } from './api.ts';
import {
  addPerson,
  authenticate,
  type Bench,
  challengeOf,
  enrolIdentity,
  invite,
  openBench,
  send,
  tokenUpdate,
} from './apple/testing.ts';
import { browserBoundSince, browserRequest, findDeviceByKeyThumbprint } from './index.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

const post = (url: string, payload: object = {}) => bench.app.inject({ method: 'POST', url, payload });
const connect = (deviceId: string) => post(`/api/v1/devices/${deviceId}/browser`);

/** Binds a new browser by a link; its thumbprint, or the code of the refusal. */
async function bind(token: string): Promise<string> {
  const { challenge, code } = (await post('/api/v1/enrolments/open', { token })).json<{
    challenge?: string;
    code?: string;
  }>();
  if (challenge === undefined) return code ?? 'refused';
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x, y } = publicKey.export({ format: 'jwk' });
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  const signature = sign('sha256', Buffer.from(`pavise-bind:${challenge}`), key).toString('base64url');
  const publicJwk = { kty: 'EC', crv: 'P-256', x, y };
  const reply = (await post('/api/v1/enrolments/bind', { challenge, publicJwk, signature })).json();
  return reply.thumbprint ?? reply.code;
}

it('POST devices/:id/browser lets a new browser take the place of the bound one, and nothing else', async () => {
  const { db } = bench.test;
  const { deviceId, token } = await invite(bench);
  expect((await connect(deviceId)).json()).toMatchObject({ code: 'device-not-enrolled' });
  const { phone } = await enrolIdentity(bench, await challengeOf(bench, token));
  await send(bench, phone, authenticate);
  await send(bench, phone, tokenUpdate);
  const former = await bind(token);
  expect((await findDeviceByKeyThumbprint(db, former))?.id).toBe(deviceId);
  expect(await bind(token)).toBe('device-key-bound');
  expect(await browserBoundSince(db, deviceId, Date.now())).toBe(true);
  const openedAtMs = Date.now();
  bench.wait(1000);

  const link = (await connect(deviceId)).json<BrowserLinkReply>();
  expect(await findDeviceByKeyThumbprint(db, former)).toBeUndefined();
  expect(await browserBoundSince(db, deviceId, openedAtMs)).toBe(false);
  expect(await bind(token), 'the link of the enrolment').toBe('device-invitation');
  const profile = await bench.app.inject({ method: 'GET', url: `/enroll/apple?token=${link.token}` });
  expect(profile.statusCode, 'no other phone enrols by it').toBe(404);
  const now = await bind(link.token);
  expect((await findDeviceByKeyThumbprint(db, now))?.id).toBe(deviceId);
  expect(await browserBoundSince(db, deviceId, openedAtMs), 'views of the former browser stay ended').toBe(false);

  const newest = (await connect(deviceId)).json<BrowserLinkReply>();
  expect([await bind(link.token), await bind(newest.token)]).toEqual([
    'device-invitation',
    expect.stringMatching(/^[\w-]{43}$/),
  ]);
  expect((await send(bench, phone, { Status: 'Idle' })).status).toBe(200);
  const { rows } =
    await sql`select actor, detail from audit_entries where action = 'device.browser.replaced' order by at`.execute(db);
  expect(rows).toMatchObject([
    { actor: { kind: 'person' }, detail: { formerThumbprint: former } },
    { detail: { formerThumbprint: now } },
  ]);
  const told = await sql<{
    kind: string;
  }>`select n.kind from people_notices n join devices d on d.person_id = n.person_id
    where d.id = ${deviceId} and n.about = ${JSON.stringify({ type: 'device', id: deviceId })}::jsonb
      and n.what = d.name order by n.created_at`.execute(db);
  expect(told.rows.map(({ kind }) => kind)).toEqual([
    'browser-bound',
    'browser-link-made',
    'browser-bound',
    'browser-link-made',
    'browser-bound',
  ]);
});

/** Enrols a phone of somebody else, whom the bench does not sign in, with a browser bound to it. */
async function phoneOfOther(): Promise<{ deviceId: string; personId: string; former: string }> {
  const { db } = bench.test;
  const personId = await addPerson(bench, `Emil-${crypto.randomUUID()}`);
  const { deviceId, token } = await invite(bench, personId);
  const { phone } = await enrolIdentity(bench, await challengeOf(bench, token));
  await send(bench, phone, authenticate);
  await send(bench, phone, tokenUpdate);
  const former = `former-${deviceId}`;
  await sql`update devices set browser_key_thumbprint = ${former} where id = ${deviceId}`.execute(db);
  return { deviceId, personId, former };
}

it('a link for somebody else’s phone is asked for, and ends the former browser only when it is fetched', async () => {
  const { db } = bench.test;
  const { deviceId, personId, former } = await phoneOfOther();
  expect((await connect(deviceId)).json()).toMatchObject({ code: 'device-browser-request' });
  const ask = () => post(`/api/v1/devices/${deviceId}/browser/request`, { reason: 'The browser was cleared' });
  const asked = (await ask()).json();
  expect(asked).toMatchObject({
    ...{ kind: 'device.browser', standing: 'waiting', about: { type: 'device', id: deviceId }, others: [] },
    person: { id: personId },
    title: expect.stringMatching(/^a link that connects another browser to the phone “.+” of Emil-/),
  });
  expect((await ask()).json()).toMatchObject({ code: 'people-request-open' });
  expect((await findDeviceByKeyThumbprint(db, former))?.id, 'nothing happens yet').toBe(deviceId);

  const kind = browserRequest(bench.apple);
  const run = (of: string) =>
    transaction(db, (tx) =>
      kind.run(tx, {
        request: { ...asked, personId: of },
        actor: { kind: 'person', personId: bench.personId, role: 'owner', sessionId: 's' },
        agreedAs: 'second',
      }),
    );
  await expect(run(bench.personId), 'whose phone it is by now').rejects.toMatchObject({ code: 'device-other-person' });
  const link = await run(personId);
  expect(await findDeviceByKeyThumbprint(db, former)).toBeUndefined();
  expect(await bind(String(link?.['token'])), 'it is for its owner alone').toBe('device-other-person');
  expect(await transaction(db, async (tx) => await kind.undo?.run(tx, asked)), 'taken back').toBe(true);
  expect(await bind(String(link?.['token']))).toBe('device-invitation');
  await sql`update devices set browser_key_thumbprint = 'new' where id = ${deviceId}`.execute(db);
  expect(await transaction(db, async (tx) => await kind.undo?.run(tx, asked)), 'a browser is bound by now').toBe(false);
  const { rows } = await sql`select detail from audit_entries where action = 'device.browser.replaced'
    and object_id = ${deviceId}`.execute(db);
  expect(rows).toMatchObject([{ detail: { formerThumbprint: former, agreedAs: 'second' } }]);
});

it('after a recovery no new browser binds for a while; the same link binds it then', async () => {
  const { db } = bench.test;
  const { deviceId, token } = await invite(bench);
  const { phone } = await enrolIdentity(bench, await challengeOf(bench, token));
  await send(bench, phone, authenticate);
  await send(bench, phone, tokenUpdate);
  const held = (ms: number) =>
    sql`update people set held_until = ${new Date(Date.now() + ms)} where id = ${bench.personId}`.execute(db);
  await held(86_400_000);
  expect(await bind(token)).toBe('device-held');
  await held(-1);
  const bound = await bind(token);
  expect((await findDeviceByKeyThumbprint(db, bound))?.id).toBe(deviceId);
});
