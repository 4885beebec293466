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

/** Brings the schema up to date, the job queue's too, and opens the connections that the server works with. */
export async function openDatabase({
  connection,
  ownerConnection,
}: Connections): Promise<{ readonly db: Db; readonly pool: pg.Pool }> {
  const pool = openPool(connection);
  const db = openDb(pool);
  try {
    await checkServer(db);
    await prepareTables(ownerConnection, db);
    return { db, pool };
  } catch (error) {
    await db.destroy();
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
