import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AndroidEmulator, startAndroidEmulator } from '../../demo/android-emulator.ts';
import { prepareJobs } from '../../jobs/index.ts';
import { createPerson } from '../../people/index.ts';
import { secretsOf } from '../../storage/index.ts';
import { type TestDatabase, testDatabase } from '../../storage/testing.ts';
import { readDevice } from '../registry.ts';
import { factsOfDevice } from './facts-of-device.ts';
import { type AndroidServices, androidGateway, enrolAndroid, pollAndroid } from './index.ts';

let database: TestDatabase;
let emulator: AndroidEmulator;
let services: AndroidServices;
let clock = Date.UTC(2026, 10, 24, 7);
let policy: object = {
  passwordPolicies: [],
  statusReportingSettings: { softwareInfoEnabled: true, deviceSettingsEnabled: true },
};

beforeAll(async () => {
  database = await testDatabase();
  await prepareJobs(database.pool);
  const now = (): number => clock;
  emulator = await startAndroidEmulator(now);
  const { db } = database;
  services = { db, now, gateway: androidGateway(emulator), androidPolicyFor: async () => policy };
});
afterAll(async () => {
  await emulator?.close();
  await database?.close();
});

test('a phone enrols, reports, breaks a changed policy and repairs itself; wiped commands reach it', async () => {
  const { person } = await createPerson(
    { ...services, publicUrl: new URL('http://localhost'), secrets: secretsOf(Buffer.alloc(32)) } as Parameters<
      typeof createPerson
    >[0],
    { kind: 'system' },
    { displayName: 'Ines', email: 'ines@example.org', role: 'member' },
  );
  const wanted = { personId: person.id, ownership: 'personal', name: 'Pixel' } as const;
  const enrolment = await enrolAndroid(services, { kind: 'system' }, wanted);
  await pollAndroid(services);
  expect((await readDevice(database.db, enrolment.deviceId))?.state).toBe('pending');

  const traits = {
    model: 'Pixel 9',
    androidVersion: '16',
    securityPatchLevel: '2026-11-05',
    passcodeSet: false,
    rooted: false,
  };
  const phone = emulator.enrol(enrolment.token, traits);
  expect(() => emulator.enrol(enrolment.token, traits)).toThrow('used');
  const facts = async (): Promise<Record<string, unknown>> => {
    await pollAndroid(services);
    const device = await readDevice(database.db, enrolment.deviceId);
    return {
      state: device?.state,
      ...Object.fromEntries((device?.facts ?? []).map(({ name, value }) => [name, value])),
    };
  };
  expect(await facts()).toEqual({
    state: 'enrolled',
    'os.version': '16',
    'os.build': 'BP1A.250805.001',
    'os.patchLevel': '2026-11-05',
    'device.model': 'Pixel 9',
    'passcode.present': false,
    'passcode.compliant': true,
    'encryption.enabled': true,
    'integrity.rooted': false,
    supervised: false,
    'enrolment.kind': 'work-profile',
    'profile.installed': true,
  });

  clock += 60_000;
  policy = { ...policy, passwordPolicies: [{ passwordScope: 'SCOPE_PROFILE', passwordQuality: 'NUMERIC' }] };
  await pollAndroid(services);
  expect(await facts()).toMatchObject({ 'passcode.compliant': false });
  clock += 60_000;
  phone.change({ passcodeSet: true, rooted: true });
  expect(await facts()).toMatchObject({
    'passcode.present': true,
    'passcode.compliant': true,
    'integrity.rooted': true,
  });

  await services.gateway.issueCommand(phone.resourceName, { type: 'LOCK' });
  expect(emulator.commands).toEqual([{ device: phone.resourceName, type: 'LOCK' }]);
});

test('the gateway client refuses a policy that Google would refuse, without repeating what was sent', async () => {
  const bad = { advancedSecurityOverrides: { untrustedAppsPolicy: 'NONSENSE' } };
  await expect(services.gateway.patchPolicy('p', bad)).rejects.toMatchObject({
    code: 'device-android-gateway',
    message: 'Cannot use the Android Management API: status 400',
  });
  await expect(services.gateway.getDevice(`${emulator.enterprise}/devices/none`)).rejects.toThrow('status 404');
});

test('factsOfDevice() keeps unknown what a report does not say', () => {
  const name = 'enterprises/e/devices/d';
  expect(factsOfDevice({ name })).toEqual([]);
  const lastStatusReportTime = '2026-11-24T07:00:00Z';
  const posture = (securityPosture: object): unknown =>
    factsOfDevice({ name, lastStatusReportTime, securityPosture }).find((fact) => fact.name === 'integrity.rooted')
      ?.value;
  expect(factsOfDevice({ name, lastStatusReportTime, policyCompliant: true })).toEqual([]);
  expect(posture({ devicePosture: 'AT_RISK', postureDetails: [{ securityRisk: 'UNKNOWN_OS' }] })).toBeUndefined();
  expect(posture({ devicePosture: 'AT_RISK', postureDetails: [{ securityRisk: 'COMPROMISED_OS' }] })).toBe(true);
  expect(posture({ devicePosture: 'SECURE' })).toBe(false);
});
