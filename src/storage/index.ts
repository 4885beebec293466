/**
 * storage: where everything lies that must survive.
 *
 * `startBundled` takes the data folder for this process, runs PostgreSQL 18 there on a Unix socket, as nobody when the server is root, and
 * adopts the one that a killed server left; `keepRunning` starts it again when it ends under us; `DATABASE_URL` leads to any PostgreSQL
 * from 15 on instead, and the same SQL runs on both. A server signs in as a role that reads and writes rows; another owns the tables, and
 * `migrate`, which applies the numbered files of `migrations/`, backup and restore sign in as that one; `grantServer` says what the first may do.
 * `transaction` is the only way in which a room changes state: the change, its audit entry, its jobs and
 * its notices commit together or not at all. `notify` speaks at commit, `listen` is the one listener of a process. `openSecrets` encrypts
 * the installation's own keys under the root key, which no backup holds. `openBlobs` keeps ciphertexts as content-addressed files,
 * fsynced before the commit that names them.
 *
 * Each room writes its SQL in its own `store.ts` and names its tables by `db.withTables<RoomTables>()`.
 */

export { runningConnections, writeBackup } from './backup.ts';
export { type Blobs, openBlobs } from './blobs.ts';
export {
  checkServer,
  type Db,
  type EmptyTables,
  migrate,
  openDb,
  openPool,
  requireInstallation,
  transaction,
} from './database.ts';
export { loggable } from './failure.ts';
export { grantServer } from './grants.ts';
export { keepRunning } from './keep-running.ts';
export { listen, type Notice, notify } from './notify.ts';
export { keepPublicUrl, placeData, readPublicUrl, refuseHalfRestored } from './place.ts';
export { restoreBackup } from './restore.ts';
export { openSecrets, type Secrets, secretsOf } from './secrets.ts';
export { StorageError } from './storage-error.ts';
export { type BundledDatabase, type Connections, startBundled } from './supervisor.ts';
export { writeDurably } from './write-durably.ts';
