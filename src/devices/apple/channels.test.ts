import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlistDict } from '../../formats/plist/index.ts';
import { countRecords, readDevice } from '../index.ts';
import { authenticate, type Bench, drain, enrolled, openBench, type Phone, send, tokenUpdate } from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

const USER = 'A1B2C3D4-0000-4000-8000-000000000001';
/** Every way in which a message says that it comes from a user and not from the device. */
const USERS: readonly (readonly [string, 'device' | 'user', PlistDict])[] = [
  ['a user of a device', 'device', { UserID: USER, UserShortName: 'ada' }],
  ['a user of a Shared iPad', 'device', { UserID: 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF', UserShortName: 'ada' }],
  ['the user of a User Enrollment', 'user', { EnrollmentUserID: USER }],
];

interface AppleRow {
  readonly token: string | null;
  readonly magic: string | null;
  readonly tally: number;
  readonly bootstrap: Buffer | null;
}
async function appleRow(deviceId: string): Promise<AppleRow | undefined> {
  const { rows } = await sql<AppleRow>`select encode(push_token, 'hex') as token, push_magic as magic, tally,
    bootstrap_token_sealed as bootstrap from devices_apple where device_id = ${deviceId}`.execute(bench.test.db);
  return rows[0];
}
const lock = async (deviceId: string): Promise<void> => {
  const payload = { kind: 'DeviceLock', confirmName: "Ada's iPhone" };
  const url = `/api/v1/devices/${deviceId}/commands`;
  expect((await bench.app.inject({ method: 'POST', url, payload })).statusCode).toBe(200);
};

describe.each(USERS)('the channel of %s', (_name, kind, user) => {
  let deviceId: string;
  let phone: Phone;
  beforeAll(async () => {
    ({ deviceId, phone } = await enrolled(bench, bench.personId, kind));
    await drain(bench, phone);
    await lock(deviceId);
  });

  it.each([
    ['CheckOut', { MessageType: 'CheckOut', Topic: 'x' }, 200],
    ['TokenUpdate', { ...tokenUpdate, Token: new Uint8Array([9]), PushMagic: 'another' }, 200],
    ['Authenticate', authenticate, 400],
    ['SetBootstrapToken', { MessageType: 'SetBootstrapToken', BootstrapToken: new Uint8Array([7]) }, 400],
    ['GetBootstrapToken', { MessageType: 'GetBootstrapToken' }, 400],
    ['UserAuthenticate', { MessageType: 'UserAuthenticate' }, 410],
    ['Idle', { Status: 'Idle' }, 200],
  ])('says %s and changes nothing of the device', async (_type, message, status) => {
    const before = await appleRow(deviceId);
    const answer = await send(bench, phone, { ...message, ...user });
    expect(answer).toMatchObject({ status, command: undefined });
    expect(await appleRow(deviceId)).toEqual(before);
    expect((await readDevice(bench.test.db, deviceId))?.state).toBe('enrolled');
  });

  it('takes no command of the device and answers none', async () => {
    const idle = await send(bench, phone, { Status: 'Idle' });
    const CommandUUID = idle.command?.['CommandUUID'];
    await send(bench, phone, { Status: 'Acknowledged', CommandUUID, ...user });
    await send(bench, phone, { Status: 'NotNow', CommandUUID, ...user });
    expect((await send(bench, phone, { Status: 'Idle' })).command?.['CommandUUID']).toBe(CommandUUID);
    await send(bench, phone, { Status: 'Acknowledged', CommandUUID });
    await lock(deviceId);
  });
});

describe('the sender of a message', () => {
  it.each([
    ['a user whose id is no text', { UserID: 7 }],
    ['a user of User Enrollment whose id is no text', { EnrollmentUserID: new Uint8Array([1]) }],
    ['a Shared iPad that names no user', { UserID: 'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF' }],
  ])('is refused when it is %s', async (_name, user) => {
    const { deviceId, phone } = await enrolled(bench);
    expect((await send(bench, phone, { MessageType: 'CheckOut', Topic: 'x', ...user })).status).toBe(400);
    expect((await send(bench, phone, { Status: 'Idle', ...user })).status).toBe(400);
    expect((await readDevice(bench.test.db, deviceId))?.state).toBe('enrolled');
  });
});

describe('the bootstrap token of a Mac', () => {
  const set = (token?: Uint8Array): PlistDict => ({
    MessageType: 'SetBootstrapToken',
    ...(token === undefined ? {} : { BootstrapToken: token }),
  });
  const get = { MessageType: 'GetBootstrapToken' };
  const secret = new TextEncoder().encode('unlocks the disk of this Mac');

  it('is kept under the root key, given back to the device alone, replaced and removed', async () => {
    const { deviceId, phone } = await enrolled(bench);
    const other = await enrolled(bench);
    expect(await send(bench, phone, get)).toEqual({ status: 200, command: undefined });
    expect((await send(bench, phone, set(secret))).status).toBe(200);
    expect(await send(bench, phone, get)).toEqual({ status: 200, command: { BootstrapToken: secret } });
    expect((await send(bench, other.phone, get)).command).toBeUndefined();
    expect((await send(bench, { ...other.phone, udid: phone.udid }, get)).status).toBe(400);
    expect((await appleRow(deviceId))?.bootstrap?.includes(Buffer.from(secret))).toBe(false);
    // Sealed for this device: in the row of another it opens nothing.
    await sql`update devices_apple a set bootstrap_token_sealed = b.bootstrap_token_sealed from devices_apple b
      where a.device_id = ${other.deviceId} and b.device_id = ${deviceId}`.execute(bench.test.db);
    expect((await send(bench, other.phone, get)).code).toBe('storage-secret');

    const next = new Uint8Array([1, 2, 3]);
    await send(bench, phone, set(next));
    expect((await send(bench, phone, get)).command).toEqual({ BootstrapToken: next });
    for (const none of [set(new Uint8Array()), set()]) {
      await send(bench, phone, set(next));
      expect((await send(bench, phone, none)).status).toBe(200);
      expect((await send(bench, phone, get)).command).toBeUndefined();
    }
    const log = await sql<{ action: string }>`select action from audit_entries
      where object_id = ${deviceId} and action like 'device.bootstrap-token.%' order by at`.execute(bench.test.db);
    expect(log.rows.map(({ action }) => action.slice('device.bootstrap-token.'.length))).toEqual([
      'kept',
      'kept',
      'kept',
      'removed',
      'kept',
      'removed',
    ]);
  });

  it('ends with its enrolment: by Authenticate, CheckOut and release', async () => {
    const ends: Record<string, (deviceId: string, phone: Phone) => Promise<unknown>> = {
      Authenticate: (_id, phone) => {
        bench.wait(1000);
        return send(bench, phone, authenticate);
      },
      CheckOut: (_id, phone) => send(bench, phone, { MessageType: 'CheckOut', Topic: 'x' }),
      release: (id) => bench.app.inject({ method: 'POST', url: `/api/v1/devices/${id}/release` }),
    };
    for (const [name, end] of Object.entries(ends)) {
      const { deviceId, phone } = await enrolled(bench);
      await send(bench, phone, set(secret));
      expect((await appleRow(deviceId))?.bootstrap, name).not.toBeNull();
      await end(deviceId, phone);
      expect((await appleRow(deviceId))?.bootstrap, name).toBeNull();
    }
  });

  it('stands in no kept check-in, and neither does the token that unlocks a phone', async () => {
    const { deviceId, phone } = await enrolled(bench);
    const unlock = new TextEncoder().encode('clears the passcode of a phone');
    await send(bench, phone, set(secret));
    await send(bench, phone, { ...tokenUpdate, UnlockToken: unlock });
    const { rows } = await sql<{ kind: string; body: Buffer }>`select kind, body from devices_reports
      where device_id = ${deviceId} order by seq`.execute(bench.test.db);
    expect(rows.map(({ kind }) => kind)).toEqual(['Authenticate', 'TokenUpdate', 'SetBootstrapToken', 'TokenUpdate']);
    const kept = rows
      .map(({ body }) => body.toString())
      .join('')
      .replace(/\s/g, '');
    expect(kept).toContain('PushMagic');
    expect((await countRecords(bench.test.db, deviceId)).tokens, 'and its owner sees that they are kept').toBe(3);
    for (const hidden of [secret, unlock]) expect(kept).not.toContain(Buffer.from(hidden).toString('base64'));
  });
});
