import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AndroidEmulator, startAndroidEmulator } from '../../demo/android-emulator.ts';
import { prepareJobs } from '../../jobs/index.ts';
import { createPerson } from '../../people/index.ts';
import { secretsOf } from '../../storage/index.ts';
import { type TestDatabase, testDatabase } from '../../storage/testing.ts';
import type { AndroidEnrolmentReply } from '../api.ts';
import { inviteDevice, openEnrolment } from '../enrolments.ts';
import { openRefusals } from '../refusals.ts';
import { readDevice } from '../registry.ts';
import { factsOfDevice } from './facts-of-device.ts';
import { type AndroidServices, androidGateway, androidRoutes, pollAndroid } from './index.ts';

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
  services = {
    db,
    now,
    gateway: androidGateway(emulator),
    refusals: openRefusals({ db, now }),
    androidPolicyFor: async () => policy,
  };
});
afterAll(async () => {
  await services?.refusals[Symbol.asyncDispose]();
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
  const wanted = { personId: person.id, ownership: 'personal', platform: 'android' } as const;
  const invitation = await inviteDevice(services, { kind: 'system' }, wanted);
  const { deviceId } = invitation;
  const app = Fastify();
  await androidRoutes(app, { ...services, android: services });
  const enrolments = async (token: string) =>
    await app.inject({ method: 'POST', url: '/api/v1/enrolments/android', payload: { token } });
  expect((await enrolments('x'.repeat(43))).statusCode).not.toBe(200);
  const enrolment = (await enrolments(invitation.token)).json<AndroidEnrolmentReply>();
  expect(enrolment.url).toBe(`${emulator.baseUrl.origin}/enroll?et=${enrolment.token}`);
  expect(enrolment.qrCode).toContain(enrolment.token);
  await pollAndroid(services);
  expect((await readDevice(database.db, deviceId))?.state).toBe('pending');

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
    const device = await readDevice(database.db, deviceId);
    return {
      state: device?.state,
      name: device?.name,
      ...Object.fromEntries((device?.facts ?? []).map(({ name, value }) => [name, value])),
    };
  };
  expect(await facts()).toEqual({
    state: 'enrolled',
    name: 'Pixel 9',
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
    'policy.unmet': [],
  });

  expect((await enrolments(invitation.token)).body).toContain('this one is used');
  expect((await openEnrolment(services, invitation.token)).used).toBe(true);
  await app.close();

  clock += 60_000;
  policy = { ...policy, passwordPolicies: [{ passwordScope: 'SCOPE_PROFILE', passwordQuality: 'NUMERIC' }] };
  await pollAndroid(services);
  expect(await facts()).toMatchObject({ 'passcode.compliant': false, 'policy.unmet': ['passwordPolicies'] });
  clock += 60_000;
  phone.change({ passcodeSet: true, rooted: true });
  expect(await facts()).toMatchObject({
    'passcode.present': true,
    'passcode.compliant': true,
    'integrity.rooted': true,
  });

  await services.gateway.issueCommand(phone.resourceName, { type: 'LOCK' });
  expect(emulator.commands).toEqual([{ device: phone.resourceName, type: 'LOCK' }]);

  clock += 8 * 86_400_000; // longer than a phone may be silent: its reports alone must count as signs of life
  await pollAndroid(services);
  expect((await readDevice(database.db, deviceId))?.lastSeenAtMs).toBe(clock);
});

test('a phone in use enrols by the page of its link, once; a server without a gateway says what is missing', async () => {
  const policyId = 'p-page';
  await services.gateway.patchPolicy(policyId, {});
  const wanted = { policyId, additionalData: 'page', durationSeconds: 60, personalUsage: true };
  const url = services.gateway.enrolUrl((await services.gateway.createEnrolmentToken(wanted)).value);
  expect(await (await fetch(url)).text()).toContain('Enrol a practice phone');
  expect(emulator.hasPhoneOf('page')).toBe(false);
  expect((await fetch(url, { method: 'POST' })).status).toBe(200);
  expect(emulator.hasPhoneOf('page')).toBe(true);
  expect((await fetch(url, { method: 'POST' })).status).toBe(400);
  const google = { baseUrl: new URL('https://androidmanagement.googleapis.com'), enterprise: 'enterprises/LC1' };
  expect(androidGateway(google).enrolUrl('a b')).toBe('https://enterprise.google.com/android/enroll?et=a+b');

  const app = Fastify();
  await androidRoutes(app, { ...services, android: undefined });
  expect((await app.inject('/api/v1/enrolments/makes')).json()).toEqual({ apple: true, android: false });
  await app.close();
});

test('the gateway client refuses a policy that Google would refuse, without repeating what was sent', async () => {
  const bad = { advancedSecurityOverrides: { untrustedAppsPolicy: 'NONSENSE' } };
  await expect(services.gateway.patchPolicy('p', bad)).rejects.toMatchObject({
    code: 'device-android-refused',
    message: 'Cannot do this by the Android Management API: it answered status 400',
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
