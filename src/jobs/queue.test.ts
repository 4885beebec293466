import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../storage/testing.ts';
import { enqueue, startJobs } from './index.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test.close());

/** The pool of a database that may be told to refuse everybody, as PostgreSQL does while it starts. */
function refusable() {
  let refuses = false;
  let refused = 0;
  const starting = Object.assign(new Error('the database system is starting up'), { code: '57P03' });
  const connect = (): Promise<never> => {
    refused++;
    return Promise.reject(starting);
  };
  const pool = new Proxy(test.pool, {
    get(target, name) {
      if (refuses && name === 'connect') return connect;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { pool, refuse: () => void (refuses = true), refused: () => refused };
}

describe('startJobs()', () => {
  it('stops though workers wait for a database that starts', async () => {
    const { pool, refuse, refused } = refusable();
    const runner = await startJobs(pool, { 'test.noop': async () => {} }, () => {});
    refuse();
    await enqueue(test.db, 'test.noop', {});
    await expect.poll(refused, { timeout: 5000 }).toBeGreaterThan(0);
    await runner.stop(); // which does not wait for the workers: they would try until the end of time
    const { rows } = await test.pool.query('select locked_by from graphile_worker.jobs');
    expect(rows).toEqual([{ locked_by: null }]);
  });

  it('does at once what a killed server had begun', async () => {
    await enqueue(test.db, 'test.begun', {});
    await test.pool.query(
      `update graphile_worker._private_jobs set locked_at = now(), locked_by = 'worker-of-the-killed', attempts = 1`,
    );
    let done = 0;
    const runner = await startJobs(test.pool, { 'test.begun': async () => void done++ }, () => {});
    await expect.poll(() => done, { timeout: 5000 }).toBe(1);
    await runner.stop();
  });

  it('waits at its stop for a job in hand, however long it takes', async () => {
    const events: string[] = [];
    const slow = async (): Promise<void> => {
      events.push('begun');
      await sleep(1500);
      events.push('done');
    };
    const runner = await startJobs(test.pool, { 'test.slow': slow }, () => {});
    await enqueue(test.db, 'test.slow', {});
    await expect.poll(() => events.length, { timeout: 5000 }).toBe(1);
    await runner.stop();
    expect(events).toEqual(['begun', 'done']);
    const left = () => test.pool.query(`select 1 from graphile_worker.jobs where task_identifier = 'test.slow'`);
    await expect.poll(async () => (await left()).rowCount, { timeout: 2000 }).toBe(0);
  });

  it('tells of a failed job its name and the error’s, nothing that a message may carry', async () => {
    const told: unknown[] = [];
    const fails = () =>
      Promise.reject(Object.assign(new Error('no ana@example.org'), { code: '23505', detail: 'ana' }));
    const runner = await startJobs(test.pool, { 'test.fails': fails }, (job, failure) =>
      told.push({ job, ...failure }),
    );
    await enqueue(test.db, 'test.fails', { personId: 'ana' });
    await expect.poll(() => told.length, { timeout: 5000 }).toBe(1);
    await runner.stop();
    expect(told).toEqual([{ job: 'test.fails', name: 'Error', errorCode: '23505', stack: expect.any(String) }]);
    expect(JSON.stringify(told)).not.toContain('ana');
  });
});
