import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger, runMigrations } from 'graphile-worker';
import { sql } from 'kysely';
import pg from 'pg';
import packageJson from '../../package.json' with { type: 'json' };
import { type Db, migrate, openDb, openPool } from './database.ts';
import { grantServer } from './grants.ts';
import { listen, type Notice, notify } from './notify.ts';
import { StorageError } from './storage-error.ts';
import { type Connections, hasDatabase, startBundled } from './supervisor.ts';

/** A fresh migrated database for one test file. */
export interface TestDatabase extends Connections {
  /** As the role of a running server, so that what it may not do fails a test; `pool` too. */
  readonly db: Db;
  readonly pool: pg.Pool;
  /** As the role that owns the tables: for what only a migration, a backup or an attacker does. */
  readonly owner: pg.Pool;
  close(): Promise<void>;
}

/** Makes it; a test file calls this once in `beforeAll` and `close` in `afterAll`. */
export async function testDatabase(): Promise<TestDatabase> {
  const { server, stop } = await testServer();
  const { connections, remove } = await databaseOn(server, await templateOn(server));
  const pool = openPool(connections.connection);
  const db = openDb(pool);
  const owner = openPool(connections.ownerConnection, 3);
  return {
    ...connections,
    db,
    pool,
    owner,
    async close() {
      await pool.end(); // not db.destroy(), which ends nothing where nobody has asked through it
      await owner.end();
      await remove();
      await stop();
    },
  };
}

const END = 'test-end';

