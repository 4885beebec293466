import { generateKeyPairSync } from 'node:crypto';
import { Writable } from 'node:stream';
import Fastify from 'fastify';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { selfSigned } from '../formats/cms/testing.ts';
import type { DeviceDetail, OwnDevices, RefusalItem, RefusalList } from './api.ts';
import { appleRoutes } from './apple/routes.ts';
import {
  type Bench,
  challengeOf,
  enrolIdentity,
  enrolled,
  invite,
  openBench,
  put,
  type Sealed,
  sealMessage,
  send,
} from './apple/testing.ts';

it('a refused phone is told a code alone; whoever runs the server reads why, and of which phone, once a minute', async () => {
  await using bench = await openBench();
  const { phone, deviceId } = await enrolled(bench);
  const lines: { msg: string; code: string; deviceId: string | null; why: string }[] = [];
  const stream = new Writable({
    write(line: Buffer, _encoding, done) {
      lines.push(JSON.parse(line.toString('utf8')));
      done();
    },
  });
  const app = Fastify({ logger: { level: 'warn', stream } });
  await appleRoutes(app, bench.apple);
  const unsigned = () => app.inject({ method: 'PUT', url: '/mdm/apple', payload: 'x' });
  for (let n = 0; n < 3; n++) {
    expect((await unsigned()).body).toBe('device-signature-missing\n');
    expect((await send({ ...bench, app }, phone, { MessageType: 'NotOfThisProtocol' })).status).toBe(400);
  }
  expect(lines).toMatchObject([
    {
      msg: 'phone refused',
      code: 'device-signature-missing',
      deviceId: null,
      why: expect.stringContaining('it is not signed'),
    },
    { msg: 'phone refused', deviceId },
  ]);
  expect(lines).toHaveLength(2);
  bench.wait(61_000);
  await unsigned();
  expect(lines).toHaveLength(3);
  await app.close();
});

describe('GET /api/v1/devices/refusals', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  }, 60_000);
  afterAll(() => bench[Symbol.asyncDispose]());
  beforeEach(async () => {
    await bench.apple.refusals.flush();
    await bench.test.pool.query('delete from devices_refusals');
  });
  const list = async (): Promise<RefusalItem[]> =>
    (await bench.app.inject('/api/v1/devices/refusals')).json<RefusalList>().items;
  const shortly = (items: readonly RefusalItem[]) =>
    items.map(({ device, code, place, count }) => [device?.id ?? null, code, place, count]);

  it('waits for what is being written', async () => {
    const { deviceId } = await enrolled(bench);
    bench.apple.refusals.note({ deviceId, code: 'device-android-form', why: 'for a test', place: 'gateway' });
    const ended: string[] = [];
    const flush = async (who: string): Promise<void> => {
      await bench.apple.refusals.flush();
      ended.push(who);
    };
    await Promise.all([flush('the timer'), flush('who reads next')]);
    expect(ended).toEqual(['the timer', 'who reads next']);
    expect(shortly(await list())).toEqual([[deviceId, 'device-android-form', 'gateway', 1]]);
  });

  it('names the phone only where its key has proven whose a message is', async () => {
    const { phone, deviceId } = await enrolled(bench);
    const other = await enrolled(bench);
    const refused = async (message: Sealed, code: string) => {
      expect((await put(bench, message)).code).toBe(code);
      expect(shortly(await list())).toContainEqual([
        ['device-signature', 'device-certificate-foreign'].includes(code) ? null : deviceId,
        code,
        'this-machine',
        1,
      ]);
    };
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    await refused(sealMessage(bench, { ...phone, key: privateKey }, { Status: 'Idle' }), 'device-signature');
    const foreign = { ...phone, key: privateKey, certificate: selfSigned(privateKey, Date.now()) };
    await refused(sealMessage(bench, foreign, { Status: 'Idle' }), 'device-certificate-foreign');
    await refused(sealMessage(bench, phone, { Status: 'Idle' }, Date.now() - 2 * 86_400_000), 'device-signing-time');
    await refused(sealMessage(bench, { ...phone, udid: other.phone.udid }, { Status: 'Idle' }), 'device-not-pinned');
    await bench.app.inject({ method: 'POST', url: `/api/v1/devices/${deviceId}/release` });
    await refused(sealMessage(bench, phone, { Status: 'Idle' }), 'device-certificate-retired');
    const own = (await bench.app.inject('/api/v1/me/devices')).json<OwnDevices>().items;
    for (const [id, codes] of [
      [deviceId, ['device-certificate-retired', 'device-not-pinned', 'device-signing-time']],
      [other.deviceId, []],
    ] as const) {
      expect(
        own.find((item) => item.id === id)?.refusals.map(({ code }) => code),
        'its owner sees them',
      ).toEqual(codes);
      const shown = (await bench.app.inject(`/api/v1/devices/${id}`)).json<DeviceDetail>();
      expect(shown.refusals.map(({ code }) => code)).toEqual(codes);
    }
  });

  it('tells of a body that was changed on its way, of SCEP and of links, and where each came from', async () => {
    const { phone, deviceId } = await enrolled(bench);
    const { signature } = sealMessage(bench, phone, { Status: 'Idle' });
    await put(bench, { signature, body: new Uint8Array(3) });
    const { token } = await invite(bench);
    await challengeOf(bench, token);
    expect((await enrolIdentity(bench, 'not the challenge')).status).toBe('2');
    for (const remoteAddress of ['192.168.1.4', 'fd00::1', '::ffff:10.0.0.1', '203.0.113.9', '2001:db8::1'])
      await bench.app.inject({ url: `/enroll/apple?token=${'x'.repeat(43)}`, remoteAddress });
    expect(shortly(await list()).sort()).toEqual(
      [
        [deviceId, 'device-signature', 'this-machine', 1],
        [null, 'device-challenge', 'this-machine', 1],
        [null, 'device-invitation', 'private-network', 3],
        [null, 'device-invitation', 'internet', 2],
      ].sort(),
    );
    const { rows } = await bench.test.pool.query('select * from devices_refusals');
    expect(JSON.stringify(rows), 'no address is kept').not.toMatch(/192\.168|203\.0|fd00|2001/);
  });

  it('keeps one row for each reason however often it comes, and goes with its device', async () => {
    const { phone, deviceId } = await enrolled(bench);
    for (let n = 0; n < 50; n++) {
      await bench.app.inject({ method: 'PUT', url: '/mdm/apple', payload: `${n}` });
      await send(bench, phone, { MessageType: `Unknown ${n}` });
      if (n % 20 === 0) await bench.apple.refusals.flush();
    }
    bench.wait(3_600_000);
    await send(bench, phone, { MessageType: 'Unknown' });
    const [newest, ...rest] = await list();
    expect(newest).toMatchObject({
      device: { id: deviceId, name: "Ada's iPhone" },
      code: 'device-message-type',
      count: 51,
    });
    expect((newest?.lastAtMs ?? 0) - (newest?.firstAtMs ?? 0)).toBeGreaterThan(3_500_000);
    expect(shortly(rest)).toEqual([[null, 'device-signature-missing', 'this-machine', 50]]);
    await send(bench, phone, { MessageType: 'Unknown' });
    await bench.test.pool.query('delete from devices where id = $1', [deviceId]);
    expect(shortly(await list()), 'what waits for a device that is gone is passed over').toEqual(shortly(rest));
  });
});
