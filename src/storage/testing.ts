import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger, runMigrations } from 'graphile-worker';
import pg from 'pg';
import packageJson from '../../package.json' with { type: 'json' };
import { type Db, migrate, openDb, openPool } from './database.ts';
import { StorageError } from './storage-error.ts';
import { hasDatabase, startBundled } from './supervisor.ts';

/** A fresh migrated database for one test file. */
export interface TestDatabase {
  readonly db: Db;
  readonly pool: pg.Pool;
  readonly connection: pg.PoolConfig;
  close(): Promise<void>;
}

/** Makes it; a test file calls this once in `beforeAll` and `close` in `afterAll`. */
export async function testDatabase(): Promise<TestDatabase> {
  const { server, stop } = await testServer();
  const name = `pavise_test_${randomBytes(6).toString('hex')}`;
  await runOnce(server, `create database ${name} template ${await templateOn(server)}`);
  const connection = databaseOf(server, name);
  const pool = openPool(connection);
  const db = openDb(pool);
  return {
    db,
    pool,
    connection,
    async close() {
      await db.destroy();
      await runOnce(server, `drop database ${name} with (force)`);
      await stop();
    },
  };
}

interface TestServer {
  /** To its maintenance database. */
  readonly server: pg.PoolConfig;
  stop(): Promise<void>;
}

const WAIT_MS = 120_000;

/**
 * The server of this test: of `PAVISE_TEST_DATABASE_URL`; or the bundled one that the files of a run share, in the folder
 * `PAVISE_TEST_SERVER`, which whoever needs it first starts; or, outside of a run, one of its own.
 */
async function testServer(): Promise<TestServer> {
  const url = process.env['PAVISE_TEST_DATABASE_URL'];
  if (url !== undefined) return { server: { connectionString: url }, stop: async () => {} };
  const shared = process.env['PAVISE_TEST_SERVER'];
  if (shared !== undefined) return { server: await joinServer(shared), stop: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'pavise-test-'));
  const bundled = await startBundled(folder, { noSync: true });
  const stop = async (): Promise<void> => {
    await bundled.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { server: bundled.connection, stop };
}

async function joinServer(folder: string): Promise<pg.PoolConfig> {
  for (const endAt = Date.now() + WAIT_MS; ; ) {
    try {
      const bundled = await startBundled(folder, { noSync: true });
      await bundled.leave();
      return bundled.connection;
    } catch (error) {
      const starting = error instanceof StorageError && error.code === 'storage-locked'; // another file starts it
      if (!starting || Date.now() >= endAt) throw error;
    }
  }
}

/** Stops the server that the files of a run have shared, if any of them needed it. */
export async function stopTestServer(folder: string): Promise<void> {
  if (hasDatabase(folder)) await (await startBundled(folder, { noSync: true })).stop();
}

/** A migrated database to copy, made by the first who needs it: migrating takes longer than copying. */
async function templateOn(server: pg.PoolConfig): Promise<string> {
  const name = `pavise_template_${await schemaDigest()}`;
  const client = new pg.Client(server);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock(7012)');
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
    if (rowCount === 0) await makeTemplate(client, server, name);
    return name;
  } finally {
    await client.end();
  }
}

async function makeTemplate(client: pg.Client, server: pg.PoolConfig, name: string): Promise<void> {
  const half = `${name}_half`;
  await client.query(`drop database if exists ${half} with (force)`);
  await client.query(`create database ${half} template template0 encoding 'UTF8'`);
  const pool = openPool(databaseOf(server, half));
  const db = openDb(pool);
  await migrate(db);
  await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) });
  await db.destroy();
  await client.query(`alter database ${half} rename to ${name}`);
}

/** An outside server may keep templates of other versions of the schema. */
async function schemaDigest(): Promise<string> {
  const folder = new URL('migrations/', import.meta.url);
  const digest = createHash('sha256').update(packageJson.dependencies['graphile-worker']);
  for (const file of (await readdir(folder)).sort()) digest.update(await readFile(new URL(file, folder)));
  return digest.digest('hex').slice(0, 16);
}

function databaseOf(server: pg.PoolConfig, name: string): pg.PoolConfig {
  return server.connectionString === undefined
    ? { ...server, database: name }
    : { connectionString: withDatabase(server.connectionString, name) };
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
