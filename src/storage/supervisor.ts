import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync } from 'node:fs';
import { readFile, readlink, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type DatabasePasswords, makeDatabasePasswords, readDatabasePasswords } from './database-passwords.ts';
import { type DataLock, lockData } from './lock.ts';
import { databaseUser, reachableNative, socketFolder } from './native.ts';
import {
  childEnvironment,
  createDatabase,
  hasClientRules,
  OWNER_ROLE,
  ownFolder,
  SERVER_ROLE,
  setUpRoles,
  writeClientRules,
} from './offline.ts';
import { refuseHalfRestored } from './place.ts';
import { StorageError } from './storage-error.ts';

const MAJOR = '18';
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 30_000;
const LOCK_WAIT_MS = 5_000; // a server that was told to stop gives its folder free within this

/** How to sign in to the database, as each of its two roles. */
export interface Connections {
  /** Reads and writes rows: what a server works with. */
  readonly connection: pg.PoolConfig;
  /** Owns the tables: migrations, backup and restore, and nothing else. */
  readonly ownerConnection: pg.PoolConfig;
}

/** The bundled PostgreSQL while it runs. */
export interface BundledDatabase extends Connections {
  readonly pid: number;
  /** True when a PostgreSQL that an earlier, killed server left running was taken over. */
  readonly adopted: boolean;
  readonly dataDir: string;
  /** False once PostgreSQL ended, by whatever hand. */
  isRunning(): boolean;
  /** Starts PostgreSQL again after it ended, at the same socket; `pid` changes. */
  startAgain(): Promise<void>;
  /** Stops PostgreSQL by a fast shutdown, waits for its end, and gives the data folder free. */
  stop(): Promise<void>;
  /** Gives the data folder free and leaves PostgreSQL running, for the next start to adopt. */
  leave(): Promise<void>;
}

/**
 * Starts the bundled PostgreSQL 18 on `<data>/postgres`, or adopts the one that a killed server left running there.
 *
 * Unix socket only, fsync on, checksums on; as root it runs as nobody. Two roles sign in, with passwords from the data folder's secrets; a
 * folder that an earlier version made, or a backup brought, is given them first. See docs/decisions/0002-bundled-postgresql.md.
 * @param data the data folder, which the database's user can reach (see `placeData`)
 * @param options.restoring the restore itself proves what it has put in place
 * @throws StorageError `storage-locked` when a living server holds the folder: its database is never adopted; `storage-restore-broken`
 */
