import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { timeToCome } from '../base/index.ts';
import { transaction } from '../storage/index.ts';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { setReportedAt } from './android/store.ts';
import { changeDeviceState, readDevice, saveFacts, upsertDevice } from './registry.ts';
import { touchDevices } from './store.ts';

const NOW = Date.UTC(2026, 10, 24, 7);
const DAY = 86_400_000;
const HOUR = 3_600_000;

let test: TestDatabase;
let personId: string;
beforeAll(async () => {
  test = await testDatabase();
  const { rows } = await test.pool.query(
    `insert into people (display_name, email, role, state, created_at) values ('Ada', 'ada@example.org', 'member', 'active', now()) returning id`,
  );
  personId = rows[0].id;
});
afterAll(() => test.close());

async function phone(): Promise<string> {
  return transaction(test.db, async (tx) => {
    const id = await upsertDevice(tx, { personId, platform: 'apple', ownership: 'organisation', name: 'Phone' }, NOW);
    await changeDeviceState(tx, id, 'enrolled', NOW);
    return id;
  });
}

async function report(id: string, value: string, observedAtMs: number, nowMs: number): Promise<unknown> {
  await transaction(test.db, (tx) =>
    saveFacts(tx, id, [{ name: 'os.version', value, observedAtMs, source: 'test' }], nowMs),
  );
  const { facts = [] } = (await readDevice(test.db, id)) ?? {};
  return facts.map((fact) => [fact.value, fact.observedAtMs - NOW]);
}

const seen = async (id: string): Promise<number> => ((await readDevice(test.db, id))?.lastSeenAtMs ?? 0) - NOW;

describe('a clock that was a day ahead', () => {
  it('leaves facts that the next observation replaces', async () => {
    const id = await phone();
    expect(await report(id, '26.0', NOW + DAY, NOW + DAY)).toEqual([['26.0', DAY]]);
    expect(await report(id, '26.1', NOW, NOW)).toEqual([['26.1', 0]]);
  });

  it('leaves a last word of the phone that the next one replaces', async () => {
    const id = await phone();
    await touchDevices(test.db, new Map([[id, NOW + DAY]]));
    expect(await seen(id)).toBe(DAY);
    await touchDevices(test.db, new Map([[id, NOW]]));
    expect(await seen(id)).toBe(0);
    await touchDevices(test.db, new Map([[id, NOW + DAY]]));
    await transaction(test.db, (tx) => setReportedAt(tx, id, new Date(NOW), timeToCome(NOW)));
    expect(await seen(id)).toBe(0);
  });
});

describe('an older word that comes late', () => {
  it('replaces no newer one, not of a clock within the minute that clocks differ by either', async () => {
    const id = await phone();
    await report(id, '26.1', NOW, NOW);
    expect(await report(id, '26.0', NOW - HOUR, NOW)).toEqual([['26.1', 0]]);
    await report(id, '26.2', NOW + 60_000, NOW);
    expect(await report(id, '26.0', NOW, NOW)).toEqual([['26.2', 60_000]]);
    await touchDevices(test.db, new Map([[id, NOW + 60_000]]));
    await touchDevices(test.db, new Map([[id, NOW]]));
    await transaction(test.db, (tx) => setReportedAt(tx, id, new Date(NOW), timeToCome(NOW)));
    expect(await seen(id)).toBe(60_000);
  });

  it('heals nothing by what the phone itself says of the time', async () => {
    const id = await phone();
    await report(id, '26.1', NOW - HOUR, NOW);
    // Its report is of a day hence by its own clock: it stands, unread by the decision, until the next.
    expect(await report(id, '26.0', NOW + DAY, NOW)).toEqual([['26.0', DAY]]);
    expect(await report(id, '26.1', NOW, NOW + HOUR)).toEqual([['26.1', 0]]);
  });
});
