import type pg from 'pg';
import { prepareJobs } from '../jobs/index.ts';
import { checkServer, type Db, keepRunning, migrate, openDb, openPool, startBundled } from '../storage/index.ts';

/** The database server that this one works on: the bundled one, which it runs itself, or somebody else's. */
export interface DatabaseServer {
  readonly connection: pg.PoolConfig;
  /** Resolves with the reason when the bundled database ended and cannot be started again; otherwise never. */
  readonly lost: Promise<string>;
  stop(): Promise<void>;
  /** Ends after a start that failed: a database that was running before goes on, and the next start adopts it. */
  giveUp(): Promise<void>;
}

/** Starts the bundled PostgreSQL in a data folder and keeps it running, or names the one of `DATABASE_URL`. */
export async function startDatabase(
  data: string,
  databaseUrl: string | undefined,
  say: (line: string) => void,
): Promise<DatabaseServer> {
  if (databaseUrl !== undefined) {
    const nothing = async (): Promise<void> => {};
    return {
      connection: { connectionString: databaseUrl },
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

/** Opens connections and brings the schema up to date, the job queue's too. */
export async function openDatabase(connection: pg.PoolConfig): Promise<{ readonly db: Db; readonly pool: pg.Pool }> {
  const pool = openPool(connection);
  const db = openDb(pool);
  try {
    await checkServer(db);
    await migrate(db);
    await prepareJobs(pool);
    return { db, pool };
  } catch (error) {
    await db.destroy();
    throw error;
  }
}
