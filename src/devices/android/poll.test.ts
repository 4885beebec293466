import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { prepareJobs } from '../../jobs/index.ts';
import { createPerson } from '../../people/index.ts';
import { type TestDatabase, testDatabase } from '../../storage/testing.ts';
import { inviteDevice } from '../enrolments.ts';
import { openRefusals } from '../refusals.ts';
import { readDevice } from '../registry.ts';
import { findRefusals } from '../store-refusals.ts';
import { type AndroidServices, androidGateway, pollAndroid } from './index.ts';
import { putPolicyId } from './store.ts';

const ENTERPRISE = 'enterprises/LC1';
const PAGE = 100;
let database: TestDatabase;
let services: AndroidServices;
let personId: string;
/** What the API lists; a test changes it. */
let listed: unknown[] = [];
/** What a call is answered by in place of success. */
let fails: (method: string, path: string) => number | undefined = () => undefined;
let calls: string[] = [];
let api: Server;
let policy: object = {};

/** The part of the Android Management API that polling speaks to; the emulator of the practice organisation is never out of order. */
function startApi(): Promise<URL> {
  api = createServer((request, reply) => {
    const url = new URL(request.url ?? '', 'http://localhost');
    const path = url.pathname.replace('/v1/', '');
    calls.push(`${request.method} ${path}`);
    const status = fails(request.method ?? '', path);
    if (status !== undefined) return void reply.writeHead(status).end('{}');
    const from = Number(url.searchParams.get('pageToken') ?? 0);
    const more = from + PAGE < listed.length ? { nextPageToken: `${from + PAGE}` } : {};
    const body =
      path === `${ENTERPRISE}/devices` ? { devices: listed.slice(from, from + PAGE), ...more } : { name: path };
    reply.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  });
  return new Promise((done) => {
    api.listen(0, '127.0.0.1', () => {
      const address = api.address();
      done(new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`));
    });
  });
}

beforeAll(async () => {
  database = await testDatabase();
  await prepareJobs(database.pool);
  const { db } = database;
  const now = () => Date.now();
  const gateway = androidGateway({ baseUrl: await startApi(), enterprise: ENTERPRISE });
  services = { db, now, gateway, refusals: openRefusals({ db, now }), androidPolicyFor: async () => policy };
  const wanted = { displayName: 'Ines', email: 'ines@example.org', role: 'member' } as const;
  const publicUrl = new URL('http://localhost');
  personId = (await createPerson({ db, now, publicUrl }, { kind: 'system' }, wanted)).person.id;
}, 60_000);
afterAll(async () => {
  await services?.refusals[Symbol.asyncDispose]();
  api?.close();
  await database?.close();
});
beforeEach(async () => {
  [listed, calls, policy, fails] = [[], [], {}, () => undefined];
  await database.pool.query("update devices set state = 'checked-out'"); // the phones of the test before
});

let reports = 0;
/** Invites a phone; how it is listed once it has enrolled, with what a test says of it. */
async function phone(more: object = {}): Promise<{ deviceId: string; resource: { readonly name: string } }> {
  const wish = { personId, ownership: 'personal', platform: 'android' } as const;
  const { deviceId } = await inviteDevice(services, { kind: 'system' }, wish);
  await putPolicyId(database.db, deviceId, 'p-none');
  reports += 1;
  const resource = {
    name: `${ENTERPRISE}/devices/d${reports}`,
    enrollmentTokenData: deviceId,
    lastStatusReportTime: new Date(Date.now() - 1_000_000 + reports * 1000).toISOString(),
    softwareInfo: { androidVersion: '16' },
    ...more,
  };
  return { deviceId, resource };
}
const state = async (deviceId: string) => (await readDevice(database.db, deviceId))?.state;
const osVersion = async (deviceId: string) =>
  (await readDevice(database.db, deviceId))?.facts.find(({ name }) => name === 'os.version')?.value;
async function refusalsOf(deviceId: string): Promise<unknown> {
  await services.refusals.flush();
  return (await findRefusals(database.db, deviceId, 10)).map(({ code, place, count }) => ({ code, place, count }));
}
const gatewayRefusal = { code: 'device-android-refused', place: 'gateway', count: 1 };

describe('pollAndroid()', () => {
  it('takes over every other phone where one reports what cannot be kept, and says of which', async () => {
    const bad = await phone({ softwareInfo: { androidVersion: 'a\0b' } });
    const odd = await phone({ softwareInfo: 'none' });
    const good = await phone();
    listed = [bad.resource, odd.resource, 'no device', good.resource];
    await pollAndroid(services);
    expect([await state(bad.deviceId), await state(odd.deviceId), await state(good.deviceId)]).toEqual([
      'pending',
      'pending',
      'enrolled',
    ]);
    expect(await refusalsOf(bad.deviceId)).toEqual([{ code: 'device-android-report', place: 'gateway', count: 1 }]);
    expect(await refusalsOf(odd.deviceId)).toEqual([{ code: 'device-android-form', place: 'gateway', count: 1 }]);
    expect(await refusalsOf(good.deviceId)).toEqual([]);
    listed = [{ ...bad.resource, softwareInfo: { androidVersion: '15' } }];
    await pollAndroid(services);
    expect(await state(bad.deviceId), 'and takes it over once it is in order').toBe('enrolled');
  });

  it('moves every other phone to its policy where one is refused, and asks once for a policy that is refused', async () => {
    const phones = [await phone(), await phone(), await phone()];
    const [first] = phones;
    listed = phones.map(({ resource }) => resource);
    fails = (method, path) => (method === 'PATCH' && path === first?.resource.name ? 404 : undefined);
    await pollAndroid(services);
    const moved = (n: number) => calls.filter((call) => call === `PATCH ${phones[n]?.resource.name}`).length;
    expect([moved(0), moved(1), moved(2)]).toEqual([1, 1, 1]);
    for (const [n, { deviceId }] of phones.entries())
      expect(await refusalsOf(deviceId)).toEqual(n === 0 ? [gatewayRefusal] : []);
    calls = [];
    fails = () => undefined;
    await pollAndroid(services);
    expect([moved(0), moved(1), moved(2)], 'what was moved is left alone').toEqual([1, 0, 0]);

    policy = { nonsense: true };
    calls = [];
    fails = (method, path) => (method === 'PATCH' && path.includes('/policies/') ? 400 : undefined);
    await pollAndroid(services);
    expect(calls.filter((call) => call.startsWith('PATCH'))).toEqual([
      expect.stringMatching(/^PATCH enterprises\/LC1\/policies\/p-/),
    ]);
    expect(await refusalsOf(phones[1]?.deviceId ?? '')).toEqual([gatewayRefusal]);
  });

  it.each([429, 500, 503])('ends the round where the API itself answers %i, for the job to be told', async (status) => {
    const phones = [await phone(), await phone()];
    listed = phones.map(({ resource }) => resource);
    fails = (method) => (method === 'PATCH' ? status : undefined);
    await expect(pollAndroid(services)).rejects.toMatchObject({ code: 'device-android-gateway' });
    expect(calls.filter((call) => call.startsWith('PATCH'))).toHaveLength(1);
    expect(await state(phones[1]?.deviceId ?? ''), 'what was listed before is taken over').toBe('enrolled');
  });

  it('takes over more than ten thousand phones, page by page, also those before a page that fails', async () => {
    const last = await phone();
    const early = await phone();
    const strangers = Array.from({ length: 10_050 }, (_, n) => ({ name: `${ENTERPRISE}/devices/s${n}` }));
    listed = [early.resource, ...strangers, last.resource];
    let pages = 0;
    fails = (method) => (method === 'GET' && ++pages === 3 ? 503 : undefined);
    await expect(pollAndroid(services)).rejects.toMatchObject({ code: 'device-android-gateway' });
    expect([await osVersion(early.deviceId), await osVersion(last.deviceId)]).toEqual(['16', undefined]);
    fails = () => undefined;
    await pollAndroid(services);
    expect(await osVersion(last.deviceId)).toBe('16');
  });

  it('ends a listing that goes in a circle', async () => {
    const circle = createServer((_request, reply) => {
      reply.setHeader('content-type', 'application/json').end(JSON.stringify({ devices: [], nextPageToken: 'again' }));
    });
    await new Promise<void>((done) => circle.listen(0, '127.0.0.1', done));
    const address = circle.address();
    const baseUrl = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`);
    const round = pollAndroid({ ...services, gateway: androidGateway({ baseUrl, enterprise: ENTERPRISE }) });
    await expect(round).rejects.toMatchObject({ code: 'device-android-gateway' });
    circle.close();
  });
});
