import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bench, drain, enrolled, openBench, type Phone, send } from './apple/testing.ts';
import { readDevice } from './index.ts';
import { pruneJobs, pruneRaw } from './prune.ts';

const DAY_MS = 86_400_000;
let bench: Bench;
let deviceId: string;
let phone: Phone;
beforeAll(async () => {
  bench = await openBench();
  ({ deviceId, phone } = await enrolled(bench));
  await drain(bench, phone);
}, 60_000);
afterAll(() => bench[Symbol.asyncDispose]());

/** How many raw check-ins there are, every command with the sizes of what was sent and answered, and the codes of refusals. */
async function kept() {
  const { db } = bench.test;
  await bench.apple.refusals.flush();
  const reports = await sql<{ n: number }>`select count(*)::int as n from devices_reports`.execute(db);
  const commands = await sql<{ kind: string; state: string; sent: number; answered: number | null }>`select kind, state,
    length(payload) as sent, length(result) as answered from devices_commands order by seq`.execute(db);
  const refusals = await sql<{ code: string }>`select code from devices_refusals order by code`.execute(db);
  return {
    reports: reports.rows[0]?.n,
    commands: commands.rows.map(({ kind, state, sent, answered }) => [kind, state, sent > 0, (answered ?? 0) > 0]),
    refusals: refusals.rows.map(({ code }) => code),
  };
}
const prune = () => pruneRaw({ db: bench.test.db, now: bench.apple.now, keepRawDays: 90 });

describe('pruneRaw()', () => {
  it('takes away what phones sent once it is older than is kept, and leaves what people need', async () => {
    await bench.app.inject({ method: 'PUT', url: '/mdm/apple', payload: 'x' });
    const before = await kept();
    expect(before.reports).toBe(2);
    expect(before.commands).toEqual(
      ['InstallProfile', 'DeviceInformation', 'SecurityInfo', 'InstalledApplicationList', 'ProfileList', 'SecurityInfo']
        .slice(0, before.commands.length)
        .map((kind) => [kind, 'acknowledged', true, true]),
    );
    bench.wait(90 * DAY_MS - 60_000);
    await prune();
    expect(await kept(), 'not a minute too early').toEqual(before);

    const order = { kind: 'DeviceLock', confirmName: "Ada's iPhone" };
    await bench.app.inject({ method: 'POST', url: `/api/v1/devices/${deviceId}/commands`, payload: order });
    await send(bench, phone, { MessageType: 'GetBootstrapToken' });
    bench.wait(120_000);
    await prune();
    expect(await kept()).toEqual({
      reports: 1,
      commands: [
        ['InstallProfile', 'acknowledged', false, false],
        ['DeviceLock', 'queued', true, false],
      ],
      refusals: [],
    });
    const facts = (await readDevice(bench.test.db, deviceId))?.facts.map(({ name }) => name) ?? [];
    expect(facts, 'what was learned stays').toEqual(expect.arrayContaining(['os.version', 'profile.id']));
    bench.wait(400 * DAY_MS);
    await prune();
    expect((await kept()).commands, 'what waits is never too old').toContainEqual([
      'DeviceLock',
      'queued',
      true,
      false,
    ]);
  });

  it('goes through a backlog in steps', async () => {
    await sql`insert into devices_reports (device_id, kind, received_at, body)
      select ${deviceId}, 'TokenUpdate', now() - interval '1 year', 'x' from generate_series(1, 12000)`.execute(
      bench.test.db,
    );
    await prune();
    expect((await kept()).reports).toBe(0);
  });

  it('is asked for again each day', async () => {
    await pruneJobs({ db: bench.test.db, now: bench.apple.now, keepRawDays: 90 })['devices.prune']?.({});
    const { rows } = await sql<{ hours: number }>`select round(extract(epoch from run_at - now()) / 3600)::int as hours
      from graphile_worker.jobs where key = 'devices.prune'`.execute(bench.test.db);
    expect(rows).toEqual([{ hours: 24 }]);
  });
});