/** What listeners are told of what a piece of work commits. */
export async function toldBy(
  { connection, db }: Pick<TestDatabase, 'connection' | 'db'>,
  work: () => Promise<unknown>,
): Promise<Notice[]> {
  const told: Notice[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  // Notices come in the order of their commits.
  const hear = (notice: Notice): void => void (notice.topic === END ? end() : told.push(notice));
  const listener = await listen(connection, hear, () => {});
  try {
    await work();
    await notify(db, END, {});
    await ended;
  } finally {
    await listener.close();
  }
  return told;
}

/** What becomes of a call that comes while somebody else's transaction has changed something, which commits once the call waits for it. */
export async function whileHeld<T>(
  { db }: Pick<TestDatabase, 'db'>,
  change: (tx: Db) => Promise<unknown>,
  call: () => Promise<T>,
): Promise<T> {
  const waiting = sql<{ n: number }>`select count(*)::int as n from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock'`;
  const [reply] = await db.transaction().execute(async (tx) => {
    await change(tx);
    const called = call();
    const settled = called.then(
      () => true,
      () => true,
    );
    while (!(await Promise.race([settled, new Promise<boolean>((done) => setTimeout(done, 10, false))])))
      if (((await waiting.execute(db)).rows[0]?.n ?? 0) > 0) break;
    return [called]; // in a list, so that the transaction does not wait for it
  });
  return await reply;
}

/** A database without tables, for what fills one itself: a restore, or a server that starts on it. */
export async function emptyDatabase(): Promise<Connections & { close(): Promise<void> }> {
  const { server, stop } = await testServer();
  const { connections, remove } = await databaseOn(server, "template0 encoding 'UTF8'");
  return {
    ...connections,
    async close() {
      await remove();
      await stop();
    },
  };
}

async function databaseOn(
  server: Connections,
  template: string,
): Promise<{ readonly connections: Connections; remove(): Promise<void> }> {
  const name = `pavise_test_${randomBytes(6).toString('hex')}`;
  await runOnce(server.ownerConnection, `create database ${name} template ${template}`);
  return {
    connections: databaseOf(server, name),
    // Without force: PostgreSQL lets sessions that are ending go, and a session that a test forgot fails it.
    remove: () => runOnce(server.ownerConnection, `drop database ${name}`),
  };
}

interface TestServer {
  /** To its maintenance database; the owner may make databases. */
  readonly server: Connections;
  stop(): Promise<void>;
}

const WAIT_MS = 120_000;

/**
 * The server of this test: of `PAVISE_TEST_DATABASE_URL`; or the bundled one that the files of a run share, in the folder
 * `PAVISE_TEST_SERVER`, which whoever needs it first starts; or, outside of a run, one of its own.
 */
async function testServer(): Promise<TestServer> {
  const url = process.env['PAVISE_TEST_DATABASE_URL'];
  if (url !== undefined) return { server: await outsideServer(url), stop: async () => {} };
  const shared = process.env['PAVISE_TEST_SERVER'];
  if (shared !== undefined) return { server: await joinServer(shared), stop: async () => {} };
  const folder = await mkdtemp(join(tmpdir(), 'pavise-test-'));
  const bundled = await startBundled(folder, { noSync: true });
  const stop = async (): Promise<void> => {
    await bundled.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { server: bundled, stop };
}

async function joinServer(folder: string): Promise<Connections> {
  for (const endAt = Date.now() + WAIT_MS; ; ) {
    try {
      const bundled = await startBundled(folder, { noSync: true });
      await bundled.leave();
      return bundled;
    } catch (error) {
      const starting = error instanceof StorageError && error.code === 'storage-locked'; // another file starts it
      if (!starting || Date.now() >= endAt) throw error;
    }
  }
}

/** The owner is whoever the URL names; the server's role has no right but to sign in until it is given some. */
async function outsideServer(url: string): Promise<Connections> {
  const role = 'pavise_test_server';
  // Test files run at once, and a role belongs to all databases of a server.
  await runOnce({ connectionString: url }, `create role ${role} login password '${role}'`).catch((error: unknown) => {
    if (!(error instanceof pg.DatabaseError && ['42710', '23505'].includes(error.code ?? ''))) throw error;
  });
  const asServer = new URL(url);
  asServer.username = role;
  asServer.password = role;
  return { connection: { connectionString: asServer.href }, ownerConnection: { connectionString: url } };
}

/** Stops the server that the files of a run have shared, if any of them needed it. */
export async function stopTestServer(folder: string): Promise<void> {
  if (hasDatabase(folder)) await (await startBundled(folder, { noSync: true })).stop();
}

/** A migrated database to copy, made by the first who needs it: migrating takes longer than copying. */
async function templateOn(server: Connections): Promise<string> {
  const name = `pavise_template_${await schemaDigest()}`;
  const client = new pg.Client(server.ownerConnection);
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

async function makeTemplate(client: pg.Client, server: Connections, name: string): Promise<void> {
  const half = `${name}_half`;
  await client.query(`drop database if exists ${half}`);
  await client.query(`create database ${half} template template0 encoding 'UTF8'`);
  const made = databaseOf(server, half);
  const pool = openPool(made.ownerConnection, 2);
  const [owner, db] = [openDb(pool), openDb(openPool(made.connection, 1))];
  await migrate(owner);
  await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) });
  await grantServer(owner, db);
  await owner.destroy();
  await db.destroy();
  await client.query(`alter database ${half} rename to ${name}`);
}

/** An outside server may keep templates of other versions of the schema. */
async function schemaDigest(): Promise<string> {
  const folder = new URL('migrations/', import.meta.url);
  const digest = createHash('sha256').update(packageJson.dependencies['graphile-worker']);
  const files = [...(await readdir(folder)).sort(), '../grants.ts'];
  for (const file of files) digest.update(await readFile(new URL(file, folder)));
  return digest.digest('hex').slice(0, 16);
}

function databaseOf({ connection, ownerConnection }: Connections, name: string): Connections {
  const of = (config: pg.PoolConfig): pg.PoolConfig => ({
    ...(config.connectionString === undefined
      ? { ...config, database: name }
      : { connectionString: withDatabase(config.connectionString, name) }),
    connectionTimeoutMillis: WAIT_MS, // a busy machine is no outage
  });
  return { connection: of(connection), ownerConnection: of(ownerConnection) };
}

function withDatabase(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${name}`;
  return changed.href;
}

async function runOnce(connection: pg.ClientConfig, statement: string): Promise<void> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
