import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import pg from 'pg';
import { toldOutages } from './outage.ts';
import { StorageError } from './storage-error.ts';

/** No tables: each room names its own by `db.withTables<RoomTables>()`. */
export type EmptyTables = Record<never, never>;

/** The database, or a transaction in it. */
export type Db = Kysely<EmptyTables>;

const int8Oid = 20;
const migrationsFolder = join(import.meta.dirname, 'migrations');

const CONNECT_LIMIT_MS = 5000; // also how long somebody waits for one of a pool whose connections are all in use
/** After how long without a byte TCP asks whether the other side is still there. */
export const KEEP_ALIVE_MS = 10_000;
const ANSWER_LATE_MS = 5000; // beyond the limit at which PostgreSQL ends a statement itself: it is frozen, or the way to it is cut
const IDLE_IN_TRANSACTION_MS = 60_000;

/**
 * Opens a pool whose bigint columns are numbers; a value beyond 2^53 is an error, not a wrong number.
 *
 * @param statementLimitMs how long a statement may take, waits for locks included; none for migrations, backup and restore
 */
export function openPool(connection: pg.PoolConfig, max = 12, statementLimitMs?: number): pg.Pool {
  const types = new pg.TypeOverrides();
  types.setTypeParser(int8Oid, (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value))
      throw new StorageError('storage-bigint', `Cannot read bigint column: ${text} is beyond 2^53`);
    return value;
  });
  const limits =
    statementLimitMs === undefined
      ? {}
      : {
          statement_timeout: statementLimitMs,
          query_timeout: statementLimitMs + ANSWER_LATE_MS,
          idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
        };
  const pool = new pg.Pool({
    idleTimeoutMillis: 30_000,
    connectionTimeoutMillis: CONNECT_LIMIT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    ...limits,
    ...connection,
    max,
    types,
  });
  // A crashed backend drops every connection; without listeners that would end the process.
  pool.on('error', () => {});
  pool.on('connect', (client) => {
    client.on('error', () => {});
  });
  return pool;
}

/** Gives the pool as Kysely; a database that does not answer is an `OutageError`. */
export function openDb(pool: pg.Pool): Db {
  return new Kysely<EmptyTables>({ dialect: new PostgresDialect({ pool: toldOutages(pool) }) });
}

/** Runs `work` in one transaction; joins the transaction when `db` is one already. */
export async function transaction<T>(db: Db, work: (tx: Db) => Promise<T>): Promise<T> {
  if (db.isTransaction) return await work(db);
  return await db.transaction().execute(work);
}

/** Applies the numbered migrations that are missing, in the order of their numbers; several servers may start at once. */
export async function migrate(db: Db): Promise<readonly string[]> {
  const names = (await readdir(migrationsFolder)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
  const migrations: Record<string, Migration> = {};
  for (const name of names) {
    const text = await readFile(join(migrationsFolder, name), 'utf8');
    migrations[name.slice(0, -4)] = { up: async (tx) => void (await sql.raw(text).execute(tx)) };
  }
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations },
    // Each room has a range of numbers: a new one of an early room comes after the later rooms' of an installation that runs.
    allowUnorderedMigrations: true,
  });
  const { error, results } = await migrator.migrateToLatest();
  if (error !== undefined) {
    const failed = results?.find((result) => result.status === 'Error')?.migrationName;
    throw new StorageError(
      'storage-migration',
      `Cannot bring the database up to date: migration ${failed ?? '(none)'} failed with "${String(error)}"`,
    );
  }
  return (results ?? []).map((result) => result.migrationName);
}

/** What to do where DATABASE_URL leads to no database; the reason is PostgreSQL's or the system's, which never holds the password. */
export function unreachable(error: unknown): StorageError {
  const reason =
    error instanceof Error ? error.message || String('code' in error ? error.code : error.name) : 'no answer';
  return new StorageError(
    'storage-unreachable',
    `Check DATABASE_URL (postgresql://USER:PASSWORD@HOST/DATABASE), and that PostgreSQL runs there: ${reason}`,
  );
}

/** Refuses a database that no server has set up: a command on it would fail on a missing table, or write a backup of nothing. */
export async function requireInstallation(db: Db): Promise<void> {
  const { rows } = await sql<{ there: boolean }>`select to_regclass('kysely_migration') is not null as there`
    .execute(db)
    .catch((error: unknown) => {
      throw unreachable(error);
    });
  if (rows[0]?.there !== true) throw noInstallation();
}

/** The refusal of a database without Pavise's tables. */
export function noInstallation(): StorageError {
  return new StorageError(
    'storage-no-installation',
    'Check DATABASE_URL or --data, or start the server there once: this database holds no installation of Pavise',
    409,
  );
}

/** Checks that an outside PostgreSQL answers, is 15 or newer and UTF-8. */
export async function checkServer(db: Db): Promise<void> {
  const { rows } = await sql<{ version: number; encoding: string }>`
    select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding`
    .execute(db)
    .catch((error: unknown) => {
      throw unreachable(error);
    });
  const found = rows[0];
  if (found === undefined || found.version < 150_000) {
    throw new StorageError(
      'storage-old-server',
      `Use PostgreSQL 15 or newer: DATABASE_URL leads to ${found?.version ?? 'none'}`,
    );
  }
  if (found.encoding !== 'UTF8')
    throw new StorageError('storage-encoding', `Create the database with encoding UTF8: it has ${found.encoding}`);
}
