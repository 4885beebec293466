import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Actor, Role } from '../audit/index.ts';
import { whileHeld } from '../storage/testing.ts';
import { makeRequest, type RequestKind } from './index.ts';
import { PeopleError } from './people-error.ts';
import { readRequests, requestsByPhone } from './request-wire.ts';
import {
  agreeToRequest,
  carryOutRequest,
  confirmByPhone,
  confirmRequest,
  endRequest,
  stopByPhone,
} from './requests.ts';
import { openPeopleBench, type PeopleBench } from './testing.ts';
import { heldUntil, holdAfterRecovery } from './two-people.ts';

/** What requests do for any room that has something which takes two people, over a kind of a room that is not there. */

const DAY_MS = 86_400_000;
const HELD = 'people-request-held';
let bench: PeopleBench;
const ids: Record<string, string> = {};
beforeAll(async () => {
  bench = await openPeopleBench();
});
beforeEach(async () => {
  await sql`delete from people`.execute(bench.services.db);
  for (const [name, role, state] of [
    ['Ada', 'owner', 'active'],
    ['Ben', 'administrator', 'active'],
    ['Cleo', 'administrator', 'active'],
    ['Emil', 'member', 'active'],
    ['Sam', 'administrator', 'suspended'],
  ] as const) {
    const { rows } = await sql<{ id: string }>`insert into people (display_name, email, role, state, created_at)
      values (${name}, ${name}, ${role}, ${state}, now()) returning id`.execute(bench.services.db);
    ids[name] = rows[0]?.id ?? '';
  }
});
afterAll(() => bench?.[Symbol.asyncDispose]());

const id = (name: string): string => ids[name] ?? crypto.randomUUID();
function as(name: string, role: Role = 'administrator'): Actor {
  return { kind: 'person', personId: id(name), role, sessionId: crypto.randomUUID() };
}
const phone = { kind: 'device', deviceId: crypto.randomUUID() } as const;
/** A phone of somebody, which proves itself unless told otherwise. */
const phoneOf = (name: string, prove = async (): Promise<void> => {}) => ({
  ...{ deviceId: phone.deviceId, personId: id(name), prove },
});

/** A kind that is done at once; `done` holds what was. */
function atOnce(change: Partial<RequestKind> = {}): RequestKind & { readonly done: unknown[] } {
  const done: unknown[] = [];
  return {
    ...{ name: 'test.at-once', roles: () => ['administrator'], personStates: ['active'], carriedOut: 'at-once' },
    personMayAgree: 'never',
    run: async (_tx, { request, agreedAs }) => {
      done.push([request.detail, agreedAs]);
      return undefined;
    },
    ...change,
    done,
  };
}
const withKind = (...kinds: RequestKind[]) => ({ ...bench.services, kinds });
let asked = 0;
/** Ben asks for something about Emil, by which Ada would gain. */
const ask = (kind: RequestKind, change: object = {}, actor = as('Ben')) =>
  makeRequest(bench.services, actor, kind, {
    ...{ personId: id('Emil'), title: 'access', reason: 'because', barred: [id('Ada')], detail: { n: 1 } },
    ...{ about: { type: 'file', id: `f${(asked += 1)}` } as const, ...change },
  });
const refusal = (code: string) => ({ code });
async function read(requestId: string) {
  const [row] = (
    await sql<{ agreed_as: string | null; ending: string | null }>`select agreed_as, ending from people_requests
      where id = ${requestId}`.execute(bench.services.db)
  ).rows;
  return row;
}

