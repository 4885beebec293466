import { randomUUID } from 'node:crypto';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify from 'fastify';
import { calculateJwkThumbprint } from 'jose';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor, Role } from '../audit/index.ts';
import { type DeviceKey, dpopProof } from '../formats/tdf/index.ts';
import { prepareJobs } from '../jobs/index.ts';
import { makeRequest, type RequestKind, recoveryRequest } from '../people/index.ts';
import { askForRecovery } from '../people/recovery-request.ts';
import { carryOutRequest } from '../people/requests.ts';
import { sendProblem } from '../server/problem.ts';
import { type Db, secretsOf, transaction } from '../storage/index.ts';
import { type TestDatabase, testDatabase, whileHeld } from '../storage/testing.ts';
import { askForBrowser, browserRequest } from './connect-browser.ts';
import { changeDeviceState, phoneRoutes, replayGuard, upsertDevice } from './index.ts';
import { bindBrowser } from './registry.ts';

/** Who holds the phone of somebody, without any session: what her browser's key may do for her, and what it may not. */

const publicUrl = new URL('http://localhost:8420');
const DAY_MS = 86_400_000;
const never: RequestKind = {
  ...{ name: 'test.never', roles: () => ['administrator'], personStates: ['active'], personMayAgree: 'never' },
  ...{ carriedOut: 'at-once', run: async () => undefined },
};
let database: TestDatabase;
let nowMs = Date.now();
let trouble: string | undefined;
const services = () => ({
  ...{ db: database.db, publicUrl, now: () => nowMs, secrets: secretsOf(new Uint8Array(32)) },
  kinds: [
    recoveryRequest({ db: database.db, publicUrl, now: () => nowMs }),
    browserRequest({ now: () => nowMs }),
    never,
  ],
});
const app = Fastify();

interface Held {
  readonly personId: string;
  readonly deviceId: string;
  readonly key: DeviceKey;
  readonly thumbprint: string;
}
let ben: Actor;
let emil: Held;
let mara: Held;
let request: string;

beforeAll(async () => {
  database = await testDatabase();
  await prepareJobs(database.pool);
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.setErrorHandler((error, call, reply) => sendProblem(error, call, reply));
  const phoneTrouble = async () => trouble;
  phoneRoutes(app, { ...services(), replay: replayGuard(), phoneTrouble });
}, 60_000);
afterAll(async () => {
  await app.close();
  await database.close();
});

/** Ben asks for a link to Emil's account; Cleo could agree, and so may Emil's phone. */
beforeEach(async () => {
  trouble = undefined;
  await sql`delete from people`.execute(database.db);
  ben = {
    kind: 'person',
    personId: await person('Ben', 'administrator'),
    role: 'administrator',
    sessionId: randomUUID(),
  };
  await person('Cleo', 'administrator');
  emil = await enrol(await person('Emil'));
  mara = await enrol(await person('Mara'));
  request = (await askForRecovery(services(), ben, emil.personId, 'He rang me')).id;
});

async function person(name: string, role: Role = 'member'): Promise<string> {
  const { rows } = await sql<{ id: string }>`insert into people (display_name, email, role, state, created_at)
    values (${name}, ${`${name}-${randomUUID()}@example.org`}, ${role}, 'active', now()) returning id`.execute(
    database.db,
  );
  return rows[0]?.id ?? '';
}

async function newKey(): Promise<{ key: DeviceKey; thumbprint: string }> {
  const key = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify']);
  return { key, thumbprint: await calculateJwkThumbprint(key.publicKey) };
}

async function enrol(personId: string, state: 'enrolled' | 'pending' = 'enrolled'): Promise<Held> {
  const { key, thumbprint } = await newKey();
  const actor = { kind: 'person', personId, role: 'member', sessionId: randomUUID() } as const;
  const deviceId = await transaction(database.db, async (tx) => {
    const id = await upsertDevice(tx, { personId, platform: 'apple', ownership: 'personal', name: 'Phone' }, nowMs);
    if (state === 'enrolled') await changeDeviceState(tx, id, 'enrolled', nowMs);
    await bindBrowser(tx, actor, id, thumbprint, nowMs);
    return id;
  });
  return { personId, deviceId, key, thumbprint };
}

const pathOf = (step?: 'confirm' | 'stop', id = request) =>
  `/api/v1/phone/requests${step === undefined ? '' : `/${id}/${step}`}`;
const proofFor = (path: string, key: DeviceKey, atMs = nowMs, method = 'POST') =>
  dpopProof(key, { method, url: new URL(path, publicUrl).href, nowMs: atMs, random: crypto });
