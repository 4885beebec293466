import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSigned } from '../../formats/cms/index.ts';
import { type PlistDict, parsePlist } from '../../formats/plist/index.ts';
import { readDevice } from '../index.ts';
import { renewalIsDue, writeRenewal } from './renewal.ts';
import {
  authenticate,
  type Bench,
  dict,
  drain,
  enrolIdentity,
  enrolled,
  openBench,
  type Phone,
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

/** The one-time challenge in an InstallProfile that renews; undefined for any other command. */
function challengeIn(command: PlistDict | undefined): string | undefined {
  const payload = typeOf(command) === 'InstallProfile' ? dict(command?.['Command'])['Payload'] : undefined;
  if (!(payload instanceof Uint8Array)) return undefined;
  const profile = dict(parsePlist(parseSigned(payload).content ?? new Uint8Array()));
  const parts = Array.isArray(profile['PayloadContent']) ? profile['PayloadContent'].map(dict) : [];
  const scep = parts.find((part) => part['PayloadType'] === 'com.apple.security.scep');
  return scep === undefined ? undefined : String(dict(scep['PayloadContent'])['Challenge']);
}

/** Answers every command; the challenge of the renewal that was among them, if any. */
async function connect(
  phone: Phone,
  renewal = 'Acknowledged',
): Promise<{ kinds: unknown[]; challenge: string | undefined }> {
  const kinds: unknown[] = [];
  let challenge: string | undefined;
  let { command } = await send(bench, phone, { Status: 'Idle' });
  while (command !== undefined && kinds.length < 20) {
    kinds.push(typeOf(command));
    const found = challengeIn(command);
    challenge ??= found;
    const Status = found === undefined ? 'Acknowledged' : renewal;
    ({ command } = await send(bench, phone, { Status, CommandUUID: command['CommandUUID'] }));
  }
  return { kinds, challenge };
}

const fact = async (deviceId: string, wanted: string) =>
  (await readDevice(bench.test.db, deviceId))?.facts.find(({ name }) => name === wanted)?.value;

describe('the identity certificate of an iPhone', () => {
  it('is renewed half a year before it ends: both hold until the phone speaks by the new one, and nothing else is lost', async () => {
    const { deviceId, phone } = await enrolled(bench);
    await drain(bench, phone);
    bench.wait(184 * DAY_MS);
    expect((await connect(phone)).challenge).toBeUndefined();
    bench.wait(2 * DAY_MS);
    const { challenge = '' } = await connect(phone);
    expect(challenge).not.toBe('');
    const { phone: stranger, status } = await enrolIdentity(bench, challenge);
    const renewed = { ...stranger, udid: phone.udid };
    expect(status).toBe('0');
    expect((await enrolIdentity(bench, challenge)).status, 'a challenge serves once').toBe('2');
    expect((await send(bench, renewed, { Status: 'Idle' })).status, 'not before it authenticates').toBe(400);
    expect((await send(bench, stranger, authenticate)).status, 'not for another phone').toBe(400);

    const order = { kind: 'DeviceLock', confirmName: "Ada's iPhone" };
    await bench.app.inject({ method: 'POST', url: `/api/v1/devices/${deviceId}/commands`, payload: order });
    expect((await send(bench, renewed, authenticate)).status).toBe(200);
    expect((await send(bench, phone, { Status: 'NotNow' })).status, 'the former one still holds').toBe(200);
    expect((await send(bench, renewed, tokenUpdate)).status).toBe(200);
    expect((await send(bench, phone, { Status: 'Idle' })).status, 'the former one has ended').toBe(400);
    expect(await fact(deviceId, 'profile.id')).toBe('P-1');
    expect((await connect(renewed)).kinds, 'what waited still waits, and nothing is asked twice').toEqual([
      'DeviceLock',
    ]);
    const log = await sql`select from audit_entries where action = 'device.certificate.renewed'`.execute(bench.test.db);
    expect(log.rows).toHaveLength(1);
    bench.wait(10 * DAY_MS);
    expect((await connect(renewed)).challenge).toBeUndefined();
  });

  it.each([
    [180 * DAY_MS, DAY_MS, false],
    [180 * DAY_MS - 1, DAY_MS, true],
    [180 * DAY_MS - 1, DAY_MS - 1, false],
  ])('is due %i ms before its end, %i ms after it was asked for: %s', async (leftMs, sinceMs, due) => {
    const pin = await bench.apple.pins.find((await enrolled(bench)).phone.certificate);
    if (pin === undefined) throw new Error('no pin');
    const nowMs = bench.apple.now();
    const changed = { ...pin, expiresAt: new Date(nowMs + leftMs), renewalAskedAtMs: nowMs - sinceMs };
    expect(renewalIsDue(changed, nowMs)).toBe(due);
  });

  it('is asked for once as long as the phone puts it off, and the log tells of it', async () => {
    const { deviceId, phone } = await enrolled(bench);
    await drain(bench, phone);
    bench.wait(200 * DAY_MS);
    for (const _ of [1, 2, 3]) {
      expect((await connect(phone, 'NotNow')).challenge).toBeDefined();
      bench.wait(DAY_MS);
    }
    const { rows } = await bench.test.pool.query(
      `select (select count(*)::int from devices_commands where device_id = $1 and kind = 'RenewIdentity') as commands,
        (select count(*)::int from audit_entries where object_id = $1::text and action = 'device.command.queued'
          and detail->>'kind' = 'RenewIdentity') as told`,
      [deviceId],
    );
    expect(rows).toEqual([{ commands: 1, told: 1 }]);
  });

  it.each([
    [false, 'signed'],
    [true, 'as it is, to clients of old that read nothing signed'],
  ])('goes out, with old SCEP clients %s, %s', async (scepLegacyDes) => {
    const { deviceId } = await enrolled(bench);
    const command = dict(parsePlist(await writeRenewal({ ...bench.apple, scepLegacyDes }, deviceId, 'id')));
    const payload = dict(command['Command'])['Payload'];
    if (!(payload instanceof Uint8Array)) throw new Error('no payload');
    const read = scepLegacyDes ? payload : parseSigned(payload).content;
    expect(dict(parsePlist(read ?? new Uint8Array()))['PayloadType']).toBe('Configuration');
  });

  it('is asked for again a day after the phone refused or did nothing, with another challenge', async () => {
    const { phone } = await enrolled(bench);
    bench.wait(200 * DAY_MS);
    const refused = await connect(phone, 'Error');
    expect(refused.challenge).toBeDefined();
    expect((await connect(phone)).challenge).toBeUndefined();
    bench.wait(DAY_MS);
    const { challenge = '' } = await connect(phone);
    expect(challenge).not.toBe(refused.challenge);
    expect((await enrolIdentity(bench, refused.challenge ?? '')).status).toBe('2');
    bench.wait(DAY_MS);
    expect((await enrolIdentity(bench, challenge)).status, 'a challenge serves for a day').toBe('2');
  });

  it('serves for thirty days after its end, to be renewed and for nothing else', async () => {
    const { deviceId, phone } = await enrolled(bench);
    await drain(bench, phone);
    bench.wait(370 * DAY_MS);
    expect((await send(bench, phone, tokenUpdate)).status).toBe(400);
    expect((await send(bench, phone, authenticate)).status).toBe(400);
    const { kinds, challenge = '' } = await connect(phone);
    expect(kinds).toEqual(['InstallProfile']);
    const late = { ...(await enrolIdentity(bench, challenge)).phone, udid: phone.udid };
    expect((await send(bench, late, authenticate)).status).toBe(200);
    expect((await send(bench, late, tokenUpdate)).status).toBe(200);
    expect((await connect(late)).kinds).toContain('DeviceInformation');

    bench.wait(365 * DAY_MS + 31 * DAY_MS);
    expect((await send(bench, late, { Status: 'Idle' })).status).toBe(400);
    expect((await readDevice(bench.test.db, deviceId))?.state).toBe('enrolled');
  });

  it('is not renewed once the phone was released', async () => {
    const { deviceId, phone } = await enrolled(bench);
    bench.wait(200 * DAY_MS);
    const { challenge = '' } = await connect(phone);
    await bench.app.inject({ method: 'POST', url: `/api/v1/devices/${deviceId}/release` });
    expect((await enrolIdentity(bench, challenge)).status).toBe('2');
  });
});
