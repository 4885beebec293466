import {
  type BundledDatabase,
  type Db,
  grantServer,
  openDb,
  openPool,
  placeData,
  requireInstallation,
  runningConnections,
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
    url === undefined ? (bundled ?? (await runningConnections(data))).connection : { connectionString: url };
  const db = openDb(openPool(connection, 1));
  try {
    await requireInstallation(db);
    if (bundled !== undefined) await grant(bundled.ownerConnection, db);
    return await work({ db, data });
  } finally {
    await db.destroy();
    await bundled?.stop();
  }
}

/** A folder that an earlier version made, or a backup brought, has a server's role without rights until a server is started there. */
async function grant(ownerConnection: BundledDatabase['ownerConnection'], db: Db): Promise<void> {
  const owner = openDb(openPool(ownerConnection, 1));
  try {
    await grantServer(owner, db);
  } finally {
    await owner.destroy();
  }
}

/** @returns the outside database, if any, as the role that owns its tables: PAVISE_MIGRATION_URL, or DATABASE_URL where one role does all */
export function outsideOwnerUrl(): string | undefined {
  const url = environment('DATABASE_URL');
  return url === undefined ? undefined : (environment('PAVISE_MIGRATION_URL') ?? url);
}

async function startUnlessRunning(data: string): Promise<BundledDatabase | undefined> {
  try {
    await runningConnections(data);
    return undefined;
  } catch (error) {
    if (error instanceof StorageError && error.code === 'storage-backup-stopped') return await startBundled(data);
    throw error;
  }
}