export async function startBundled(
  data: string,
  options: { noSync?: boolean; restoring?: boolean } = {},
): Promise<BundledDatabase> {
  await ownFolder(data, 0o711, false);
  const lock = await lockData(data, LOCK_WAIT_MS);
  try {
    if (options.restoring !== true) refuseHalfRestored(data);
    return await startLocked(data, lock, options.noSync === true);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function startLocked(data: string, lock: DataLock, noSync: boolean): Promise<BundledDatabase> {
  const native = await reachableNative(data);
  const dataDir = join(data, 'postgres');
  const key = createHash('sha256').update(dataDir).digest('hex');
  const socketDir = socketFolder(data, key);
  await ownFolder(socketDir, 0o700, true);

  const isNew = await refuseForeignMajor(dataDir);
  const start = async (to: Connections): Promise<Postmaster> => {
    const child = spawnPostgres({ native, data, dataDir, socketDir, noSync });
    const pid = await startedPid(child);
    await waitForAnswer(to, child, data);
    return { pid, child };
  };

  const kept = await readDatabasePasswords(data);
  const running = await livingPostmaster(dataDir);
  if (running !== undefined) {
    if (kept !== undefined && (await hasClientRules(dataDir))) {
      const known = connectionsAt(socketDir, kept);
      if (await answersFor(known, dataDir))
        return handle({ ...known, dataDir, lock, start: () => start(known) }, { pid: running, child: undefined });
    }
    // A postmaster of ours that does not answer at our socket, or not to our passwords: its settings are those of an older start.
    await endPostmaster(running);
  }

  // Nothing of ours runs: what lies at our socket names a process that has ended, or one that has its pid by now, and would stop PostgreSQL.
  for (const left of ['.s.PGSQL.5432', '.s.PGSQL.5432.lock']) await rm(join(socketDir, left), { force: true });
  const offline = { native, dataDir, noSync };
  if (isNew) await createDatabase(offline);
  await writeClientRules(dataDir);
  const passwords = kept ?? (await makeDatabasePasswords(data));
  if (isNew || kept === undefined) await setUpRoles(offline, passwords);
  const connections = connectionsAt(socketDir, passwords);
  const first = await start(connections).catch(async (error: unknown) => {
    if (!(error instanceof StorageError && error.code === 'storage-roles')) throw error;
    await setUpRoles(offline, passwords); // database and secrets are of different times, as when one of them was put back
    return await start(connections);
  });
  return handle({ ...connections, dataDir, lock, start: () => start(connections) }, first);
}

/** @returns true when there is no database yet */
async function refuseForeignMajor(dataDir: string): Promise<boolean> {
  const version = await readFile(join(dataDir, 'PG_VERSION'), 'utf8').catch(() => undefined);
  if (version !== undefined && version.trim() !== MAJOR) {
    throw new StorageError(
      'storage-foreign-major',
      `Move the data with "pavise backup" under the older version and restore it here: ${dataDir} was written by PostgreSQL ${version.trim()}, this one is ${MAJOR}`,
    );
  }
  return version === undefined;
}

/** How the two roles sign in at a socket. */
export function connectionsAt(socketDir: string, passwords: DatabasePasswords): Connections {
  const place = { host: socketDir, port: 5432, database: 'postgres', ssl: false } as const;
  return {
    connection: { ...place, user: SERVER_ROLE, password: passwords.server },
    ownerConnection: { ...place, user: OWNER_ROLE, password: passwords.owner },
  };
}

/** Ends a PostgreSQL that nobody looks after, by a fast shutdown. */
export async function endPostmaster(pid: number): Promise<void> {
  try {
    process.kill(pid, 'SIGINT');
  } catch {
    // gone this moment: waiting ends at once
  }
  await waitForEnd(pid);
}

/** One run of PostgreSQL; an adopted one is no child of ours. */
interface Postmaster {
  readonly pid: number;
  readonly child: ChildProcess | undefined;
}

function spawnPostgres(from: {
  native: string;
  data: string;
  dataDir: string;
  socketDir: string;
  noSync: boolean;
}): ChildProcess {
  const { native, data, dataDir, socketDir, noSync } = from;
  const log = openSync(join(data, 'postgres.log'), 'a', 0o600);
  const child = spawn(
    join(native, 'bin', 'postgres'),
    [
      ...['-D', dataDir, '-c', 'listen_addresses=', '-k', socketDir, '-c', 'port=5432', '-c', 'shared_buffers=64MB'],
      ...['-c', `hba_file=${join(dataDir, 'pg_hba.conf')}`],
      ...['-c', 'max_connections=50', '-c', 'max_worker_processes=2', '-c', 'io_method=sync'],
      ...['-c', 'max_wal_senders=2', '-c', 'wal_level=replica', '-c', 'password_encryption=scram-sha-256'],
      ...(noSync ? ['-c', 'fsync=off', '-c', 'max_connections=100'] : []),
    ],
    // Detached, so that Ctrl-C reaches the server alone, which then stops PostgreSQL in order.
    { cwd: '/', detached: true, stdio: ['ignore', 'ignore', log], env: childEnvironment(), ...databaseUser() },
  );
  closeSync(log);
  child.unref();
  return child;
}

/** @returns the pid of a PostgreSQL that runs on `dataDir`; removes a lock file whose pid now belongs to another program */
export async function livingPostmaster(dataDir: string): Promise<number | undefined> {
  const lock = join(dataDir, 'postmaster.pid');
  const text = await readFile(lock, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const pid = Number(text.split('\n')[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    process.kill(pid, 0);
  } catch {
    return undefined;
  }
  if (process.platform !== 'linux') return pid;
  const exe = await readlink(`/proc/${pid}/exe`).catch(() => '');
  // A postmaster works in its data folder: the pid may by now be that of somebody else's PostgreSQL, which is not ours to end.
  const worksIn = await readlink(`/proc/${pid}/cwd`).catch(() => '');
  if (/\/postgres( \(deleted\))?$/.test(exe) && worksIn === (await realpath(dataDir))) return pid;
  // Pids recur: a foreign program of the same user would make PostgreSQL refuse to start for ever.
  await rm(lock, { force: true });
  return undefined;
}

async function answersFor({ connection, ownerConnection }: Connections, dataDir: string): Promise<boolean> {
  try {
    const owner = await askOnce(ownerConnection, 'show data_directory', 3000);
    await askOnce(connection, 'select 1', 3000);
    return owner[0]?.['data_directory'] === dataDir;
  } catch {
    return false;
  }
}

async function askOnce(
  connection: pg.ClientConfig,
  statement: string,
  limitMs: number,
): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ ...connection, connectionTimeoutMillis: limitMs });
  client.on('error', () => {}); // the query's own rejection tells
  try {
    await client.connect();
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

async function startedPid(child: ChildProcess): Promise<number> {
  if (child.pid !== undefined) return child.pid;
  const error = await new Promise<Error>((done) => child.once('error', done));
  throw new StorageError('storage-start', `Cannot start PostgreSQL: ${error.message}`);
}

// PostgreSQL's error codes, appendix A: a wrong password, and a role that may not come in
const REFUSED = new Set(['28P01', '28000']);

/** @throws StorageError `storage-roles`, after ending it, when it answers but not to our passwords; `storage-start` */
async function waitForAnswer(connections: Connections, child: ChildProcess, data: string): Promise<void> {
  const endAt = Date.now() + START_LIMIT_MS;
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null) {
      const log = (await readFile(join(data, 'postgres.log'), 'utf8').catch(() => ''))
        .trim()
        .split('\n')
        .slice(-3)
        .join(' · ');
      throw new StorageError('storage-start', `Cannot start PostgreSQL, see ${join(data, 'postgres.log')}: ${log}`);
    }
    try {
      // Recovery refuses connections until it is done; we ask again.
      await askOnce(connections.ownerConnection, 'select 1', 5000);
      await askOnce(connections.connection, 'select 1', 5000);
      return;
    } catch (error) {
      if (error instanceof pg.DatabaseError && REFUSED.has(error.code ?? '')) {
        if (child.pid !== undefined) await endPostmaster(child.pid);
        throw new StorageError('storage-roles', `Cannot sign in to the database in ${data}: ${error.message}`);
      }
      if (Date.now() > endAt)
        throw new StorageError(
          'storage-start',
          `Cannot reach PostgreSQL within ${START_LIMIT_MS / 1000} s: ${String(error)}`,
        );
      await sleep(25);
    }
  }
}

async function waitForEnd(pid: number): Promise<void> {
  const endAt = Date.now() + STOP_LIMIT_MS;
  while (Date.now() < endAt) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    // A dead child of ours stays a zombie until Node reaps it, and kill(0) still finds it.
    const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
    if (status !== undefined && / Z /.test(status)) return;
    await sleep(20);
  }
  throw new StorageError(
    'storage-stop',
    `Cannot stop PostgreSQL: process ${pid} is still there after ${STOP_LIMIT_MS / 1000} s`,
  );
}

function handle(
  database: Connections & { dataDir: string; lock: DataLock; start: () => Promise<Postmaster> },
  first: Postmaster,
): BundledDatabase {
  const { connection, ownerConnection, dataDir, lock, start } = database;
  let current = first;
  return {
    connection,
    ownerConnection,
    dataDir,
    adopted: first.child === undefined,
    get pid() {
      return current.pid;
    },
    isRunning: () => isAlive(current),
    async startAgain() {
      current = await start();
    },
    async stop() {
      if (isAlive(current)) await endPostmaster(current.pid);
      await lock.release();
    },
    leave: () => lock.release(),
  };
}

function isAlive({ pid, child }: Postmaster): boolean {
  if (child !== undefined) return child.exitCode === null && child.signalCode === null;
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** @returns true when `dataDir` holds a database */
export function hasDatabase(data: string): boolean {
  return existsSync(join(data, 'postgres', 'PG_VERSION'));
}