async function send(path: string, dpop?: string | string[]) {
  const reply = await app.inject({ method: 'POST', url: path, ...(dpop === undefined ? {} : { headers: { dpop } }) });
  return { status: reply.statusCode, headers: reply.headers, body: reply.body === '' ? {} : reply.json() };
}
/** Does a step with a good proof by a phone; the status, or the code of the refusal. */
async function act(step: 'confirm' | 'stop', by: Pick<Held, 'key'>, id = request): Promise<unknown> {
  const { status, body } = await send(pathOf(step, id), await proofFor(pathOf(step, id), by.key));
  return body.code ?? status;
}
async function listed(by: Pick<Held, 'key'>): Promise<unknown[]> {
  const { body } = await send(pathOf(), await proofFor(pathOf(), by.key));
  return body.items ?? [body.code];
}
async function standing(id = request) {
  const { rows } = await sql<{ as: string | null; by: string | null; ending: string | null }>`select agreed_as as "as",
    agreed_by as "by", ending from people_requests where id = ${id}`.execute(database.db);
  return rows[0];
}
const waiting = { as: null, by: null, ending: null };

describe('the phone of whom it concerns', () => {
  it('is told of it without a session, and agrees to it', async () => {
    expect(await listed(emil)).toMatchObject([
      {
        ...{ id: request, kind: 'people.recovery', reason: 'He rang me', standing: 'waiting' },
        may: { agree: false, confirm: true, carryOut: false, end: 'stop' },
      },
    ]);
    const list = await send(pathOf(), await proofFor(pathOf(), emil.key));
    expect(list.headers['cache-control']).toBe('no-store');
    expect(await act('confirm', emil)).toBe(204);
    expect(await standing()).toEqual({ as: 'phone', by: emil.personId, ending: null });
    const { rows } = await sql`select actor, detail from audit_entries where action = 'people.request.agree'
      and object_id = ${request}`.execute(database.db);
    expect(rows).toMatchObject([
      { actor: { kind: 'device', deviceId: emil.deviceId }, detail: { as: 'phone', personId: emil.personId } },
    ]);
    expect(await carryOutRequest(services(), ben, request)).toMatchObject({ kind: 'passkey' });
    const { rows: made } = await sql`select detail from audit_entries where action = 'people.recovery.offer'
      and object_id = ${emil.personId}`.execute(database.db);
    expect(made).toMatchObject([{ detail: { agreedAs: 'phone' } }]);
    expect(await act('confirm', emil)).toBe('people-request-ended');
  });

  it('agrees once, stops what was agreed to, and says no more after that', async () => {
    expect([await act('confirm', emil), await act('confirm', emil)]).toEqual([204, 'people-request-agreed']);
    expect([await act('stop', emil), await act('stop', emil)]).toEqual([204, 'people-request-ended']);
    expect(await standing()).toMatchObject({ ending: 'stopped' });
    expect(await act('confirm', emil)).toBe('people-request-ended');
  });

  it('agrees for the passkey that another kind asks for: to another browser, which takes the place of its own', async () => {
    const asked = (await askForBrowser(services(), ben, emil.deviceId, 'His browser is slow')).id;
    expect(await act('confirm', emil, asked)).toBe(204);
    expect(await listed(emil)).toHaveLength(2);
    await carryOutRequest(services(), ben, asked);
    expect(await listed(emil), 'its former browser').toEqual(['device-key-unknown']);
    expect([await act('confirm', emil), await act('stop', emil)]).toEqual(['device-key-unknown', 'device-key-unknown']);
    expect(await standing()).toEqual(waiting);
  });

  it('has no say where whom it concerns has none', async () => {
    const wanted = {
      personId: emil.personId,
      about: { type: 'person', id: emil.personId },
      title: 'x',
      reason: 'because',
    } as const;
    const { id } = await makeRequest(services(), ben, never, wanted);
    expect(await act('confirm', emil, id)).toBe('people-request-no-confirmation');
    expect(await act('stop', emil, id)).toBe(204);
  });

  it('does not agree while it is not in order, and still stops', async () => {
    trouble = 'The phone has no passcode.';
    const { status, body } = await send(pathOf('confirm'), await proofFor(pathOf('confirm'), emil.key));
    expect([status, body.code, body.detail]).toEqual([403, 'device-not-in-order', expect.stringContaining(trouble)]);
    expect(await standing()).toEqual(waiting);
    expect(await act('stop', emil)).toBe(204);
  });
});

