import {
  type BundledDatabase,
  type Db,
  openDb,
  openPool,
  placeData,
  requireInstallation,
  runningConnection,
  StorageError,
  startBundled,
} from '../storage/index.ts';
import { environment } from './arguments.ts';

/**
 * Opens the installation's database on the server's own machine, for a command of whoever holds that machine.
 *
 * With DATABASE_URL that one; else the bundled one of the data folder, which is started for the time of the command when no server runs.
 * @param given `--data`, if it was given
 */
export async function withDatabase<T>(
  given: string | undefined,
  work: (opened: { readonly db: Db; readonly data: string }) => Promise<T>,
): Promise<T> {
  const { data } = await placeData(given);
  const url = environment('DATABASE_URL');
  const bundled = url === undefined ? await startUnlessRunning(data) : undefined;
  const connection =
    url === undefined ? (bundled?.connection ?? (await runningConnection(data))) : { connectionString: url };
  const db = openDb(openPool(connection, 1));
  try {
    await requireInstallation(db);
    return await work({ db, data });
  } finally {
    await db.destroy();
    await bundled?.stop();
  }
}

async function startUnlessRunning(data: string): Promise<BundledDatabase | undefined> {
  try {
    await runningConnection(data);
    return undefined;
  } catch (error) {
    if (error instanceof StorageError && error.code === 'storage-backup-stopped') return await startBundled(data);
    throw error;
  }
}
