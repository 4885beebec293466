import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inviteDevice } from '../devices/enrolments.ts';
import { devicesRoutes, FACT, openApple, readDevice } from '../devices/index.ts';
import { createPerson } from '../people/index.ts';
import { assignPolicy, savePolicy } from '../policies/edit.ts';
import { profileFor } from '../policies/index.ts';
import { secretsOf } from '../storage/secrets.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { simulateIphone } from './iphone.ts';
import { PHONES } from './organisation.data.ts';

const SYSTEM = { kind: 'system' } as const;
let database: TestDatabase;
let app: FastifyInstance;
let baseUrl: URL;
let personId: string;
let close: () => Promise<void>;
const now = () => Date.now();
const publicUrl = new URL('https://pavise.example.org');

beforeAll(async () => {
  database = await testDatabase();
  const { db } = database;
  const invited = await createPerson({ db, publicUrl, now }, SYSTEM, {
    displayName: 'Amara Okafor',
    email: 'amara.okafor@meridian.example',
    role: 'member',
  });
  personId = invited.person.id;
  const id = '5eed0000-0000-4000-8000-000000000009';
  await savePolicy(
    db,
    SYSTEM,
    id,
    { name: 'Test', description: '', settings: { 'passcode.required': true, 'passcode.minLength': 6 } },
    now(),
  );
  await assignPolicy(db, SYSTEM, id, { everyone: true, groups: [] }, now());
  const apple = await openApple({
    db,
    secrets: secretsOf(new Uint8Array(32).fill(7)),
    publicUrl,
    now,
    scepLegacyDes: false,
    organisation: 'Meridian',
    factMaxAgeMs: 60_000,
    profileFor: () =>
      profileFor(db, { platform: 'apple', ownership: 'organisation', supervised: true, personId }, 'Meridian'),
  });
  app = Fastify();
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.decorateRequest('actor', { getter: () => SYSTEM });
  await devicesRoutes(app, {
    androidReady: false,
    recordLook: () => Promise.resolve(),
    mayCallFalse: () => Promise.resolve(),
    db,
    publicUrl,
    now,
    apple,
  });
  baseUrl = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  close = async () => {
    await app.close();
    await apple[Symbol.asyncDispose]();
    await database.close();
  };
});
afterAll(() => close());

const phoneOf = (index: number) => {
  const make = PHONES[index];
  if (make === undefined) throw new Error('no such phone');
  return make;
};
const invite = () =>
  inviteDevice({ db: database.db, now }, SYSTEM, { personId, platform: 'apple', ownership: 'organisation' });
const factsOf = async (deviceId: string) =>
  Object.fromEntries((await readDevice(database.db, deviceId))?.facts.map(({ name, value }) => [name, value]) ?? []);

describe('simulateIphone()', () => {
  it('enrols over HTTP, and its facts arrive', async () => {
    const { token, deviceId } = await invite();
    const make = phoneOf(0);
    const iphone = simulateIphone({ make, seed: 'a', baseUrl, now });
    await iphone.enrol(token);
    expect(await iphone.connect()).toBeGreaterThanOrEqual(3);
    const device = await readDevice(database.db, deviceId);
    expect([device?.state, device?.name]).toEqual(['enrolled', make.name]);
    expect(await factsOf(deviceId)).toMatchObject({
      [FACT.osVersion]: '26.6.1',
      [FACT.osBuild]: '23G83',
      [FACT.passcodePresent]: true,
      [FACT.passcodeCompliant]: true,
      [FACT.encryptionEnabled]: true,
      [FACT.supervised]: true,
      [FACT.apps]: expect.any(Number),
    });
    expect(iphone.memory?.profiles.map((profile) => profile.minPasscodeLength)).toEqual([6]);
    expect(await iphone.connect()).toBe(0);
  });

  it('puts a profile off while it is locked, reports a missing passcode, and goes on from its memory', async () => {
    const { token, deviceId } = await invite();
    const options = { make: phoneOf(3), seed: 'b', baseUrl, now };
    const iphone = simulateIphone(options);
    await iphone.enrol(token);
    await iphone.connect();
    expect(await factsOf(deviceId)).toMatchObject({ [FACT.passcodePresent]: false, [FACT.passcodeCompliant]: false });
    const again = simulateIphone({ ...options, memory: iphone.memory });
    expect(await again.connect()).toBe(0);

    const other = await invite();
    const locked = simulateIphone({
      make: phoneOf(1),
      seed: 'c',
      baseUrl,
      now,
      lockedAt: (connection) => connection === 0,
    });
    await locked.enrol(other.token);
    await locked.connect();
    expect(locked.memory?.profiles).toEqual([]);
    await locked.connect();
    expect(locked.memory?.profiles).toHaveLength(1);
  });

  it('leaves the management', async () => {
    const { token, deviceId } = await invite();
    const iphone = simulateIphone({ make: phoneOf(2), seed: 'd', baseUrl, now });
    await iphone.enrol(token);
    await iphone.leave();
    expect((await readDevice(database.db, deviceId))?.state).toBe('checked-out');
    expect(iphone.memory).toBeUndefined();
  });
});
