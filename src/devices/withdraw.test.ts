import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Bench, drain, enrolled, openBench, send, typeOf } from './apple/testing.ts';

let bench: Bench;
let deviceId: string;
let phone: Awaited<ReturnType<typeof enrolled>>['phone'];
beforeAll(async () => {
  bench = await openBench();
  ({ deviceId, phone } = await enrolled(bench));
  await drain(bench, phone);
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

async function order(kind: string): Promise<string> {
  const reply = await bench.app.inject({
    method: 'POST',
    url: `/api/v1/devices/${deviceId}/commands`,
    payload: { kind, confirmName: 'Ada’s iPhone' },
  });
  const [id] = reply.json().ids;
  return id;
}
const withdraw = (id: string, device = deviceId) =>
  bench.app.inject({ method: 'DELETE', url: `/api/v1/devices/${device}/commands/${id}` });

test('an erasure that was not fetched is withdrawn: audited, and the phone never gets it', async () => {
  const id = await order('EraseDevice');
  expect((await withdraw(id, 'a0000000-0000-4000-8000-000000000000')).json()).toMatchObject({
    code: 'device-command-unknown',
  });
  expect((await withdraw(id)).statusCode).toBe(204);
  expect(await drain(bench, phone)).not.toContain('EraseDevice');
  const { rows } = await sql`select actor, detail from audit_entries where action = 'device.command.withdrawn'`.execute(
    bench.test.db,
  );
  expect(rows).toMatchObject([{ actor: { kind: 'person' }, detail: { kind: 'EraseDevice', command: id } }]);
  expect((await withdraw(id)).json()).toMatchObject({ code: 'device-command-ended', statusCode: 409 });
});

test('it is too late once the phone fetched it, also when the phone put it off', async () => {
  const id = await order('DeviceLock');
  const fetched = await send(bench, phone, { Status: 'Idle' });
  expect(typeOf(fetched.command)).toBe('DeviceLock');
  expect((await withdraw(id)).json()).toMatchObject({ code: 'device-command-sent', statusCode: 409 });
  await send(bench, phone, { Status: 'NotNow', CommandUUID: id });
  expect((await withdraw(id)).json()).toMatchObject({ code: 'device-command-sent', statusCode: 409 });
});

test('what the server queues for the policies is not withdrawn by hand', async () => {
  expect((await withdraw(await order('SecurityInfo'))).json()).toMatchObject({ code: 'device-command-unknown' });
});
