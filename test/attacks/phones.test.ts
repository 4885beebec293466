import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  authenticate,
  challengeOf,
  drain,
  enrolIdentity,
  type Phone,
  put,
  sealMessage,
  send,
  tokenUpdate,
} from '../../src/devices/apple/testing.ts';
import { inviteDevice } from '../../src/devices/enrolments.ts';
import { readDevice } from '../../src/devices/index.ts';
import type { PlistDict } from '../../src/formats/plist/index.ts';
import type { Joined } from '../../src/people/testing.ts';
import { openStage, type Stage } from './harness.ts';

/**
 * A phone that speaks for another one ends its management, or takes its commands and secrets. Who might want that: a member with a phone of
 * her own, another user of the same device, whoever kept an old key of it, and whoever reads along on the network.
 */

let stage: Stage;
let emil: Enrolled;
let mallory: Enrolled;
let malloryHerself: Joined;

interface Enrolled {
  readonly deviceId: string;
  readonly phone: Phone;
}
const wire = () => ({ app: stage.app, apple: stage.rooms.apple });
const SYSTEM = { kind: 'system' } as const;

async function invited({ id }: Joined): Promise<{ deviceId: string; token: string }> {
  return await inviteDevice(stage.rooms, SYSTEM, { personId: id, platform: 'apple', ownership: 'personal' });
}
async function enrol(owner: Joined): Promise<Enrolled> {
  const { deviceId, token } = await invited(owner);
  const { phone } = await enrolIdentity(wire(), await challengeOf(wire(), token));
  expect((await send(wire(), phone, authenticate)).status).toBe(200);
  expect((await send(wire(), phone, tokenUpdate)).status).toBe(200);
  await drain(wire(), phone);
  return { deviceId, phone };
}
/** What an attack must not change: the enrolment, what reaches and unlocks the phone, its certificates and its commands. */
async function standing({ deviceId }: Enrolled): Promise<unknown> {
  const ask = async (text: string) => (await stage.database.pool.query(text, [deviceId])).rows;
  return [
    (await readDevice(stage.services.db, deviceId))?.state,
    await ask('select push_token, push_magic, tally, bootstrap_token_sealed from devices_apple where device_id = $1'),
    await ask('select fingerprint from devices_certificates where device_id = $1 and retired_at is null order by 1'),
    await ask('select id, state from devices_commands where device_id = $1 order by seq'),
  ];
}
const CHECK_OUT = { MessageType: 'CheckOut', Topic: authenticate.Topic };
const MESSAGES: readonly PlistDict[] = [
  authenticate,
  { ...tokenUpdate, Token: new Uint8Array([6, 6, 6]) },
  CHECK_OUT,
  { MessageType: 'SetBootstrapToken', BootstrapToken: new Uint8Array([6]) },
  { MessageType: 'GetBootstrapToken' },
  { Status: 'Idle' },
];

beforeAll(async () => {
  stage = await openStage();
  const { cookie } = stage.owner;
  malloryHerself = await stage.join('member', 'Mallory', cookie);
  emil = await enrol(await stage.join('member', 'Emil', cookie));
  mallory = await enrol(malloryHerself);
  await send(wire(), emil.phone, { MessageType: 'SetBootstrapToken', BootstrapToken: new Uint8Array([1, 2, 3]) });
  stage.clock.nowMs += 2000;
}, 120_000);
afterAll(() => stage?.[Symbol.asyncDispose]());

describe('a member with a phone of her own', () => {
  it.each(MESSAGES.map((message) => [message['MessageType'] ?? message['Status'], message] as const))(
    'says no %s for the phone of somebody else',
    async (_name, message) => {
      const before = await standing(emil);
      const answer = await send(wire(), { ...mallory.phone, udid: emil.phone.udid }, message);
      expect([answer.status, answer.command]).toEqual([400, undefined]);
      expect(await standing(emil)).toEqual(before);
    },
  );

  it('takes its place by no new invitation of hers', async () => {
    const before = await standing(emil);
    const { token } = await invited(malloryHerself);
    const { phone } = await enrolIdentity(wire(), await challengeOf(wire(), token));
    expect((await send(wire(), { ...phone, udid: emil.phone.udid }, authenticate)).code).toBe(
      'device-of-another-person',
    );
    expect(await standing(emil)).toEqual(before);
  });

  it('enrols two phones by one invitation in no order', async () => {
    const { token } = await invited(malloryHerself);
    const { phone: first } = await enrolIdentity(wire(), await challengeOf(wire(), token));
    const { phone: second } = await enrolIdentity(wire(), await challengeOf(wire(), token));
    const answers = await Promise.all([first, second].map((phone) => send(wire(), phone, authenticate)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400]);
  });
});

describe('another user of the same device', () => {
  it.each([CHECK_OUT, { ...tokenUpdate, PushMagic: 'hers' }, { MessageType: 'GetBootstrapToken' }, { Status: 'Idle' }])(
    'ends and takes nothing of it: %j',
    async (message) => {
      const before = await standing(emil);
      for (const user of [{ UserID: 'B' }, { EnrollmentUserID: 'B' }])
        expect((await send(wire(), emil.phone, { ...message, ...user })).command).toBeUndefined();
      expect(await standing(emil)).toEqual(before);
    },
  );
});

describe('whoever reads along on the network', () => {
  it('puts no other body under a header of the phone', async () => {
    const { signature } = sealMessage(wire(), emil.phone, { Status: 'Idle' });
    const before = await standing(emil);
    for (const message of MESSAGES) {
      const { body } = sealMessage(wire(), emil.phone, { ...message, Padding: 'x' });
      expect((await put(wire(), { signature, body })).code).toBe('device-signature');
    }
    expect(await standing(emil)).toEqual(before);
  });

  it('undoes nothing by what the phone said before', async () => {
    const said = MESSAGES.filter((message) => message !== CHECK_OUT).map((message) =>
      sealMessage(wire(), mallory.phone, message),
    );
    stage.clock.nowMs += 3_600_000;
    expect((await send(wire(), mallory.phone, { ...tokenUpdate, PushMagic: 'newest' })).status).toBe(200);
    const before = await standing(mallory);
    for (const message of said.slice(0, -1)) expect((await put(wire(), message)).code).toBe('device-replay');
    expect(await standing(mallory)).toEqual(before);
    stage.clock.nowMs += 86_400_000;
    for (const message of said) expect((await put(wire(), message)).code).toBe('device-signing-time');
    expect(await standing(mallory)).toEqual(before);
  });
});

describe('whoever kept an old key of a phone', () => {
  it('speaks for it no more once another took its place', async () => {
    const old = await enrol(malloryHerself);
    await stage.database.pool.query('update devices_certificates set retired_at = now() where device_id = $1', [
      old.deviceId,
    ]);
    stage.rooms.apple.pins.forget(old.deviceId);
    for (const message of MESSAGES)
      expect((await send(wire(), old.phone, message)).code).toBe('device-certificate-retired');
  });
});
