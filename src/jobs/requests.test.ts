import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { requestReassess } from './index.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

it('requestReassess() folds what waits for the same target, and puts nothing off that is due now', async () => {
  const [deviceId, personId] = [randomUUID(), randomUUID()];
  for (let i = 0; i < 3; i++) {
    await requestReassess(test.db, { deviceId });
    await requestReassess(test.db, { deviceId }, 3_600_000);
    await requestReassess(test.db, { personId });
    await requestReassess(test.db, 'everyone');
  }
  const { rows } = await sql<{ key: string; late: boolean }>`select key, run_at > now() + interval '1 minute' as late
    from graphile_worker.jobs order by key`.execute(test.db);
  expect(rows).toEqual([
    { key: `access.reassess.device.${deviceId}`, late: false },
    { key: 'access.reassess.everyone', late: false },
    { key: `access.reassess.later.device.${deviceId}`, late: true },
    { key: `access.reassess.person.${personId}`, late: false },
  ]);
});
