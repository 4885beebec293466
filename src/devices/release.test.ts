import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addPerson,
  authenticate,
  type Bench,
  challengeOf,
  enrolIdentity,
  enrolled,
  invite,
  openBench,
  send,
  tokenUpdate,
} from './apple/testing.ts';
import { devicesOfSamePhone, readDevice } from './index.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

const release = (deviceId: string) => bench.app.inject({ method: 'POST', url: `/api/v1/devices/${deviceId}/release` });

describe('POST devices/:id/release', () => {
  it('ends the enrolment of a phone that changed hands, and lets the same phone enrol for another person', async () => {
    const { deviceId, phone } = await enrolled(bench);
    await sql`update devices set browser_key_thumbprint = 'thumb' where id = ${deviceId}`.execute(bench.test.db);
    const eve = await invite(bench, await addPerson(bench, 'Eve'));
    const { phone: reset } = await enrolIdentity(bench, await challengeOf(bench, eve.token));
    const samePhone = { ...reset, udid: phone.udid };
    expect((await send(bench, samePhone, authenticate)).status).toBe(400);

    expect((await release(deviceId)).json()).toMatchObject({ id: deviceId, state: 'checked-out', browserBound: false });
    expect((await send(bench, phone, { Status: 'Idle' })).status).toBe(400);
    expect((await send(bench, phone, tokenUpdate)).status).toBe(400);
    const left = await sql`select from devices_commands where device_id = ${deviceId} and state in ('queued', 'notnow')
      union all select from devices_certificates where device_id = ${deviceId} and retired_at is null`.execute(
      bench.test.db,
    );
    expect(left.rows).toHaveLength(0);
    const { rows } = await sql`select actor, detail from audit_entries where action = 'device.released'`.execute(
      bench.test.db,
    );
    expect(rows).toMatchObject([
      { actor: { kind: 'person' }, detail: { state: 'enrolled', formerOwner: bench.personId } },
    ]);

    expect((await send(bench, samePhone, authenticate)).status).toBe(200);
    expect((await send(bench, samePhone, tokenUpdate)).status).toBe(200);
    expect((await readDevice(bench.test.db, eve.deviceId))?.state).toBe('enrolled');
    expect((await readDevice(bench.test.db, deviceId))?.facts.length).toBeGreaterThan(0);
    expect(await devicesOfSamePhone(bench.test.db, eve.deviceId)).toEqual([deviceId, eve.deviceId].sort());
    expect((await release(deviceId)).json()).toMatchObject({ code: 'device-has-left' });
    expect((await release('a0000000-0000-4000-8000-000000000000')).statusCode).toBe(404);
  });

  it('marks the claim as false where it was, so that the phone that it named has nothing of it', async () => {
    const { deviceId, phone } = await enrolled(bench);
    const payload = { claimFalse: true };
    const url = `/api/v1/devices/${deviceId}/release`;
    expect((await bench.app.inject({ method: 'POST', url, payload: { claimFalse: 1, x: 1 } })).statusCode).toBe(400);
    expect((await bench.app.inject({ method: 'POST', url, payload })).statusCode).toBe(200);
    const { rows } = await sql`select detail->'claimFalse' as "claimFalse" from audit_entries
      where action = 'device.released' and object_id = ${deviceId}`.execute(bench.test.db);
    expect(rows).toEqual([{ claimFalse: true }]);
    const eve = await invite(bench, await addPerson(bench, 'Eva'));
    const { phone: owners } = await enrolIdentity(bench, await challengeOf(bench, eve.token));
    expect((await send(bench, { ...owners, udid: phone.udid }, authenticate)).status).toBe(200);
    expect(await devicesOfSamePhone(bench.test.db, eve.deviceId)).toEqual([eve.deviceId]);
  });

  it('marks it of one that left by itself, too, once, and has the phones judged anew that name the same one', async () => {
    const { deviceId, phone } = await enrolled(bench);
    const url = `/api/v1/devices/${deviceId}/release`;
    await send(bench, phone, { MessageType: 'CheckOut', Topic: authenticate.Topic });
    const owners = await invite(bench, await addPerson(bench, 'Owner of it'));
    const { phone: real } = await enrolIdentity(bench, await challengeOf(bench, owners.token));
    expect((await send(bench, { ...real, udid: phone.udid }, authenticate)).status).toBe(200);
    await bench.test.owner.query('delete from graphile_worker._private_jobs');
    const marked = await bench.app.inject({ method: 'POST', url, payload: { claimFalse: true } });
    expect(marked.json()).toMatchObject({ state: 'checked-out', claimFalseAtMs: expect.any(Number) });
    expect(await devicesOfSamePhone(bench.test.db, owners.deviceId)).toEqual([owners.deviceId]);
    const { rows } = await sql<{ key: string }>`select key from graphile_worker.jobs
      where key like 'access.reassess.%' order by key`.execute(bench.test.db);
    expect(rows.map(({ key }) => key)).toEqual(
      [deviceId, owners.deviceId].sort().map((id) => `access.reassess.device.${id}`),
    );
    const again = await bench.app.inject({ method: 'POST', url, payload: { claimFalse: true } });
    expect(again.json()).toMatchObject({ code: 'device-has-left' });
    const told = await sql`select action from audit_entries where object_id = ${deviceId}
      and action in ('device.released', 'device.claim-false')`.execute(bench.test.db);
    expect(told.rows).toEqual([{ action: 'device.claim-false' }]);
  });

  it('withdraws an invitation, with its link, its certificate and its challenges', async () => {
    const { deviceId, token } = await invite(bench);
    const challenge = await challengeOf(bench, token);
    const { phone } = await enrolIdentity(bench, challenge);
    const late = await challengeOf(bench, token);
    expect((await release(deviceId)).statusCode).toBe(200);
    expect((await enrolIdentity(bench, late)).status).toBe('2');
    expect((await send(bench, phone, authenticate)).status).toBe(400);
    const open = await bench.app.inject({ method: 'POST', url: '/api/v1/enrolments/open', payload: { token } });
    expect(open.statusCode).toBe(404);
    expect((await readDevice(bench.test.db, deviceId))?.state).toBe('checked-out');
  });
});

describe('a phone between Authenticate and TokenUpdate', () => {
  it("is not checked out by another person's phone that claims its UDID", async () => {
    const ada = await invite(bench);
    const { phone } = await enrolIdentity(bench, await challengeOf(bench, ada.token));
    expect((await send(bench, phone, authenticate)).status).toBe(200);
    const mallory = await invite(bench, await addPerson(bench, 'Mallory'));
    const { phone: thief } = await enrolIdentity(bench, await challengeOf(bench, mallory.token));
    expect((await send(bench, { ...thief, udid: phone.udid }, authenticate)).status).toBe(400);
    expect((await send(bench, phone, tokenUpdate)).status).toBe(200);
    expect((await readDevice(bench.test.db, ada.deviceId))?.state).toBe('enrolled');
  });

  it('ends when its own person begins anew with another invitation', async () => {
    const first = await invite(bench);
    const { phone } = await enrolIdentity(bench, await challengeOf(bench, first.token));
    expect((await send(bench, phone, authenticate)).status).toBe(200);
    const second = await invite(bench);
    const { phone: again } = await enrolIdentity(bench, await challengeOf(bench, second.token));
    expect((await send(bench, { ...again, udid: phone.udid }, authenticate)).status).toBe(200);
    expect((await readDevice(bench.test.db, first.deviceId))?.state).toBe('checked-out');
  });
});
