import type { LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toBase64 } from '../../src/base/index.ts';
import {
  challengeOf,
  drain,
  enrolIdentity,
  type Phone,
  authenticate as say,
  sealMessage,
  send,
  tokenUpdate,
} from '../../src/devices/apple/testing.ts';
import { inviteDevice } from '../../src/devices/enrolments.ts';
import { addAccount, addPhone, keyRequest, protectPlain } from '../../src/files/testing.ts';
import { ROUTES } from '../../src/server/authorisation.data.ts';
import { openDb, openPool } from '../../src/storage/index.ts';
import { layRelay, type Relay } from '../../src/storage/testing-relay.ts';
import { openStage, type Stage } from '../attacks/harness.ts';

/**
 * The database is cut off, falls silent or has no connection free. Nobody is signed out by it, no phone is told to leave, no key request is
 * called a wrong proof: everybody is told to come again.
 */

let relay: Relay;
let stage: Stage;
let phone: Phone;
const wire = () => ({ app: stage.app, apple: stage.rooms.apple });

beforeAll(async () => {
  stage = await openStage(async (test) => {
    relay = await layRelay(test.connection);
    return openDb(openPool({ ...relay.connection, query_timeout: 1500, connectionTimeoutMillis: 1500 }, 1));
  });
  const asked = { personId: stage.owner.id, platform: 'apple', ownership: 'personal' } as const;
  const { token } = await inviteDevice(stage.rooms, { kind: 'system' }, asked);
  ({ phone } = await enrolIdentity(wire(), await challengeOf(wire(), token)));
  await send(wire(), phone, say);
  await send(wire(), phone, tokenUpdate);
  await drain(wire(), phone);
}, 120_000);
afterAll(async () => {
  relay?.open();
  await stage?.rooms.db.destroy();
  await stage?.[Symbol.asyncDispose]();
  await relay?.[Symbol.asyncDispose]();
});

/** Somebody else holds the only connection. */
async function holdAll(): Promise<() => Promise<void>> {
  let release = (): void => {};
  const held = new Promise<void>((done) => {
    release = done;
  });
  let taken = (): void => {};
  const isTaken = new Promise<void>((done) => {
    taken = done;
  });
  const holding = stage.rooms.db.connection().execute(() => {
    taken();
    return held;
  });
  await isTaken;
  return async () => {
    release();
    await holding;
  };
}

/** A database that is cut off, silent, or busy for others; what was done to it is undone at the end. */
const WAYS: readonly (readonly [name: string, codes: readonly string[], begin: () => Promise<() => Promise<void>>])[] =
  [
    [
      'cut off',
      ['database-unavailable'],
      async () => {
        relay.cut();
        return async () => relay.open();
      },
    ],
    [
      'silent',
      ['database-unavailable', 'database-busy'], // whose connection fell silent, and who waited for it
      async () => {
        relay.freeze();
        return async () => relay.open();
      },
    ],
    ['busy for others', ['database-busy'], holdAll],
  ];

function told({ statusCode, headers }: LightMyRequestResponse): readonly [number, boolean] {
  return [statusCode, Number(headers['retry-after']) > 0];
}

describe.each(WAYS)('while the database is %s', (name, codes, begin) => {
  it('every route says so to whoever is signed in, and signs nobody out', async () => {
    const end = await begin();
    const guarded = Object.entries(ROUTES).filter(([, roles]) => roles !== 'public');
    const said = await Promise.all(
      guarded.map(async ([route]) => {
        const [method = '', path = ''] = route.split(' ');
        const reply = await stage.app.inject({
          method: method as 'GET',
          url: path.replace(/:\w+/g, '00000000-0000-4000-8000-000000000000'),
          headers: { cookie: stage.owner.cookie, 'sec-fetch-site': 'same-origin' },
        });
        return [route, ...told(reply), codes.includes(reply.json()['code']), reply.headers['set-cookie']];
      }),
    );
    await end();
    expect(said).toEqual(guarded.map(([route]) => [route, 503, true, true, undefined]));
    const after = await stage.call('GET', '/api/v1/me', undefined, { cookie: stage.owner.cookie });
    expect(after.status).toBe(200);
  });

  it('a phone is told to come again, and is answered when it does', async () => {
    const { body, signature } = sealMessage(wire(), phone, tokenUpdate);
    const ask = () =>
      stage.app.inject({
        method: 'PUT',
        url: '/mdm/apple',
        payload: Buffer.from(body),
        headers: { 'mdm-signature': toBase64(signature), 'content-type': 'application/x-apple-aspen-mdm' },
      });
    const end = await begin();
    const refused = await ask();
    await end();
    expect([told(refused), codes.includes(refused.body.trim())]).toEqual([[503, true], true]);
    expect((await ask()).statusCode).toBe(200);
  });

  it('a key request is told to come again, in words of its protocol, and is no wrong proof', async () => {
    const { db, now, keys, publicUrl } = stage.rooms;
    const account = await addAccount(stage.services.db, `Berta, ${name}`);
    const hers = await addPhone(stage.services.db, account, now());
    const key = keys.publicKeys.get('rsa:2048');
    const { bytes } = await protectPlain({}, { publicKey: key?.pem ?? '', kid: key?.kid ?? '' }, publicUrl.origin);
    const request = await keyRequest({ ...stage.rooms, db }, account, hers, bytes);
    const end = await begin();
    const refused = await stage.app.inject(request);
    await end();
    expect([told(refused), refused.json()]).toEqual([[503, true], expect.objectContaining({ code: 'unavailable' })]);
  });
});
