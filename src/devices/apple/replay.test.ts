import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { craftSigned } from '../../formats/cms/testing.ts';
import { writeXmlPlist } from '../../formats/plist/index.ts';
import { readDevice } from '../index.ts';
import {
  authenticate,
  type Bench,
  challengeOf,
  drain,
  enrolIdentity,
  enrolled,
  invite,
  openBench,
  put,
  sealMessage,
  send,
  tokenUpdate,
  typeOf,
} from './testing.ts';

const DAY_MS = 86_400_000;
let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

const lock = async (deviceId: string): Promise<void> => {
  const payload = { kind: 'DeviceLock', confirmName: "Ada's iPhone" };
  const url = `/api/v1/devices/${deviceId}/commands`;
  expect((await bench.app.inject({ method: 'POST', url, payload })).statusCode).toBe(200);
};

describe('a message of a phone that was overheard', () => {
  it('resets nothing when it introduces the phone again, a moment or a day later', async () => {
    const { deviceId, token } = await invite(bench);
    const { phone } = await enrolIdentity(bench, await challengeOf(bench, token));
    const first = sealMessage(bench, phone, authenticate);
    expect((await put(bench, first)).status).toBe(200);
    const update = sealMessage(bench, phone, tokenUpdate);
    expect((await put(bench, update)).status).toBe(200);
    await drain(bench, phone);
    await lock(deviceId);
    expect((await put(bench, first)).code, 'in the same second').toBe('device-replay');
    bench.wait(DAY_MS / 2);
    expect((await put(bench, first)).code, 'half a day later').toBe('device-replay');
    bench.wait(DAY_MS);
    expect((await put(bench, first)).code, 'the day after').toBe('device-signing-time');
    expect((await put(bench, update)).code).toBe('device-signing-time');
    expect((await readDevice(bench.test.db, deviceId))?.facts.find(({ name }) => name === 'profile.id')?.value).toBe(
      'P-1',
    );
    expect(typeOf((await send(bench, phone, { Status: 'Idle' })).command), 'what waits still waits').toBe('DeviceLock');
  });

  it('changes nothing when it is older than what came after, also one that was held back', async () => {
    const { deviceId, phone } = await enrolled(bench);
    const held = [
      sealMessage(bench, phone, authenticate, bench.apple.now() + 1000),
      sealMessage(bench, phone, { ...tokenUpdate, PushMagic: 'old' }),
      sealMessage(bench, phone, { MessageType: 'SetBootstrapToken', BootstrapToken: new Uint8Array([1]) }),
      sealMessage(bench, phone, { MessageType: 'GetBootstrapToken' }),
    ];
    bench.wait(5000);
    const now = { MessageType: 'SetBootstrapToken', BootstrapToken: new Uint8Array([2]) };
    expect((await send(bench, phone, now)).status).toBe(200);
    for (const message of held) expect((await put(bench, message)).code).toBe('device-replay');
    const { rows } = await bench.test.pool.query('select push_magic from devices_apple where device_id = $1', [
      deviceId,
    ]);
    expect(rows).toEqual([{ push_magic: 'magic' }]);
  });
});

describe('a phone', () => {
  it('may introduce itself again where it got no answer, and later in its life', async () => {
    const { deviceId, token } = await invite(bench);
    const { phone } = await enrolIdentity(bench, await challengeOf(bench, token));
    const first = sealMessage(bench, phone, authenticate);
    for (const message of [first, first, sealMessage(bench, phone, authenticate)])
      expect((await put(bench, message)).status).toBe(200);
    expect((await send(bench, phone, tokenUpdate)).status).toBe(200);
    bench.wait(1000);
    expect((await send(bench, phone, authenticate)).status).toBe(200);
    expect((await send(bench, phone, tokenUpdate)).status).toBe(200);
    expect((await readDevice(bench.test.db, deviceId))?.state).toBe('enrolled');
  });

  it('speaks with a clock that is off by less than a day, and is not locked out when the clock is set right', async () => {
    const { phone } = await enrolled(bench);
    const at = (offMs: number, message = tokenUpdate) => sealMessage(bench, phone, message, bench.apple.now() + offMs);
    expect((await put(bench, at(DAY_MS - 60_000))).status).toBe(200);
    bench.wait(1000);
    expect((await put(bench, at(0))).status).toBe(200);
    for (const offMs of [DAY_MS + 60_000, -DAY_MS - 60_000])
      expect((await put(bench, at(offMs))).code).toBe('device-signing-time');
  });

  it('that does not say when it signs introduces itself once', async () => {
    const { token } = await invite(bench);
    const { phone } = await enrolIdentity(bench, await challengeOf(bench, token));
    const timeless = async (message: typeof authenticate | typeof tokenUpdate) => {
      const body = writeXmlPlist({ UDID: phone.udid, ...message });
      const craft = { ...phone, content: body, nowMs: bench.apple.now() };
      const signature = craftSigned({ ...craft, attributes: (usual) => usual.slice(0, 2) });
      return await put(bench, { body, signature });
    };
    expect((await timeless(authenticate)).status).toBe(200);
    expect((await timeless(tokenUpdate)).status).toBe(200);
    bench.wait(1000);
    expect((await timeless(authenticate)).code).toBe('device-replay');
    expect((await timeless(tokenUpdate)).status).toBe(200);
  });
});
