/** What a phone answers, and what is kept of it; evidence that is not as it should be says nothing. */

import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlistDict, PlistValue } from '../../formats/plist/index.ts';
import { openLastSeen } from './last-seen.ts';
import { appleRoutes } from './routes.ts';
import {
  authenticate,
  type Bench,
  drain,
  enrolled,
  openBench,
  type Phone,
  put,
  sealMessage,
  send,
  tokenUpdate,
  typeOf,
} from './testing.ts';

let bench: Bench;
let deviceId: string;
let phone: Phone;
beforeAll(async () => {
  bench = await openBench();
  ({ deviceId, phone } = await enrolled(bench));
  await drain(bench, phone);
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

const query = async (text: string, ...values: unknown[]) => (await bench.test.pool.query(text, values)).rows;
/** Lets the phone answer a command of this kind as it is told, and all others with nothing. */
async function answer(kind: string, says: PlistDict): Promise<void> {
  const order = { kind: kind === 'ProfileList' || kind === 'SecurityInfo' ? 'DeviceInformation' : kind };
  await bench.app.inject({ method: 'POST', url: `/api/v1/devices/${deviceId}/commands`, payload: order });
  expect(await drain(bench, phone, { [kind]: says })).toContain(kind);
}
async function factsFrom(kind: string, says: PlistDict): Promise<Record<string, unknown>> {
  await query('delete from devices_facts where device_id = $1 and source = $2', deviceId, `apple.${kind}`);
  await answer(kind, says);
  const rows = await query(
    'select name, value from devices_facts where device_id = $1 and source = $2',
    deviceId,
    `apple.${kind}`,
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

describe('DeviceInformation', () => {
  it.each<[string, PlistValue, object]>([
    [
      'everything',
      { DeviceName: 'Mine', ProductName: 'iPhone17,1', OSVersion: '26.1', BuildVersion: '23B85', IsSupervised: true },
      {
        'device.name': 'Mine',
        'device.model': 'iPhone17,1',
        'os.version': '26.1',
        'os.build': '23B85',
        supervised: true,
      },
    ],
    ['a model by its name', { ModelName: 'iPhone' }, { 'device.model': 'iPhone' }],
    ['things of other kinds', { DeviceName: 7, OSVersion: true, IsSupervised: 'true' }, {}],
    ['no dictionary', ['DeviceName'], {}],
  ])('says %s', async (_what, QueryResponses, facts) => {
    expect(await factsFrom('DeviceInformation', { QueryResponses })).toEqual(facts);
  });
});

describe('SecurityInfo', () => {
  const all = { PasscodePresent: true, PasscodeCompliantWithProfiles: true, HardwareEncryptionCaps: 3 };
  const facts = {
    'passcode.present': true,
    'passcode.compliant': true,
    'encryption.hardware': true,
    'encryption.enabled': true,
  };
  const { 'encryption.hardware': _hardware, 'encryption.enabled': _enabled, ...noEncryption } = facts;
  it.each<[string, PlistValue, object]>([
    ['everything', all, facts],
    [
      'no passcode, without which nothing is encrypted',
      { ...all, PasscodePresent: false },
      { ...facts, 'passcode.present': false, 'encryption.enabled': false },
    ],
    [
      'encryption of blocks alone',
      { ...all, HardwareEncryptionCaps: 1 },
      { ...facts, 'encryption.hardware': false, 'encryption.enabled': false },
    ],
    ['nothing of its passcode', { HardwareEncryptionCaps: 3 }, { 'encryption.hardware': true }],
    ['encryption in words', { ...all, HardwareEncryptionCaps: '3' }, noEncryption],
    ['compliance that it calls otherwise', { PasscodeCompliant: false }, { 'passcode.compliant': false }],
    ['things of other kinds', { PasscodePresent: 1, PasscodeCompliant: 'yes' }, {}],
    ['no dictionary', true, {}],
  ])('says %s', async (_what, SecurityInfo, expected) => {
    expect(await factsFrom('SecurityInfo', { SecurityInfo })).toEqual(expected);
  });
});

describe('ProfileList', () => {
  const rule = { PayloadType: 'com.apple.mobiledevice.passwordpolicy' };
  const other = { PayloadType: 'com.apple.applicationaccess' };
  it.each<[string, PlistValue, object]>([
    ['the rule among others', [other, rule, 'text'], { 'passcode.rule': true }],
    ['others and no rule', [other, 'text'], { 'passcode.rule': false }],
    ['contents in no list', rule, { 'passcode.rule': null }],
  ])('says %s', async (_what, PayloadContent, facts) => {
    const ours = { PayloadIdentifier: 'org.pavise.policy', PayloadUUID: 'P-1', PayloadContent };
    expect(await factsFrom('ProfileList', { ProfileList: [ours] })).toEqual({ 'profile.listed': 'P-1', ...facts });
  });
});

describe('InstalledApplicationList', () => {
  it('keeps each app that has an identifier', async () => {
    const InstalledApplicationList = [
      { Identifier: 'org.example.app', Name: 'Example', ShortVersion: '1.2', Version: '12' },
      { Identifier: 'org.example.bare' },
      { Identifier: '', Name: 'Nameless' },
      { Name: 'Without' },
      'text',
      { Identifier: 'org.example.build', Version: '7' },
    ];
    await answer('InstalledApplicationList', { InstalledApplicationList });
    expect((await bench.app.inject(`/api/v1/devices/${deviceId}/apps`)).json().items).toMatchObject([
      { appId: 'org.example.app', name: 'Example', version: '1.2' },
      { appId: 'org.example.bare', name: 'org.example.bare', version: '' },
      { appId: 'org.example.build', name: 'org.example.build', version: '7' },
    ]);
  });
});

describe('an answer', () => {
  const lock = async (): Promise<PlistDict> => {
    const payload = {
      kind: 'DeviceLock',
      confirmName: (await bench.app.inject(`/api/v1/devices/${deviceId}`)).json().name,
    };
    await bench.app.inject({ method: 'POST', url: `/api/v1/devices/${deviceId}/commands`, payload });
    const { command } = await send(bench, phone, { Status: 'Idle' });
    expect(typeOf(command)).toBe('DeviceLock');
    return { CommandUUID: command?.['CommandUUID'] ?? '' };
  };
  const stateOf = async ({ CommandUUID }: PlistDict) =>
    (await query('select state, error from devices_commands where id = $1', CommandUUID))[0];

  it('ends its command, and the log tells of it; Idle ends none, nor does one that names none', async () => {
    const command = await lock();
    await send(bench, phone, { ...command, Status: 'Idle' });
    for (const Status of ['NotNow', 'Acknowledged']) expect((await send(bench, phone, { Status })).status).toBe(200);
    expect(await stateOf(command)).toEqual({ state: 'queued', error: null });
    await send(bench, phone, {
      ...command,
      Status: 'Acknowledged',
      ErrorChain: [{ ErrorDomain: 'none', ErrorCode: 1 }],
    });
    expect(await stateOf(command)).toEqual({ state: 'acknowledged', error: null });
    const told = await query(
      "select detail->>'state' as state from audit_entries where detail->>'command' = $1 and action = 'device.command.finished'",
      command['CommandUUID'],
    );
    expect(told).toEqual([{ state: 'acknowledged' }]);
  });

  it('shows when the phone was last there, until its certificate ends', async () => {
    const endMs = (await bench.apple.pins.find(phone.certificate))?.expiresAt.getTime() ?? 0;
    const idle = sealMessage(bench, phone, { Status: 'Idle' }, endMs);
    for (const nowMs of [endMs, endMs + 1]) {
      const lastSeen = openLastSeen(bench.test.db);
      const app = Fastify();
      app.decorateRequest('actor', { getter: () => ({ kind: 'anonymous' }) as const });
      await appleRoutes(app, { ...bench.apple, lastSeen, now: () => nowMs });
      expect((await put({ app }, idle)).status).toBe(200);
      await lastSeen.close();
    }
    expect(await query('select last_seen_at from devices where id = $1', deviceId)).toEqual([
      { last_seen_at: new Date(endMs) },
    ]);
  });
});

it('a phone that was reset is asked anew for what it said before', async () => {
  const other = await enrolled(bench);
  await drain(bench, other.phone);
  bench.wait(1000);
  for (const message of [authenticate, tokenUpdate]) await send(bench, other.phone, message);
  expect(await drain(bench, other.phone)).toContain('DeviceInformation');
});
