import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseSigned } from '../../formats/cms/index.ts';
import { parsePlist } from '../../formats/plist/index.ts';
import { readDevice } from '../index.ts';
import {
  answers,
  authenticate,
  type Bench,
  deliver,
  dict,
  drain,
  enrolled,
  openBench,
  type Phone,
  send,
  tokenUpdate,
  typeOf,
} from './testing.ts';

const POLICY: string = randomUUID();
const DAY_MS = 86_400_000;

let bench: Bench;
beforeAll(async () => {
  bench = await openBench(true);
  const { items } = (await bench.app.inject('/api/v1/policies')).json<{ items: { id: string }[] }>();
  for (const { id } of items) await assign(false, id); // the policy that is there from the start
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

let version: number | undefined;
async function save(settings: object): Promise<void> {
  const url = `/api/v1/policies/${POLICY}`;
  const payload = { basedOnVersion: version, name: 'P', description: '', settings };
  const saved = await bench.app.inject({ method: 'PUT', url, payload });
  expect(saved.statusCode).toBe(200);
  version = saved.json<{ version: number }>().version;
}
async function assign(everyone: boolean, id = POLICY): Promise<void> {
  const url = `/api/v1/policies/${id}/assignment`;
  expect(
    (await bench.app.inject({ method: 'PUT', url, payload: { everyone, groups: [], leaveWithoutPolicy: true } }))
      .statusCode,
  ).toBe(200);
}

/** What the next command installs: every key of its payloads; `status` answers it. */
async function next(phone: Phone, status: string): Promise<{ type: unknown; keys: string }> {
  await deliver(bench);
  let { command } = await send(bench, phone, { Status: 'Idle' });
  // What is asked after each profile is not what these tests are about.
  while (command !== undefined && ['SecurityInfo', 'ProfileList'].includes(String(typeOf(command))))
    ({ command } = await send(bench, phone, { Status: 'Acknowledged', CommandUUID: command['CommandUUID'] }));
  if (command === undefined) return { type: undefined, keys: '' };
  const signed = dict(command['Command'])['Payload'];
  const content = signed instanceof Uint8Array ? parseSigned(signed).content : undefined;
  await send(bench, phone, { Status: status, CommandUUID: command['CommandUUID'] });
  return { type: typeOf(command), keys: content === undefined ? '' : JSON.stringify(dict(parsePlist(content))) };
}

const confirmed = async (deviceId: string): Promise<unknown> =>
  (await readDevice(bench.test.db, deviceId))?.facts.find(({ name }) => name === 'profile.id')?.value;

describe('the policy profile of an iPhone', () => {
  it('follows policy, assignment and supervision, and is sent once for each content', async () => {
    await save({ 'passcode.required': true, 'passcode.minLength': 6 });
    await assign(true);
    const { deviceId, phone } = await enrolled(bench);
    expect((await drain(bench, phone)).filter((kind) => kind.endsWith('Profile'))).toEqual(['InstallProfile']);
    const first = await confirmed(deviceId);
    expect(first).toMatch(/^[0-9A-F-]{36}$/);
    expect((await next(phone, 'Acknowledged')).type).toBeUndefined();

    await save({ 'passcode.required': true, 'passcode.minLength': 8 });
    const longer = await next(phone, 'Acknowledged');
    expect(longer).toEqual({ type: 'InstallProfile', keys: expect.stringContaining('"minLength":8') });
    expect(await confirmed(deviceId)).not.toBe(first);
    await save({ 'passcode.required': true, 'passcode.minLength': 8 });
    expect((await next(phone, 'Acknowledged')).type).toBeUndefined();

    await save({ 'passcode.required': true, 'passcode.minLength': 8, 'usb.restricted': true });
    await next(phone, 'Acknowledged');
    bench.wait(DAY_MS / 2); // it is asked for its facts anew, and has been supervised meanwhile
    const before = await confirmed(deviceId);
    await drain(bench, phone, { ...answers, DeviceInformation: { QueryResponses: { IsSupervised: true } } });
    await deliver(bench);
    await drain(bench, phone);
    expect(await confirmed(deviceId)).not.toBe(before);

    await assign(false);
    expect((await next(phone, 'Acknowledged')).type).toBe('RemoveProfile');
    expect(await confirmed(deviceId)).toBeNull();
  });

  it('is confirmed only by the phone: refused, put off, replaced on the way, lost by a new enrolment', async () => {
    await save({ 'passcode.required': true });
    await assign(true);
    const { deviceId, phone } = await enrolled(bench);
    await drain(bench, phone);
    const first = await confirmed(deviceId);
    await save({ 'passcode.required': true, 'passcode.minLength': 9 });
    expect((await next(phone, 'Error')).type).toBe('InstallProfile');
    expect(await confirmed(deviceId)).toBe(first);
    await save({ 'passcode.required': true, 'passcode.minLength': 9 });
    expect((await next(phone, 'Acknowledged')).type).toBeUndefined();

    // What was not sent yet is replaced; back to what the phone has, nothing is sent at all.
    await save({ 'passcode.required': true, 'passcode.minLength': 10 });
    await deliver(bench);
    await save({ 'passcode.required': true });
    expect((await next(phone, 'Acknowledged')).type).toBeUndefined();

    // What is on its way is followed by what is wanted by now.
    await save({ 'passcode.required': true, 'passcode.minLength': 11 });
    expect((await next(phone, 'NotNow')).type).toBe('InstallProfile');
    await save({ 'passcode.required': true, 'passcode.minLength': 12 });
    expect((await next(phone, 'Acknowledged')).keys).toContain('"minLength":11');
    const eleven = await confirmed(deviceId);
    expect((await next(phone, 'Acknowledged')).keys).toContain('"minLength":12');
    expect(await confirmed(deviceId)).not.toBe(eleven);

    bench.wait(1000); // a second Authenticate of the same second is a replay
    expect((await send(bench, phone, authenticate)).status).toBe(200);
    expect(await confirmed(deviceId)).toBeNull();
    expect((await send(bench, phone, tokenUpdate)).status).toBe(200);
    expect((await next(phone, 'Acknowledged')).keys).toContain('"minLength":12');
  });

  it('is offered again a day after the phone refused it', async () => {
    await save({ 'passcode.required': true, 'passcode.minLength': 7 });
    const { phone } = await enrolled(bench);
    expect((await next(phone, 'Error')).type).toBe('InstallProfile');
    await drain(bench, phone);
    bench.wait(DAY_MS);
    expect((await drain(bench, phone)).includes('InstallProfile')).toBe(false);
    await deliver(bench);
    expect((await drain(bench, phone))[0]).toBe('InstallProfile');
  });
});