it('heldUntil() tells until when somebody is held after a recovery, a hold that lasts longer before others', async () => {
  const { db } = bench.services;
  const [nowMs, emil] = [bench.clock.nowMs, id('Emil')];
  const held = async () => [await heldUntil(db, emil, nowMs), await heldUntil(db, emil, nowMs + DAY_MS - 1)];
  expect(await held()).toEqual([undefined, undefined]);
  await holdAfterRecovery(db, emil, nowMs);
  expect(await held()).toEqual([nowMs + DAY_MS, nowMs + DAY_MS]);
  await holdAfterRecovery(db, emil, nowMs - 1);
  expect(await held()).toEqual([nowMs + DAY_MS, nowMs + DAY_MS]);
  expect(await heldUntil(db, emil, nowMs + DAY_MS)).toBeUndefined();
  expect(await heldUntil(db, id('Cleo'), nowMs)).toBeUndefined();
});

describe('makeRequest()', () => {
  it.each<readonly [string, string, () => Promise<unknown>]>([
    ['about nobody', 'people-unknown', () => ask(atOnce(), { personId: id('nobody') })],
    ['by nobody known', 'people-request-person', () => ask(atOnce(), {}, as('nobody'))],
    ['by who is suspended', 'people-request-person', () => ask(atOnce(), {}, as('Sam'))],
    ['by a phone', 'people-request-person', () => ask(atOnce(), {}, phone)],
    ['by the server', 'people-request-person', () => ask(atOnce(), {}, { kind: 'system' })],
    ['by who has another role', 'people-role', () => ask(atOnce(), {}, as('Ada', 'owner'))],
    ['by who claims another role', 'people-role', () => ask(atOnce(), {}, as('Ada', 'administrator'))],
    ['about oneself', 'people-request-own', () => ask(atOnce(), { personId: id('Ben') })],
    ['about who is in another state', 'people-request-state', () => ask(atOnce({ personStates: ['suspended'] }))],
  ])('%s is refused', async (_what, code, make) => {
    await expect(make()).rejects.toMatchObject(refusal(code));
  });

  it('asks for the same once; for another thing, in another way, or after the end of the first, anew', async () => {
    const about = { type: 'file', id: 'same' } as const;
    const kind = atOnce();
    const first = await ask(kind, { about });
    await expect(ask(kind, { about }, as('Cleo'))).rejects.toMatchObject(refusal('people-request-open'));
    await ask(kind, { about, detail: { n: 2 } });
    await ask(atOnce({ name: 'test.other' }), { about });
    await ask(kind, { about: { type: 'file', id: 'other' } });
    await endRequest(withKind(kind), as('Ben'), first.id);
    await ask(kind, { about });
  });

  it('forgets requests of a year ago', async () => {
    const { id: old } = await ask(atOnce());
    bench.clock.nowMs += 365 * DAY_MS;
    await ask(atOnce());
    expect(await read(old)).toBeDefined();
    bench.clock.nowMs += 1;
    await ask(atOnce());
    expect(await read(old)).toBeUndefined();
  });

  it('counts nobody as the second who is barred, suspended or of another role, and tells from when its maker is alone', async () => {
    const kind = atOnce();
    const barred = [id('Cleo')];
    const { id: alone, aloneFromMs } = await ask(kind, { barred });
    expect(aloneFromMs).toBe(bench.clock.nowMs + DAY_MS);
    const { rows } = await sql`select until_at from people_notices where about ->> 'id' = ${alone}`.execute(
      bench.services.db,
    );
    expect(rows).toEqual([{ until_at: new Date(bench.clock.nowMs + DAY_MS) }]);
    expect(await ask(kind)).toMatchObject({ aloneFromMs: null });
    bench.clock.nowMs += DAY_MS;
    await carryOutRequest(withKind(kind), as('Ben'), alone);
    expect(kind.done).toEqual([[{ n: 1 }, 'alone']]);
  });
});

