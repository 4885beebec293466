import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AndroidServices, androidGateway, androidRoutes, pollAndroid } from '../devices/android/index.ts';
import { devicesRoutes, openApple, replayGuard } from '../devices/index.ts';
import { filesRoutes, openKasKeys } from '../files/index.ts';
import {
  authenticate,
  createPerson,
  listPeople,
  peopleRoutes,
  requireProof,
  verifyPasskeyAssertion,
} from '../people/index.ts';
import { androidPolicyFor, policiesRoutes, profileFor, withoutLosers } from '../policies/index.ts';
import { createApp } from '../server/app.ts';
import { readConfig } from '../server/config.ts';
import { openBlobs, openSecrets } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { trainingRoutes } from '../training/index.ts';
import { type AndroidEmulator, type DemoServices, startAndroidEmulator, startDemo } from './index.ts';

const publicUrl = new URL('http://localhost:8420');
const now = () => Date.now();
let database: TestDatabase;
let data: string;
let app: FastifyInstance;
let baseUrl: URL;
let services: DemoServices;
let android: AndroidEmulator;
let androidServices: AndroidServices;
let close: () => Promise<void>;

beforeAll(async () => {
  database = await testDatabase();
  data = await mkdtemp(join(tmpdir(), 'pavise-demo-'));
  const { db } = database;
  services = { db, publicUrl, now, data };
  const secrets = await openSecrets(data, undefined);
  const apple = await openApple({
    ...{ db, secrets, publicUrl, now, scepLegacyDes: false, organisation: 'Meridian', factMaxAgeMs: 60_000 },
    profileFor: () =>
      profileFor(db, { platform: 'apple', ownership: 'organisation', supervised: true, personId: null }, 'Meridian'),
  });
  const files: Parameters<typeof filesRoutes>[1] = {
    ...{ db, publicUrl, now, blobs: await openBlobs(data), keys: await openKasKeys({ db, secrets }, now()) },
    ...{
      replay: replayGuard(),
      filesPerPersonBytes: 1024 ** 3,
      recordLook: () => Promise.resolve(),
    },
  };
  const config = readConfig(['--public-url', publicUrl.href], {});
  const whoCalls = ({ method, headers }: { method: string; headers: Record<string, string | string[] | undefined> }) =>
    authenticate(
      { db, publicUrl, now },
      {
        method,
        cookie: headers['cookie']?.toString(),
        authorization: headers['authorization']?.toString(),
        origin: headers['origin']?.toString(),
        secFetchSite: headers['sec-fetch-site']?.toString(),
      },
    );
  app = await createApp(
    {
      config,
      authenticate: whoCalls,
      requireProof: ({ actor, headers }, proof) =>
        requireProof({ db, publicUrl, now }, { actor, cookie: headers.cookie }, proof),
    },
    { level: 'warn' },
  );
  const recordPersonLook = () => Promise.resolve();
  await peopleRoutes(app, { db, publicUrl, now, secrets, recordPersonLook, withoutLosers });
  await policiesRoutes(app, { db, organisation: 'Meridian', now });
  await devicesRoutes(app, {
    db,
    publicUrl,
    now,
    apple,
    androidReady: true,
    recordLook: () => Promise.resolve(),
    mayCallFalse: () => Promise.resolve(),
  });
  const verifyPasskey = (expectation: Parameters<typeof verifyPasskeyAssertion>[1]) =>
    verifyPasskeyAssertion({ db, publicUrl, now }, expectation);
  await trainingRoutes(app, { db, verifyPasskey, now });
  await filesRoutes(app, files);
  android = await startAndroidEmulator(now, join(data, 'demo', 'android.json'));
  androidServices = { db, now, refusals: apple.refusals, androidPolicyFor, gateway: androidGateway(android) };
  await androidRoutes(app, { db, now, android: androidServices });
  baseUrl = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  close = async () => {
    await app.close();
    await android.close();
    await apple[Symbol.asyncDispose]();
    await database.close();
    await rm(data, { recursive: true, force: true });
  };
}, 60_000);
afterAll(() => close());

async function count(sqlText: string): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>(sqlText);
  return rows[0]?.n ?? 0;
}

describe('startDemo()', () => {
  it('seeds people, policy, file and phones, goes on after a restart, and refuses a foreign database', async () => {
    const demo = await startDemo(services, { baseUrl, count: 3, android });
    expect(demo.lines).toContain('Android: one phone enrols through the emulator');
    await pollAndroid(androidServices);
    expect((await listPeople(database.db, {}, 50)).map((person) => person.state)).toHaveLength(12);
    expect(await count(`select count(*) as n from people where state = 'active'`)).toBe(10);
    expect(await count(`select count(*) as n from training_signatures`)).toBe(10);
    expect(await count(`select count(*) as n from policies where everyone`)).toBe(1);
    expect(await count(`select count(*) as n from file_recipients`)).toBe(11);
    expect(await count(`select count(*) as n from people_sessions`)).toBe(0);
    await expect
      .poll(() => count(`select count(*) as n from devices where state = 'enrolled'`), { timeout: 20_000 })
      .toBe(4);
    await demo.stop();
    const invitation = demo.links.find(({ label }) => label === 'invitation of Amara Okafor');
    expect(demo.lines.join()).not.toMatch(/token=/);
    expect(invitation?.link).toContain('http://localhost:8420/workspace/#/join?token=');
    const backup = demo.lines.find((line) => line.startsWith('practice backup'))?.split(': ')[1] ?? '';
    expect((await stat(join(backup, 'Manifest.db'))).isFile()).toBe(true);
    expect((await stat(join(data, 'demo', 'practice.json'))).mode & 0o777).toBe(0o600);

    await android.close();
    android = await startAndroidEmulator(now, join(data, 'demo', 'android.json'));
    const again = await startDemo(services, { baseUrl, count: 3, android });
    await again.stop();
    expect(await count(`select count(*) as n from devices`)).toBe(4);
    const page = (await androidGateway(android).listDevices().next()).value;
    expect(page?.devices).toMatchObject([{ softwareInfo: { androidVersion: '16' }, policyCompliant: true }]);
    expect(await count(`select count(*) as n from devices where platform = 'android' and state = 'enrolled'`)).toBe(1);
    expect(await count(`select count(*) as n from files`)).toBe(1);

    const elsewhere = await mkdtemp(join(tmpdir(), 'pavise-demo-'));
    await expect(startDemo({ ...services, data: elsewhere }, { baseUrl })).rejects.toMatchObject({
      code: 'demo-not-empty',
    });
    await expect(readFile(join(elsewhere, 'demo', 'practice.json'))).rejects.toThrow();
    await rm(elsewhere, { recursive: true });
    await createPerson(services, { kind: 'system' }, { displayName: 'New', email: 'new@example.org', role: 'member' });
    await (await startDemo(services, { baseUrl, count: 1 })).stop();
  }, 90_000);
});
