import type pg from 'pg';
import { prepareJobs } from '../jobs/index.ts';
import {
  type Connections,
  checkServer,
  type Db,
  grantServer,
  keepRunning,
  migrate,
  openDb,
  openPool,
  startBundled,
} from '../storage/index.ts';
import type { ServerConfig } from './config.ts';

/** The database server that this one works on: the bundled one, which it runs itself, or somebody else's. */
export interface DatabaseServer extends Connections {
  /** Resolves with the reason when the bundled database ended and cannot be started again; otherwise never. */
  readonly lost: Promise<string>;
  stop(): Promise<void>;
  /** Ends after a start that failed: a database that was running before goes on, and the next start adopts it. */
  giveUp(): Promise<void>;
}

/** Starts the bundled PostgreSQL in a data folder and keeps it running, or names the one of `DATABASE_URL` and the two roles there, which may be one. */
export async function startDatabase(
  data: string,
  { databaseUrl, migrationUrl }: Pick<ServerConfig, 'databaseUrl' | 'migrationUrl'>,
  say: (line: string) => void,
): Promise<DatabaseServer> {
  if (databaseUrl !== undefined) {
    const nothing = async (): Promise<void> => {};
    return {
      connection: { connectionString: databaseUrl },
      ownerConnection: { connectionString: migrationUrl ?? databaseUrl },
      lost: new Promise(() => {}),
      stop: nothing,
      giveUp: nothing,
    };
  }
  const bundled = await startBundled(data);
  if (bundled.adopted) say('database adopted: an earlier server had left it running');
  let unwatch = async (): Promise<void> => {};
  const lost = new Promise<string>((onLost) => {
    const onRestart = (): void => say('database started again: it had ended by itself');
    unwatch = keepRunning(bundled, { onRestart, onLost });
  });
  return {
    connection: bundled.connection,
    ownerConnection: bundled.ownerConnection,
    lost,
    async stop() {
      await unwatch();
      await bundled.stop();
    },
    async giveUp() {
      await unwatch();
      if (bundled.adopted) await bundled.leave();
      else await bundled.stop();
    },
  };
}

/** The connections that a server works with, in pools by what they serve: none can use up what another needs. */
export interface OpenDatabase {
  /** What people and phones ask. */
  readonly db: Db;
  /** Readiness, sealing and keys: what has to go on when everything else waits. */
  readonly reserved: Db;
  /** What jobs do, and the queue that gives them out. */
  readonly jobs: { readonly db: Db; readonly pool: pg.Pool };
  close(): Promise<void>;
}

const POOLS = {
  requests: { size: 12, statementLimitMs: 30_000 },
  reserved: { size: 4, statementLimitMs: 10_000 },
  jobs: { size: 6, statementLimitMs: 600_000 }, // a statement of theirs may go over all phones
} as const;

/** Brings the schema up to date, the job queue's too, and opens the connections that the server works with. */
export async function openDatabase({ connection, ownerConnection }: Connections): Promise<OpenDatabase> {
  const open = ({ size, statementLimitMs }: (typeof POOLS)[keyof typeof POOLS]): pg.Pool =>
    openPool(connection, size, statementLimitMs);
  const [requests, reserved, jobs] = [open(POOLS.requests), open(POOLS.reserved), open(POOLS.jobs)];
  const db = openDb(requests);
  const close = async (): Promise<void> => {
    await Promise.all([requests, reserved, jobs].map((pool) => pool.end())); // not db.destroy(), which ends none that nobody has asked
  };
  try {
    await checkServer(db);
    await prepareTables(ownerConnection, db);
    return { db, reserved: openDb(reserved), jobs: { db: openDb(jobs), pool: jobs }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The only time at which a server signs in as the role that owns the tables. */
async function prepareTables(ownerConnection: pg.PoolConfig, db: Db): Promise<void> {
  const pool = openPool(ownerConnection, 2);
  const owner = openDb(pool);
  try {
    await checkServer(owner);
    await migrate(owner);
    await prepareJobs(pool);
    await grantServer(owner, db);
  } finally {
    await owner.destroy();
  }
}
