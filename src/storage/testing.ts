import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger, runMigrations } from 'graphile-worker';
import pg from 'pg';
import { type Db, migrate, openDb, openPool } from './database.ts';
import { startBundled } from './supervisor.ts';

/** A fresh migrated database for one test file, on the bundled PostgreSQL or on `PAVISE_TEST_DATABASE_URL` (a maintenance database). */
export interface TestDatabase {
  readonly db: Db;
  readonly pool: pg.Pool;
  readonly connection: pg.PoolConfig;
  close(): Promise<void>;
}

/** Starts it; a test file calls this once in `beforeAll` and `close` in `afterAll`. */
export async function testDatabase(): Promise<TestDatabase> {
  const url = process.env['PAVISE_TEST_DATABASE_URL'];
  const folder = await mkdtemp(join(tmpdir(), 'pavise-test-'));
  const bundled = url === undefined ? await startBundled(folder, { noSync: true }) : undefined;
  const maintenance: pg.PoolConfig = bundled?.connection ?? { connectionString: url };
  const name = `pavise_test_${randomBytes(6).toString('hex')}`;
  // A run that needs hundreds of databases gives a migrated one to copy.
  const template = process.env['PAVISE_TEST_DATABASE_TEMPLATE'] ?? 'template0';
  await runOnce(maintenance, `create database ${name} template ${template} encoding 'UTF8'`);
  const connection =
    url === undefined ? { ...maintenance, database: name } : { connectionString: withDatabase(url, name) };
  const pool = openPool(connection);
  const db = openDb(pool);
  await migrate(db);
  await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) });
  return {
    db,
    pool,
    connection,
    async close() {
      await db.destroy();
      if (bundled === undefined) await runOnce(maintenance, `drop database ${name} with (force)`);
      else await bundled.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

async function runOnce(connection: pg.ClientConfig, statement: string): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  await client.query(statement);
  await client.end();
}