describe('nobody else’s phone, nor one that is hers no more', () => {
  it('does it for her: that of somebody else', async () => {
    expect(await listed(mara)).toEqual([]);
    for (const step of ['confirm', 'stop'] as const) expect(await act(step, mara)).toBe('people-request-role');
    expect(await standing()).toEqual(waiting);
  });

  it.each<[string, () => Promise<Pick<Held, 'key'>>]>([
    ['a browser that is connected to none', newKey],
    [
      'a phone that was released',
      async () => {
        await transaction(database.db, (tx) => changeDeviceState(tx, emil.deviceId, 'checked-out', nowMs));
        return emil;
      },
    ],
    ['a phone that has not enrolled yet', () => enrol(emil.personId, 'pending')],
    [
      'the phone of who is suspended',
      async () => {
        await sql`update people set state = 'suspended' where id = ${emil.personId}`.execute(database.db);
        return emil;
      },
    ],
  ])('does it for her: %s', async (_, prepare) => {
    const by = await prepare();
    expect([await listed(by), await act('confirm', by), await act('stop', by)]).toEqual([
      ['device-key-unknown'],
      'device-key-unknown',
      'device-key-unknown',
    ]);
    expect(await standing()).toEqual(waiting);
  });

  it.each<[string, (tx: Db, at: Held) => Promise<unknown>]>([
    [
      'whose browser is replaced',
      (tx, { deviceId }) =>
        sql`update devices set browser_key_thumbprint = id::text where id = ${deviceId}`.execute(tx),
    ],
    [
      'that is released',
      (tx, { deviceId }) => sql`update devices set state = 'checked-out' where id = ${deviceId}`.execute(tx),
    ],
    [
      'that gets another owner',
      (tx, { deviceId }) => sql`update devices set person_id = ${mara.personId} where id = ${deviceId}`.execute(tx),
    ],
    [
      'whose browser becomes that of another phone of hers',
      async (tx, { deviceId, thumbprint }) => {
        await sql`update devices set browser_key_thumbprint = null where id = ${deviceId}`.execute(tx);
        await sql`update devices set browser_key_thumbprint = ${thumbprint} where id = ${emil.deviceId}`.execute(tx);
      },
    ],
  ])('does it for her: one %s while it asks', async (_, change) => {
    for (const step of ['confirm', 'stop'] as const) {
      const at = await enrol(emil.personId);
      const late = whileHeld(
        database,
        (tx) => change(tx, at),
        () => act(step, at),
      );
      expect(await late).toBe('device-key-unknown');
    }
    expect(await standing()).toEqual(waiting);
  });
});

describe('a proof', () => {
  it('counts once', async () => {
    const proof = await proofFor(pathOf(), emil.key);
    expect([(await send(pathOf(), proof)).status, (await send(pathOf(), proof)).body.code]).toEqual([
      200,
      'device-key-proof',
    ]);
    const confirm = await proofFor(pathOf('confirm'), emil.key);
    trouble = 'The phone has no passcode.';
    await send(pathOf('confirm'), confirm);
    trouble = undefined;
    expect((await send(pathOf('confirm'), confirm)).body).toMatchObject({ code: 'device-key-proof', status: 401 });
    expect(await standing()).toEqual(waiting);
  });

  it.each<[string, () => Promise<string | undefined>]>([
    ['none', async () => undefined],
    ['one for the list', () => proofFor(pathOf(), emil.key)],
    ['one for stopping it', () => proofFor(pathOf('stop'), emil.key)],
    ['one for another request', () => proofFor(pathOf('confirm', randomUUID()), emil.key)],
    ['one by another method', () => proofFor(pathOf('confirm'), emil.key, nowMs, 'GET')],
    ['one of three minutes ago', () => proofFor(pathOf('confirm'), emil.key, nowMs - 180_000)],
    ['one of a clock that is ahead', () => proofFor(pathOf('confirm'), emil.key, nowMs + 180_000)],
  ])('is refused: %s', async (_, proof) => {
    const { status, body } = await send(pathOf('confirm'), await proof());
    expect([status, body.code]).toEqual([401, 'device-key-proof']);
    expect(await standing()).toEqual(waiting);
  });

  it('is no proof where two come', async () => {
    const two = [await proofFor(pathOf('confirm'), emil.key), await proofFor(pathOf('confirm'), emil.key)];
    expect((await send(pathOf('confirm'), two)).body).toMatchObject({ code: 'jwt-invalid' });
    expect(await standing()).toEqual(waiting);
  });

  it('agrees to nothing that has run out, nor for an account that was just recovered', async () => {
    await sql`update people set held_until = ${new Date(nowMs + 1)} where id = ${emil.personId}`.execute(database.db);
    expect(await act('confirm', emil)).toBe('people-request-held');
    nowMs += 1;
    nowMs += 7 * DAY_MS;
    expect([await act('confirm', emil), await act('stop', emil)]).toEqual([
      'people-request-ended',
      'people-request-ended',
    ]);
    expect(await standing()).toEqual(waiting);
  });
});