describe('agreement', () => {
  it('does at once what is so carried out, in its transaction; what fails undoes both', async () => {
    let fails = true;
    const kind: RequestKind = atOnce({
      run: async () => {
        if (fails) throw new PeopleError('test-fails', 409, 'Not now');
        return undefined;
      },
    });
    const { id: request } = await ask(kind);
    await expect(agreeToRequest(withKind(kind), as('Cleo'), request)).rejects.toMatchObject(refusal('test-fails'));
    expect(await read(request)).toEqual({ agreed_as: null, ending: null });
    fails = false;
    await agreeToRequest(withKind(kind), as('Cleo'), request);
    expect(await read(request)).toEqual({ agreed_as: 'second', ending: 'done' });
  });

  it('is given once, and what was done is done once', async () => {
    const kind = atOnce();
    const { id: request } = await ask(kind);
    await expect(carryOutRequest(withKind(kind), as('Ben'), request)).rejects.toMatchObject(
      refusal('people-request-waits'),
    );
    await agreeToRequest(withKind(kind), as('Cleo'), request);
    for (const again of [
      () => agreeToRequest(withKind(kind), as('Cleo'), request),
      () => carryOutRequest(withKind(kind), as('Ben'), request),
      () => endRequest(withKind(kind), as('Emil', 'member'), request),
    ])
      await expect(again()).rejects.toMatchObject(refusal('people-request-ended'));
    expect(kind.done).toEqual([[{ n: 1 }, 'second']]);
  });

  it.each<readonly [RequestKind['personMayAgree'], how: 'session' | 'phone', as: string, proved: number]>([
    ['by-session', 'session', 'person', 0],
    ['by-session', 'phone', 'phone', 1],
    ['by-passkey', 'session', 'person', 1],
    ['by-passkey', 'phone', 'phone', 1],
  ])('of whom it concerns, %s, by a %s', async (personMayAgree, how, agreedAs, proofs) => {
    const kind = atOnce({ personMayAgree });
    const { id: request } = await ask(kind);
    let proved = 0;
    const prove = async () => void (proved += 1);
    const confirm = (name: string) =>
      how === 'phone'
        ? confirmByPhone(withKind(kind), phoneOf(name, prove), request)
        : confirmRequest(withKind(kind), as(name, 'member'), id(name), request, prove);
    await expect(confirm('Cleo')).rejects.toMatchObject(refusal('people-request-role'));
    expect(proved).toBe(0);
    await confirm('Emil');
    expect([proved, kind.done]).toEqual([proofs, [[{ n: 1 }, agreedAs]]]);
  });

  it('of whom it concerns is refused where her phone does not prove itself any more, and so is her stop', async () => {
    const kind = atOnce({ personMayAgree: 'by-session' });
    const { id: request } = await ask(kind);
    const former = phoneOf('Emil', () => Promise.reject(new PeopleError('device-key-unknown', 403, 'Connect it')));
    for (const act of [confirmByPhone, stopByPhone])
      await expect(act(withKind(kind), former, request)).rejects.toMatchObject(refusal('device-key-unknown'));
    expect(await read(request)).toEqual({ agreed_as: null, ending: null });
  });

  it('of whom it concerns is refused where the passkey is not proved, or where she has no say', async () => {
    const refuse = () => Promise.reject(new PeopleError('passkey-not-fresh', 403, 'Confirm'));
    for (const [personMayAgree, code] of [
      ['by-passkey', 'passkey-not-fresh'],
      ['never', 'people-request-no-confirmation'],
    ] as const) {
      const kind = atOnce({ personMayAgree });
      const { id: request } = await ask(kind);
      const confirmed = confirmRequest(withKind(kind), as('Emil', 'member'), id('Emil'), request, refuse);
      await expect(confirmed).rejects.toMatchObject(refusal(code));
      expect(await read(request)).toEqual({ agreed_as: null, ending: null });
    }
  });

  it('waits for a change of the role of who agrees, and then counts her as what she became', async () => {
    const kind = atOnce();
    const { id: request } = await ask(kind);
    const set = (role: string) => sql`update people set role = ${role} where id = ${id('Cleo')}`;
    const agreed = whileHeld(
      bench.database,
      (tx) => set('auditor').execute(tx),
      () => agreeToRequest(withKind(kind), as('Cleo'), request),
    );
    await expect(agreed).rejects.toMatchObject(refusal('people-request-role'));
    expect(kind.done).toEqual([]);
  });

  it('waits for a change of the role of who asked', async () => {
    const kind = atOnce();
    const { id: request } = await ask(kind);
    const set = (role: string) => sql`update people set role = ${role} where id = ${id('Ben')}`;
    const agreed = whileHeld(
      bench.database,
      (tx) => set('auditor').execute(tx),
      () => agreeToRequest(withKind(kind), as('Cleo'), request),
    );
    await expect(agreed).rejects.toMatchObject(refusal('people-request-ended'));
  });
});

