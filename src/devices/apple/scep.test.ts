/** What a request for a certificate must be, each wrong once: a challenge gives one certificate, to whom it was given. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { selfSigned } from '../../formats/cms/testing.ts';
import type { RefusalList } from '../api.ts';
import { answerPkiOperation } from './scep.ts';
import {
  authenticate,
  type Bench,
  challengeOf,
  craftRequest,
  drain,
  enrolIdentity,
  enrolled,
  invite,
  openBench,
  renewalChallenge,
  type ScepWish,
  send,
  tokenUpdate,
} from './testing.ts';

const DAY_MS = 86_400_000;
let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

const newKey = (): KeyObject => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
const certificates = async (): Promise<number> =>
  (await bench.test.pool.query('select count(*)::int as n from devices_certificates')).rows[0]?.n;
const lastRefusal = async (): Promise<string | undefined> =>
  (await bench.app.inject('/api/v1/devices/refusals')).json<RefusalList>().items[0]?.code;
/** Asks for a certificate: refused, nothing is given out, and whoever runs the server reads why. */
async function isRefused(challenge: string, code: string, wish: ScepWish = {}, failInfo = '2'): Promise<void> {
  await bench.apple.refusals.flush();
  await bench.test.pool.query('delete from devices_refusals');
  const before = await certificates();
  expect(await enrolIdentity(bench, challenge, wish)).toMatchObject({ status: '2', failInfo });
  expect(await certificates()).toBe(before);
  expect(await lastRefusal()).toBe(code);
}

describe('a challenge of an invitation', () => {
  it('gives one certificate, and the log tells of it', async () => {
    const { deviceId, token } = await invite(bench);
    const challenge = await challengeOf(bench, token);
    const { status, phone } = await enrolIdentity(bench, challenge);
    expect(status).toBe('0');
    await isRefused(challenge, 'device-challenge');
    const { rows } = await bench.test.pool.query(
      "select detail->>'serial' as serial from audit_entries where action = 'device.certificate.issued' and object_id = $1",
      [deviceId],
    );
    expect(rows).toEqual([{ serial: phone.certificate.serialHex }]);
  });

  it.each<[string, (challenge: string, deviceId: string, token: string) => Promise<string>]>([
    ['is wrong', async (challenge) => `${challenge.slice(0, -1)}${challenge.endsWith('A') ? 'B' : 'A'}`],
    ['is empty', async () => ''],
    [
      'has been replaced by that of another profile',
      async (challenge, _id, token) => {
        await challengeOf(bench, token);
        return challenge;
      },
    ],
    [
      'is of an invitation that has expired',
      async (challenge, id) => {
        await bench.test.pool.query(
          "update devices_enrolments set expires_at = now() - interval '1 s' where device_id = $1",
          [id],
        );
        return challenge;
      },
    ],
    [
      'is of an invitation that is used',
      async (challenge, id) => {
        await bench.test.pool.query('update devices_enrolments set used_at = now() where device_id = $1', [id]);
        return challenge;
      },
    ],
    [
      'is of an invitation that was withdrawn',
      async (challenge, id) => {
        await bench.app.inject({ method: 'POST', url: `/api/v1/devices/${id}/release` });
        return challenge;
      },
    ],
  ])('gives none when it %s', async (_name, change) => {
    const { deviceId, token } = await invite(bench);
    const challenge = await challengeOf(bench, token);
    await isRefused(await change(challenge, deviceId, token), 'device-challenge');
  });

  it.each<[string, ScepWish, string, string]>([
    ['is of another kind', { messageType: '17' }, 'device-scep-type', '2'],
    ['is signed by another key than its certificate has', { messageKey: newKey() }, 'scep-signature', '1'],
    ['asks for a key that did not sign it', { requestKey: newKey() }, 'scep-request', '1'],
    ['is encrypted to another authority', { recipient: selfSigned(newKey(), Date.now()) }, 'cms-decrypt', '1'],
    ['is encrypted by a cipher that nobody knows', { unknownCipher: true }, 'cms-cipher', '0'],
    ['names no challenge', { withoutChallenge: true }, 'device-challenge', '2'],
  ])('gives none to a request that %s', async (_name, wish, code, failInfo) => {
    const { token } = await invite(bench);
    const challenge = await challengeOf(bench, token);
    await isRefused(challenge, code, wish, failInfo);
    expect((await enrolIdentity(bench, challenge)).status, 'and is not used up by it').toBe('0');
  });
});

it('a failure of ours is no refusal: the phone tries again', async () => {
  const { message } = await craftRequest(bench, 'any');
  const authority = Object.defineProperty({ ...bench.apple.authority }, 'key', {
    get: () => {
      throw new Error('the key is away');
    },
  });
  await expect(answerPkiOperation({ ...bench.apple, authority }, message)).rejects.toThrow('the key is away');
});

describe('a challenge of a renewal', () => {
  /** An enrolled phone that has been asked to renew. */
  async function renewing() {
    const { deviceId, phone } = await enrolled(bench);
    await drain(bench, phone);
    await bench.test.pool.query(
      "update devices_certificates set expires_at = now() + interval '100 days' where device_id = $1",
      [deviceId],
    );
    bench.apple.pins.forget(deviceId);
    const { command } = await send(bench, phone, { Status: 'Idle' });
    return { deviceId, phone, challenge: renewalChallenge(command) };
  }

  it('gives one certificate, which speaks for this phone alone', async () => {
    const { phone, challenge } = await renewing();
    const { status, phone: renewed } = await enrolIdentity(bench, challenge);
    expect(status).toBe('0');
    await isRefused(challenge, 'device-challenge');
    const another = await enrolled(bench);
    expect((await send(bench, { ...renewed, udid: another.phone.udid }, authenticate)).code).toBe(
      'device-certificate-reuse',
    );
    expect((await send(bench, { ...renewed, udid: phone.udid }, tokenUpdate)).code).toBe('device-not-pinned');
    expect((await send(bench, { ...renewed, udid: phone.udid }, authenticate)).status).toBe(200);
  });

  it.each<[string, (deviceId: string) => Promise<unknown>]>([
    [
      'is older than a day',
      (id) =>
        bench.test.pool.query(
          "update devices_renewals set sent_at = sent_at - interval '1 day 1 s' where device_id = $1",
          [id],
        ),
    ],
    ['is of a phone that has left', (id) => bench.app.inject({ method: 'POST', url: `/api/v1/devices/${id}/release` })],
    [
      'is of a phone that is not enrolled',
      (id) => bench.test.pool.query("update devices set state = 'pending' where id = $1", [id]),
    ],
  ])('gives none when it %s', async (_name, change) => {
    const { deviceId, challenge } = await renewing();
    await change(deviceId);
    await isRefused(challenge, 'device-challenge');
  });

  it('is void once another is sent, and so is the certificate that it gave', async () => {
    const { deviceId, phone, challenge } = await renewing();
    const { phone: first } = await enrolIdentity(bench, challenge);
    await bench.test.pool.query('update devices_commands set state = $1 where device_id = $2', ['cancelled', deviceId]);
    bench.wait(DAY_MS + 1000);
    const second = renewalChallenge((await send(bench, phone, { Status: 'Idle' })).command);
    expect(second).not.toBe(challenge);
    expect((await send(bench, { ...first, udid: phone.udid }, authenticate)).code).toBe('device-certificate-reuse');
    expect((await enrolIdentity(bench, second)).status).toBe('0');
  });
});
