import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Db, openDb, openPool } from './database.ts';
import { type TestDatabase, testDatabase } from './testing.ts';
import { layRelay, type Relay } from './testing-relay.ts';

let test: TestDatabase;
let relay: Relay;
beforeAll(async () => {
  test = await testDatabase();
  relay = await layRelay(test.connection);
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await test?.close();
});

/** What a call says: the answer, or name and code of the error. */
async function said(db: Db, statement: string): Promise<unknown> {
  try {
    return (await sql.raw<{ answer: unknown }>(statement).execute(db)).rows[0]?.answer;
  } catch (error) {
    const { name, code } = error as { name: string; code?: string };
    return `${name} ${code}`;
  }
}

async function withDb<T>(limits: object, work: (db: Db) => Promise<T>): Promise<T> {
  const db = openDb(openPool({ ...relay.connection, ...limits }, 1));
  try {
    return await work(db);
  } finally {
    relay.open();
    await db.destroy();
  }
}

describe('a database that does not answer', () => {
  it('is told as 08006 when it falls silent, and its late answer is nobody else’s', async () => {
    await withDb({ query_timeout: 200 }, async (db) => {
      expect(await said(db, 'select 1 as answer')).toBe(1);
      relay.freeze();
      expect(await said(db, 'select 2 as answer')).toBe('OutageError 08006');
      relay.open();
      expect(await said(db, 'select 3 as answer')).toBe(3);
    });
  });

  it('is told as 08006 when the connection breaks, and as 08001 when none can be made', async () => {
    await withDb({}, async (db) => {
      const waiting = said(db, 'select pg_sleep(60)');
      await expect.poll(() => said(test.db, SLEEPERS)).toBe(1);
      relay.cut();
      expect(await waiting).toBe('OutageError 08006');
      expect(await said(db, 'select 1 as answer')).toBe('OutageError 08001');
      relay.open();
      expect(await said(db, 'select 1 as answer')).toBe(1);
      await said(test.db, SLEEPERS.replace('count(*)::int', 'count(pg_terminate_backend(pid))::int'));
    });
  });

  it('is told as 08001 when a new connection gets no answer in time', async () => {
    await withDb({ connectionTimeoutMillis: 200 }, async (db) => {
      relay.freeze();
      expect(await said(db, 'select 1 as answer')).toBe('OutageError 08001');
    });
  });

  it('is told as 53300 when no connection gets free in time', async () => {
    await withDb({ connectionTimeoutMillis: 200 }, async (db) => {
      const [waited, refused] = await Promise.all([
        said(db, 'select 1 as answer from pg_sleep(1)'),
        said(db, 'select 1 as answer'),
      ]);
      expect([waited, refused]).toEqual([1, 'OutageError 53300']);
    });
  });

  it('ends the transaction that it was in the middle of', async () => {
    await withDb({ query_timeout: 200 }, async (db) => {
      const work = db.transaction().execute(async (tx) => {
        await sql`select 1`.execute(tx);
        relay.freeze();
        await sql`select 1`.execute(tx);
      });
      await expect(work).rejects.toMatchObject({ code: '08006' });
      relay.open();
      expect(await said(db, 'select 4 as answer')).toBe(4);
    });
  });

  it('keeps what PostgreSQL says by itself', async () => {
    await withDb({}, async (db) => expect(await said(db, 'select 1/0')).toBe('error 22012'));
    const db = openDb(openPool({ ...relay.connection, database: 'none_such' }, 1));
    expect(await said(db, 'select 1')).toBe('error 3D000');
    await db.destroy();
  });
});

describe('openPool()', () => {
  it('ends statements of a server that take too long, and transactions that nobody goes on with', async () => {
    const db = openDb(openPool(relay.connection, 1, 100));
    expect(await said(db, 'select pg_sleep(60)')).toBe('error 57014');
    expect(await said(db, `select current_setting('idle_in_transaction_session_timeout') as answer`)).toBe('1min');
    await db.destroy();
  });

  it('sets none for migrations, backups and restores', async () => {
    await withDb({}, async (db) =>
      expect(await said(db, `select current_setting('statement_timeout') as answer`)).toBe('0'),
    );
  });
});

const SLEEPERS = `select count(*)::int as answer from pg_stat_activity where query = 'select pg_sleep(60)' and state = 'active'`;