describe('a request', () => {
  it.each<readonly [string, (request: string) => Promise<unknown>]>([
    ['agreed to', (request) => agreeToRequest(withKind(atOnce()), as('Cleo'), request)],
    ['confirmed', (request) => confirmRequest(withKind(atOnce()), as('Emil'), id('Emil'), request, async () => {})],
    ['confirmed by a phone', (request) => confirmByPhone(withKind(atOnce()), phoneOf('Emil'), request)],
    ['stopped by a phone', (request) => stopByPhone(withKind(atOnce()), phoneOf('Emil'), request)],
    ['carried out', (request) => carryOutRequest(withKind(atOnce()), as('Ben'), request)],
    ['ended', (request) => endRequest(withKind(atOnce()), as('Ben'), request)],
  ])('that is unknown, gone meanwhile or of a kind that no room knows is not %s', async (_what, act) => {
    const unknown = refusal('people-request-unknown');
    await expect(act(crypto.randomUUID())).rejects.toMatchObject(unknown);
    const { id: other } = await ask(atOnce({ name: 'test.other' }));
    await expect(act(other)).rejects.toMatchObject(unknown);
    const { id: gone } = await ask(atOnce());
    const remove = sql`delete from people_requests where id = ${gone}`;
    const late = whileHeld(
      bench.database,
      (tx) => remove.execute(tx),
      () => act(gone),
    );
    await expect(late).rejects.toMatchObject(unknown);
  });

  it('names who ended it, and what is over cannot be ended', async () => {
    const kind = atOnce();
    const endings = [
      ['Ben', 'administrator', 'withdrawn'],
      ['Cleo', 'administrator', 'refused'],
      ['Emil', 'member', 'stopped'],
    ] as const;
    for (const [by, role, standing] of endings) {
      const { id: request } = await ask(kind);
      await endRequest(withKind(kind), as(by, role), request);
      const items = await readRequests(withKind(kind), as('Ada', 'owner'), { personId: id('Emil') });
      expect(items.find((item) => item.id === request)).toMatchObject({ standing, ended: { by, alone: false } });
    }
    const { id: old } = await ask(kind);
    await expect(endRequest(withKind(kind), as('Ada', 'owner'), old)).rejects.toMatchObject(
      refusal('people-request-role'),
    );
    bench.clock.nowMs += 7 * DAY_MS;
    await expect(endRequest(withKind(kind), as('Ben'), old)).rejects.toMatchObject(refusal('people-request-ended'));
  });

  it.each([
    ['in time', 999, true, 'people-request-ended', 'withdrawn'],
    ['too late', 1000, true, 'people-request-ended', 'done'],
    ['in vain', 0, false, 'people-request-ended', 'done'],
  ])('that was done is taken back %s', async (_when, afterMs, works, code, ending) => {
    const kind = atOnce({ undo: { withinMs: 1000, run: async () => works } });
    const { id: request } = await ask(kind);
    await agreeToRequest(withKind(kind), as('Cleo'), request);
    bench.clock.nowMs += afterMs;
    const ended = endRequest(withKind(kind), as('Ben'), request);
    await (ending === 'done' ? expect(ended).rejects.toMatchObject(refusal(code)) : ended);
    expect(await read(request)).toEqual({ agreed_as: 'second', ending });
    await expect(endRequest(withKind(kind), as('Ben'), request)).rejects.toMatchObject(refusal(code));
  });

  it('counts nobody whose account was just recovered', async () => {
    const hold = (atMs: number) =>
      sql`update people set held_until = ${new Date(atMs)} where id in (${id('Ben')}, ${id('Emil')})`.execute(
        bench.services.db,
      );
    const kind = atOnce({ personMayAgree: 'by-session' });
    const { id: request } = await ask(kind);
    await hold(bench.clock.nowMs + 1);
    const confirm = () => confirmByPhone(withKind(kind), phoneOf('Emil'), request);
    const inSession = () => confirmRequest(withKind(kind), as('Emil', 'member'), id('Emil'), request, async () => {});
    await expect(ask(kind)).rejects.toMatchObject(refusal(HELD));
    await expect(carryOutRequest(withKind(kind), as('Ben'), request)).rejects.toMatchObject(refusal(HELD));
    await expect(inSession()).rejects.toMatchObject(refusal(HELD));
    await expect(confirm()).rejects.toMatchObject(refusal(HELD));
    bench.clock.nowMs += 1;
    await ask(kind);
    await confirm();
  });
});

