import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { chown, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { concatBytes } from '../base/index.ts';
import { type ArchivedFile, type ArchiveEntry, readArchive } from './archive.ts';
import { type BackupManifest, MANIFEST_LIMIT_BYTES, MANIFEST_PATH, parseManifest } from './backup-manifest.ts';
import { countOtherSessions, findMigrations, findTables, holdsAuditHead } from './backup-store.ts';
import { copyTablesIn } from './copy-tables.ts';
import { migrate, openDb, openPool } from './database.ts';
import { isLockFile, lockData } from './lock.ts';
import { databaseUser, UNPRIVILEGED_ID } from './native.ts';
import { RESTORING, refuseHalfRestored } from './place.ts';
import { StorageError } from './storage-error.ts';
import { endPostmaster, livingPostmaster, startBundled } from './supervisor.ts';

/**
 * Puts a backup in place and proves it: every hash, the recovery of the database, and that the audit log still holds its signed head.
 *
 * Refuses a running server and a folder or database that is not empty; a failure leaves the folder as it was. While it works, and after a
 * kill, the folder `restoring` in it keeps every server away.
 * @param options.databaseUrl an empty outside database, as the role that shall own the tables
 * @param options.prepareJobs makes the job queue's schema, which a logical copy does not carry
 * @param options.whenProven does what belongs to the restore before a server may start there
 */
export async function restoreBackup(options: {
  readonly data: string;
  readonly file: string;
  readonly databaseUrl?: string | undefined;
  readonly prepareJobs: (pool: pg.Pool) => Promise<void>;
  readonly whenProven?: (manifest: BackupManifest) => Promise<void>;
}): Promise<BackupManifest> {
  const { data, file, databaseUrl } = options;
  await refuseOccupied(data);
  const staged = join(data, RESTORING);
  const lock = await lockData(data, 0);
  try {
    const manifest = await unpack(file, staged);
    await lock.release(); // the proof starts the database, which takes it
    if (manifest.kind === 'physical') {
      if (databaseUrl !== undefined) {
        throw new StorageError(
          'storage-restore-kind',
          'Unset DATABASE_URL, or make the backup with --logical: this one holds files of the bundled database',
          409,
        );
      }
      await place(staged, data);
      await proveBundled(data, manifest, async () => {});
    } else {
      const load = (connection: pg.PoolConfig): Promise<void> =>
        loadRows(connection, manifest, staged, options.prepareJobs);
      if (databaseUrl === undefined) await proveBundled(data, manifest, load);
      else await prove({ connectionString: databaseUrl }, manifest, load);
      await place(staged, data);
    }
    await options.whenProven?.(manifest);
    await rm(staged, { recursive: true, force: true });
    return manifest;
  } catch (error) {
    // The mark goes last: what is half removed is no installation either.
    const made = (await readdir(data).catch(() => [])).filter((name) => name !== RESTORING);
    for (const name of [...made, RESTORING]) await rm(join(data, name), { recursive: true, force: true });
    throw error;
  }
}

async function refuseOccupied(data: string): Promise<void> {
  if (existsSync(join(data, RESTORING))) {
    const lock = await lockData(data, 0); // another restore that lives holds it
    const orphan = await livingPostmaster(join(data, 'postgres'));
    if (orphan !== undefined) await endPostmaster(orphan);
    await lock.release();
    refuseHalfRestored(data);
  }
  if ((await livingPostmaster(join(data, 'postgres'))) !== undefined) {
    throw new StorageError(
      'storage-restore-running',
      `Stop the server first, or name another folder: one runs on ${data}`,
      409,
    );
  }
  const found = await readdir(data).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const there = found.filter((name) => !isLockFile(name)); // taken anew, or refused where its holder lives
  if (there.length > 0)
    throw new StorageError(
      'storage-restore-not-empty',
      `Name an empty folder: ${data} holds ${there.length} entries`,
      409,
    );
  await mkdir(data, { recursive: true, mode: 0o711 });
}

/** Unpacks into `to`, hashing as it goes, and compares with the manifest, which comes last. */
async function unpack(file: string, to: string): Promise<BackupManifest> {
  if ((await stat(file).catch(() => undefined)) === undefined)
    throw new StorageError('storage-backup-none', `Name a backup: "${file}" is not there`, 400);
  const found: ArchivedFile[] = [];
  let manifest: BackupManifest | undefined;
  await mkdir(to, { mode: 0o711 });
  for await (const entry of readArchive(file)) {
    if (manifest !== undefined) throw differs(`"${entry.path}" comes after the manifest`);
    if (entry.path === MANIFEST_PATH) manifest = parseManifest(await readWhole(entry));
    else if (!/^(postgres|blobs|tables)(\/|$)/.test(entry.path))
      throw differs(`"${entry.path}" belongs to no part of a backup`);
    else if (entry.kind === 'folder') await makeFolder(to, entry.path);
    else found.push(await unpackFile(entry, to));
  }
  if (manifest === undefined) throw differs('it has no manifest');
  const expected = new Map(manifest.files.map((item) => [item.path, item]));
  for (const item of found) {
    const listed = expected.get(item.path);
    if (listed === undefined || listed.sha256 !== item.sha256 || listed.sizeBytes !== item.sizeBytes)
      throw differs(`"${item.path}" was changed`);
    expected.delete(item.path);
  }
  for (const path of expected.keys()) throw differs(`"${path}" is missing`);
  return manifest;
}

function differs(why: string): StorageError {
  return new StorageError('storage-backup-damaged', `Cannot restore this backup: ${why}`, 400);
}

async function readWhole(entry: ArchiveEntry): Promise<Uint8Array> {
  if (entry.sizeBytes > MANIFEST_LIMIT_BYTES) throw differs('its manifest is too large');
  const parts: Uint8Array[] = [];
  for await (const chunk of entry.chunks) parts.push(chunk);
  return concatBytes(parts);
}

async function makeFolder(to: string, path: string): Promise<void> {
  await mkdir(join(to, path), { mode: 0o700 });
  await giveToDatabase(to, path);
}

async function unpackFile(entry: ArchiveEntry, to: string): Promise<ArchivedFile> {
  // 'wx' and the archive's plain names: nothing that is there already is followed or overwritten
  const file = await open(join(to, entry.path), 'wx', 0o600).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? differs(`the folder of "${entry.path}" is missing`) : error;
  });
  const sum = createHash('sha256');
  try {
    for await (const chunk of entry.chunks) {
      sum.update(chunk);
      await file.writeFile(chunk);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await giveToDatabase(to, entry.path);
  return { path: entry.path, sizeBytes: entry.sizeBytes, sha256: sum.digest('hex') };
}

async function giveToDatabase(to: string, path: string): Promise<void> {
  if (path.startsWith('postgres') && 'uid' in databaseUser())
    await chown(join(to, path), UNPRIVILEGED_ID, UNPRIVILEGED_ID);
}

async function place(staged: string, data: string): Promise<void> {
  for (const name of ['postgres', 'blobs']) {
    await rename(join(staged, name), join(data, name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error; // a logical backup holds no postgres folder
    });
  }
  for (const path of [data, dirname(data)]) {
    const folder = await open(path, 'r');
    await folder.sync();
    await folder.close();
  }
}

async function proveBundled(
  data: string,
  manifest: BackupManifest,
  load: (connection: pg.PoolConfig) => Promise<void>,
): Promise<void> {
  const bundled = await startBundled(data, { restoring: true });
  try {
    await prove(bundled.ownerConnection, manifest, load);
  } finally {
    await bundled.stop();
  }
}

async function prove(
  connection: pg.PoolConfig,
  manifest: BackupManifest,
  load: (connection: pg.PoolConfig) => Promise<void>,
): Promise<void> {
  await load(connection);
  const session = new pg.Client(connection);
  await session.connect();
  try {
    const head = manifest.auditHead;
    if (head !== null && !(await holdsAuditHead(session, head)))
      throw differs(`the audit log lacks the entry ${head.seq} that its head signed`);
  } finally {
    await session.end();
  }
}

async function loadRows(
  connection: pg.PoolConfig,
  manifest: BackupManifest,
  staged: string,
  prepareJobs: (pool: pg.Pool) => Promise<void>,
): Promise<void> {
  const session = new pg.Client(connection);
  session.on('error', () => {}); // the query's own rejection tells
  await session.connect();
  try {
    const others = await countOtherSessions(session);
    if (others > 0)
      throw new StorageError(
        'storage-restore-running',
        `Stop the server first: ${others} sessions use this database`,
        409,
      );
    if ((await findTables(session)).length > 0) {
      throw new StorageError('storage-restore-not-empty', 'Name an empty database: this one holds tables', 409);
    }
    const pool = openPool(connection, 2);
    const db = openDb(pool);
    await migrate(db);
    await prepareJobs(pool);
    await db.destroy();
    const here = (await findMigrations(session)).join(' ');
    if (here !== manifest.migrations.join(' ')) {
      throw new StorageError(
        'storage-backup-version',
        'Restore with the version that wrote it, then update: the tables differ here',
        409,
      );
    }
    await copyTablesIn(session, manifest.tables, (path) => createReadStream(join(staged, path)));
  } finally {
    await session.end();
  }
}
