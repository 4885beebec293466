import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, enrolled, openBench, send, tokenUpdate } from './testing.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench[Symbol.asyncDispose]());

describe('check-ins of a phone', () => {
  it('are taken sixty times an hour, and the newest hundred are kept', async () => {
    const { phone, deviceId } = await enrolled(bench);
    const other = await enrolled(bench);
    const statuses = async (count: number) => {
      const found = [];
      for (let n = 0; n < count; n++) found.push((await send(bench, phone, tokenUpdate)).status);
      return [...new Set(found)];
    };
    expect(await statuses(58)).toEqual([200]); // Authenticate and TokenUpdate came before
    expect(await statuses(2)).toEqual([429]);
    expect((await send(bench, other.phone, tokenUpdate)).status).toBe(200);
    expect((await send(bench, phone, { Status: 'Idle' })).status).toBe(200); // commands go on
    bench.wait(3_600_001);
    expect(await statuses(59)).toEqual([200]);
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from devices_reports
      where device_id = ${deviceId}`.execute(bench.test.db);
    expect(rows).toEqual([{ n: 100 }]);
    expect(await statuses(2)).toEqual([200, 429]);
    expect((await send(bench, phone, { MessageType: 'CheckOut', Topic: 'x' })).status).toBe(200); // it can always leave
  });

  it('are refused when they are larger than any check-in', async () => {
    const { phone } = await enrolled(bench);
    const padded = { ...tokenUpdate, Padding: new Uint8Array(300_000) };
    expect((await send(bench, phone, padded)).status).toBe(400);
    expect((await send(bench, phone, tokenUpdate)).status).toBe(200);
  });

  it('are answered 507 on a full disk, and taken again once there is room', async () => {
    const { phone } = await enrolled(bench);
    const run = (statement: string) => bench.test.owner.query(statement);
    await run(`create function no_room() returns trigger language plpgsql as
      $$ begin raise exception 'no room' using errcode = 'disk_full'; end $$`);
    await run('create trigger no_room before insert on devices_reports execute function no_room()');
    expect((await send(bench, phone, tokenUpdate)).status).toBe(507);
    await run('drop trigger no_room on devices_reports');
    expect((await send(bench, phone, tokenUpdate)).status).toBe(200);
  });
});