describe('the phone of whom it concerns', () => {
  it('is told what concerns her and what it may do, and nobody else’s', async () => {
    const kind = atOnce({ personMayAgree: 'by-session' });
    const { id: request } = await ask(kind);
    const never = atOnce({ name: 'test.never' });
    const { id: other } = await ask(never);
    const may = async (name: string, at = phoneOf(name)) =>
      new Map((await requestsByPhone(withKind(kind, never), at)).map((item) => [item.id, item.may]));
    const none = { agree: false, carryOut: false, end: 'stop' };
    expect(await may('Emil')).toEqual(
      new Map([
        [other, { ...none, confirm: false }],
        [request, { ...none, confirm: true }],
      ]),
    );
    expect(await may('Cleo')).toEqual(new Map());
    await confirmByPhone(withKind(kind), phoneOf('Emil'), request);
    expect((await may('Emil')).get(request)).toEqual({ ...none, confirm: false, end: null });
  });

  it('stops it as she may, and nobody else’s phone does', async () => {
    const kind = atOnce();
    const { id: request } = await ask(kind);
    const stop = (name: string) => stopByPhone(withKind(kind), phoneOf(name), request);
    for (const name of ['Ben', 'Cleo', 'nobody'])
      await expect(stop(name)).rejects.toMatchObject(refusal('people-request-role'));
    await sql`update people set state = 'suspended' where id = ${id('Emil')}`.execute(bench.services.db);
    await expect(stop('Emil')).rejects.toMatchObject(refusal('people-request-role'));
    await sql`update people set state = 'active' where id = ${id('Emil')}`.execute(bench.services.db);
    await stop('Emil');
    const [item] = await readRequests(withKind(kind), as('Ada', 'owner'), { personId: id('Emil') });
    expect(item).toMatchObject({ standing: 'stopped', ended: { by: null } });
    await expect(stop('Emil')).rejects.toMatchObject(refusal('people-request-ended'));
  });

  it('neither confirms nor stops what has run out', async () => {
    const kind = atOnce({ personMayAgree: 'by-session' });
    const { id: request } = await ask(kind);
    bench.clock.nowMs += 7 * DAY_MS;
    for (const act of [confirmByPhone, stopByPhone])
      await expect(act(withKind(kind), phoneOf('Emil'), request)).rejects.toMatchObject(
        refusal('people-request-ended'),
      );
  });
});

it('the database itself keeps maker, person and who gains from being the second person', async () => {
  const { id: request } = await ask(atOnce());
  for (const who of ['Ben', 'Emil', 'Ada']) {
    const agreed = sql`update people_requests set agreed_as = 'second', agreed_by = ${id(who)}, agreed_role = 'owner',
      agreed_at = now() where id = ${request}`.execute(bench.database.db);
    await expect(agreed).rejects.toMatchObject({ code: '23514' });
  }
});
