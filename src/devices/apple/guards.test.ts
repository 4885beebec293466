/** What a phone's message must be, each wrong once; whatever is refused has changed nothing of any phone. */
import { generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PlistDict } from '../../formats/plist/index.ts';
import { nameOf, parseCertificate } from '../../formats/x509/index.ts';
import { issueCertificate } from '../../formats/x509/node.ts';
import {
  type Answer,
  addPerson,
  authenticate,
  type Bench,
  challengeOf,
  drain,
  enrolIdentity,
  enrolled,
  invite,
  openBench,
  type Phone,
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

const { privateKey: anotherKey, publicKey: anotherPublic } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const query = async (text: string, ...values: unknown[]) => (await bench.test.pool.query(text, values)).rows;
const forgetAll = async (): Promise<void> => {
  for (const { id } of await query('select id from devices')) bench.apple.pins.forget(id);
};
/** Everything that a message could change, of all phones. */
async function everything(): Promise<unknown> {
  return [
    await query('select id, state, native_id, name, os_version from devices order by id'),
    await query('select * from devices_apple order by device_id'),
    await query('select id, state, sent_at, finished_at from devices_commands order by seq'),
    await query('select * from devices_facts order by device_id, name'),
    await query('select fingerprint, pinned_at, retired_at from devices_certificates order by fingerprint'),
    await query('select device_id, used_at, scep_challenge_hash from devices_enrolments order by id'),
  ];
}
const lock = async (deviceId: string): Promise<void> => {
  const payload = { kind: 'DeviceLock', confirmName: "Ada's iPhone" };
  const url = `/api/v1/devices/${deviceId}/commands`;
  expect((await bench.app.inject({ method: 'POST', url, payload })).statusCode).toBe(200);
};

/** A certificate that names our authority and the phone, and that another key has issued. */
function forgedFor(phone: Phone): Phone {
  const { subjectRaw, issuerRaw, serialRaw, notBeforeMs, notAfterMs } = phone.certificate;
  const order = {
    use: 'client',
    subjectRaw,
    issuerRaw,
    spkiRaw: new Uint8Array(anotherPublic.export({ type: 'spki', format: 'der' })),
    serial: serialRaw.subarray(2),
    notBeforeMs,
    notAfterMs,
    authorityKey: anotherKey,
  } as const;
  return { ...phone, key: anotherKey, certificate: parseCertificate(issueCertificate(order)) };
}
/** One by our authority that stands in no list. */
function unlistedFor(phone: Phone): Phone {
  const order = {
    use: 'client',
    subjectRaw: nameOf({ commonName: 'phone' }),
    issuerRaw: bench.apple.authority.certificate.subjectRaw,
    spkiRaw: new Uint8Array(anotherPublic.export({ type: 'spki', format: 'der' })),
    serial: Uint8Array.of(7, 7, 7),
    notBeforeMs: Date.now() - DAY_MS,
    notAfterMs: Date.now() + DAY_MS,
    authorityKey: bench.apple.authority.key,
  } as const;
  return { ...phone, key: anotherKey, certificate: parseCertificate(issueCertificate(order)) };
}

const MESSAGES: readonly (readonly [string, PlistDict])[] = [
  ['Idle', { Status: 'Idle' }],
  ['Authenticate', authenticate],
  ['TokenUpdate', tokenUpdate],
  ['CheckOut', { MessageType: 'CheckOut', Topic: authenticate.Topic }],
  ['SetBootstrapToken', { MessageType: 'SetBootstrapToken', BootstrapToken: new Uint8Array([1]) }],
  ['GetBootstrapToken', { MessageType: 'GetBootstrapToken' }],
];
type Sent = (phone: Phone, deviceId: string, message: PlistDict) => Promise<Answer>;

describe('a message of an enrolled phone', () => {
  let phone: Phone;
  let other: { deviceId: string; phone: Phone };
  let deviceId: string;
  beforeAll(async () => {
    ({ phone, deviceId } = await enrolled(bench));
    other = await enrolled(bench, await addPerson(bench, 'Mara'));
    for (const one of [phone, other.phone]) await drain(bench, one);
    await lock(deviceId);
    await lock(other.deviceId);
    bench.wait(2000); // so that nothing is refused as a replay
  }, 60_000);

  /** The code of the refusal; of Authenticate another where it is told apart. */
  const wrong: readonly (readonly [string, Sent, string, string?])[] = [
    ['by another key', (one, _id, message) => send(bench, { ...one, key: anotherKey }, message), 'device-signature'],
    [
      'over another body',
      async (one, _id, message) => {
        const { body, signature } = sealMessage(bench, one, message);
        return await put(bench, { signature, body: Buffer.concat([body, Buffer.from('\n')]) });
      },
      'device-signature',
    ],
    [
      'under the certificate of another phone',
      (one, _id, message) => send(bench, { ...one, certificate: other.phone.certificate }, message),
      'device-signature',
    ],
    [
      'under a forged certificate',
      (one, _id, message) => send(bench, forgedFor(one), message),
      'device-certificate-foreign',
    ],
    [
      'under a certificate that was never given out',
      (one, _id, message) => send(bench, unlistedFor(one), message),
      'device-certificate-foreign',
    ],
    [
      'in the name of another phone',
      (one, _id, message) => send(bench, { ...one, udid: other.phone.udid }, message),
      'device-not-pinned',
      'device-certificate-reuse',
    ],
    ['in the name of no phone', (one, _id, message) => send(bench, { ...one, udid: '' }, message), 'device-identity'],
    [
      'in a name that is too long',
      (one, _id, message) => send(bench, { ...one, udid: 'x'.repeat(201) }, message),
      'device-identity',
    ],
    [
      'in the longest name that is one',
      (one, _id, message) => send(bench, { ...one, udid: 'x'.repeat(200) }, message),
      'device-not-pinned',
      'device-certificate-reuse',
    ],
    [
      'that was signed a day ago',
      (one, _id, message) => put(bench, sealMessage(bench, one, message, bench.apple.now() - DAY_MS - 60_000)),
      'device-signing-time',
    ],
    [
      'that was signed a day ahead',
      (one, _id, message) => put(bench, sealMessage(bench, one, message, bench.apple.now() + DAY_MS + 60_000)),
      'device-signing-time',
    ],
    [
      'whose certificate was replaced',
      during('update devices_certificates set retired_at = now() where device_id = $1', 'retired_at = null'),
      'device-certificate-retired',
    ],
    [
      'whose certificate ran out beyond grace',
      during(
        "update devices_certificates set expires_at = now() - interval '31 days' where device_id = $1",
        "expires_at = now() + interval '300 days'",
      ),
      'device-certificate-expired',
    ],
    [
      'whose enrolment has ended',
      during("update devices set state = 'checked-out' where id = $1", undefined),
      'device-has-left',
    ],
  ];
  /** Sends while a row says otherwise, and puts it back. */
  function during(change: string, back: string | undefined): Sent {
    return async (one, id, message) => {
      await query(change, id);
      await forgetAll();
      const answer = await send(bench, one, message);
      await query(
        back === undefined
          ? "update devices set state = 'enrolled' where id = $1"
          : `update devices_certificates set ${back} where device_id = $1`,
        id,
      );
      await forgetAll();
      return answer;
    };
  }

  it.each(
    wrong.flatMap(([how, sent, code, ofAuthenticate]) =>
      MESSAGES.map(
        ([name, message]) =>
          [name, how, sent, message, name === 'Authenticate' ? (ofAuthenticate ?? code) : code] as const,
      ),
    ),
  )('%s %s is refused and changes nothing', async (_name, _how, sent, message, code) => {
    const before = await everything();
    const answer = await sent(phone, deviceId, message);
    expect(answer).toEqual({ status: 400, command: undefined, code });
    expect(await everything()).toEqual(before);
  });

  it.each<[string, PlistDict, string]>([
    ['Authenticate for another server', { ...authenticate, Topic: 'com.apple.mgmt.External.other' }, 'device-topic'],
    ['Authenticate without a Topic', { ...authenticate, Topic: '' }, 'device-topic'],
    ['TokenUpdate for another server', { ...tokenUpdate, Topic: 'com.apple.mgmt.External.other' }, 'device-topic'],
    ['TokenUpdate without a Topic', { ...tokenUpdate, Topic: '' }, 'device-topic'],
    ['TokenUpdate without a token', { ...tokenUpdate, Token: 'text' }, 'device-token'],
    ['SetBootstrapToken with a text', { MessageType: 'SetBootstrapToken', BootstrapToken: 'text' }, 'device-token'],
    ['a message of another kind', { MessageType: 'GetToken' }, 'device-message-type'],
    ['a check-in that is too large', { ...tokenUpdate, Padding: new Uint8Array(300_000) }, 'device-check-in-size'],
  ])('%s is refused and changes nothing', async (_name, message, code) => {
    const before = await everything();
    expect(await send(bench, phone, message)).toEqual({ status: 400, command: undefined, code });
    expect(await everything()).toEqual(before);
  });

  it.each(MESSAGES.slice(1))(
    '%s is refused from a certificate that has run out, which serves to be renewed',
    async (_name, message) => {
      await query(
        "update devices_certificates set expires_at = now() - interval '1 day' where device_id = $1",
        deviceId,
      );
      await forgetAll();
      const before = await everything();
      expect((await send(bench, phone, message)).code).toBe('device-certificate-expired');
      expect(await everything()).toEqual(before);
      await query(
        "update devices_certificates set expires_at = now() + interval '300 days' where device_id = $1",
        deviceId,
      );
      await forgetAll();
    },
  );

  it('ends no command of another phone, and none twice', async () => {
    const CommandUUID = (await send(bench, phone, { Status: 'Idle' })).command?.['CommandUUID'];
    for (const Status of ['Acknowledged', 'Error', 'CommandFormatError', 'NotNow'])
      await send(bench, other.phone, { Status, CommandUUID });
    const state = async () => (await query('select state from devices_commands where id = $1', CommandUUID))[0]?.state;
    expect(await state()).toBe('queued');
    await send(bench, phone, { Status: 'Error', CommandUUID });
    expect(await state()).toBe('error');
    for (const Status of ['Acknowledged', 'NotNow']) await send(bench, phone, { Status, CommandUUID });
    expect(await state()).toBe('error');
  });

  it('is taken when nothing of it is wrong', async () => {
    const before = await everything();
    expect((await send(bench, phone, tokenUpdate)).status).toBe(200);
    expect(await everything()).not.toEqual(before);
    await lock(deviceId);
    expect(typeOf((await send(bench, phone, { Status: 'Idle' })).command)).toBe('DeviceLock');
  });
});

describe('Idle', () => {
  it('gets no command between Authenticate and TokenUpdate, nor by a renewed certificate before Authenticate', async () => {
    const { token } = await invite(bench);
    const { phone } = await enrolIdentity(bench, await challengeOf(bench, token));
    expect((await send(bench, phone, authenticate)).status).toBe(200);
    expect((await send(bench, phone, { Status: 'Idle' })).code).toBe('device-not-pinned');
    const inUse = await enrolled(bench);
    await query('update devices_certificates set pinned_at = null where device_id = $1', inUse.deviceId);
    await forgetAll();
    expect((await send(bench, inUse.phone, { Status: 'Idle' })).code).toBe('device-not-pinned');
  });
});

describe('a certificate of an invitation', () => {
  it.each(MESSAGES.filter(([name]) => name !== 'Authenticate'))(
    'says no %s before Authenticate',
    async (_name, message) => {
      const { token } = await invite(bench);
      const { phone } = await enrolIdentity(bench, await challengeOf(bench, token));
      expect(await send(bench, phone, message)).toMatchObject({ status: 400, code: 'device-not-pinned' });
    },
  );

  it('takes the place of no other that is in use, and of no phone of somebody else', async () => {
    const { token } = await invite(bench);
    const { phone: first } = await enrolIdentity(bench, await challengeOf(bench, token));
    const { phone: second } = await enrolIdentity(bench, await challengeOf(bench, token));
    expect((await send(bench, first, authenticate)).status).toBe(200);
    expect((await send(bench, { ...second, udid: first.udid }, authenticate)).code).toBe('device-certificate-retired');
    await query('update devices_certificates set retired_at = null'); // as if it had been made a moment later
    await forgetAll();
    expect((await send(bench, { ...second, udid: first.udid }, authenticate)).code).toBe('device-certificate-reuse');

    const mara = await invite(bench, await addPerson(bench, 'Nora'));
    const { phone: hers } = await enrolIdentity(bench, await challengeOf(bench, mara.token));
    expect((await send(bench, { ...hers, udid: first.udid }, authenticate)).code).toBe('device-of-another-person');
    expect((await send(bench, first, tokenUpdate)).status).toBe(200);
  });

  it('is judged by what is true when its message is worked on, not by what was remembered', async () => {
    const { phone, deviceId } = await enrolled(bench);
    await drain(bench, phone);
    const change = async (text: string): Promise<string | undefined> => {
      await query(text, deviceId);
      bench.wait(1000);
      return (await send(bench, phone, tokenUpdate)).code; // nobody has told that the row is another now
    };
    expect(await change("update devices set native_id = 'another' where id = $1")).toBe('device-not-pinned');
    await query('update devices set native_id = $2 where id = $1', deviceId, phone.udid);
    expect(await change('update devices_certificates set pinned_at = null where device_id = $1')).toBe(
      'device-not-pinned',
    );
    await query('update devices_certificates set pinned_at = now() where device_id = $1', deviceId);
    expect(await change('update devices_certificates set retired_at = now() where device_id = $1')).toBe(
      'device-certificate-retired',
    );
  });
});
