import { open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import pg from 'pg';
import { type ArchiveWriter, writeArchive } from './archive.ts';
import { type BackupManifest, MANIFEST_PATH, type TableCopy } from './backup-manifest.ts';
import { findAuditHead, findMigrations } from './backup-store.ts';
import { copyTablesOut } from './copy-tables.ts';
import { noInstallation, unreachable } from './database.ts';
import { readDatabasePasswords } from './database-passwords.ts';
import { StorageError } from './storage-error.ts';
import { type Connections, connectionsAt, hasDatabase, livingPostmaster } from './supervisor.ts';

const CHUNK_BYTES = 1 << 20;
const PG_CONTROL = 'global/pg_control';

// PostgreSQL 18, "Making a Base Backup Using the Low Level API", backing up the data directory: these are made anew at the start.
const EMPTIED = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
]);
const OMITTED =
  /^(postmaster\.(pid|opts)|pgsql_tmp.*|pg_internal\.init.*|backup_label|tablespace_map|backup_manifest)$/;

/** What a backup held, for the one who asked for it. */
export interface BackupSummary {
  readonly kind: BackupManifest['kind'];
  readonly files: number;
  readonly sizeBytes: number;
  readonly auditHead: BackupManifest['auditHead'];
}

/**
 * Writes the database and the blobs into one new file (tar, gzip) while the server runs; the root key is never in it.
 *
 * The bundled database is copied physically; with `databaseUrl`, or `logical`, its rows are copied by COPY in one snapshot, which moves
 * between PostgreSQL versions. See docs/decisions/0002-bundled-postgresql.md.
 * @param options.data the data folder after `placeData`
 * @param options.databaseUrl an outside database, as the role that owns the tables
 */
export async function writeBackup(options: {
  readonly data: string;
  readonly file: string;
  readonly databaseUrl?: string | undefined;
  readonly logical?: boolean;
}): Promise<BackupSummary> {
  const { data, file, databaseUrl } = options;
  if ((await stat(file).catch(() => undefined)) !== undefined) {
    throw new StorageError('storage-backup-exists', `Name a new file: "${file}" is there already`, 400);
  }
  if (!(await isFolder(dirname(file))))
    throw new StorageError('storage-backup-folder', `Make the folder first: "${dirname(file)}" is none`, 400);
  const session = new pg.Client(
    databaseUrl === undefined ? (await runningConnections(data)).ownerConnection : { connectionString: databaseUrl },
  );
  session.on('error', () => {}); // the query's own rejection tells
  await session.connect().catch((error: unknown) => {
    throw databaseUrl === undefined ? error : unreachable(error);
  });
  await sweepHalf(dirname(file));
  const half = join(dirname(file), `.pavise-${basename(file)}.${process.pid}.half`);
  const archive = writeArchive(half);
  try {
    const physical = databaseUrl === undefined && options.logical !== true;
    const written = physical ? await copyFiles(session, data, archive) : await copyRows(session, archive);
    // A blob is on the disk before the commit that names it: blobs copied after the database hold all that it names, but for those that
    // are deleted for good meanwhile, which nobody could open any more.
    await copyBlobs(data, archive);
    const manifest = {
      schema: 'pavise.backup/1' as const,
      createdAt: new Date().toISOString(),
      ...written,
      files: archive.files,
    };
    const text = Buffer.from(JSON.stringify(manifest satisfies BackupManifest));
    await archive.file(MANIFEST_PATH, text.length, one(text));
    await archive.finish();
    await rename(half, file);
    await syncFolder(dirname(file));
    const sizeBytes = (await stat(file)).size;
    return { kind: manifest.kind, files: manifest.files.length, sizeBytes, auditHead: manifest.auditHead };
  } catch (error) {
    archive.abort();
    await rm(half, { force: true });
    throw error;
  } finally {
    await session.end().catch(() => {}); // what counts is written by now, or the error above is the one to tell
  }
}

/** Removes what backups left in a folder that a kill cut off: each names the process that wrote it. */
async function sweepHalf(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, pid] = /^\.pavise-.+\.(\d+)\.half$/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(folder, name), { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

type Written = Omit<BackupManifest, 'schema' | 'createdAt' | 'files'>;

/** @returns how to reach the bundled PostgreSQL of the server that runs on `data`; throws StorageError when none runs */
export async function runningConnections(data: string): Promise<Connections> {
  const dataDir = join(data, 'postgres');
  if (!hasDatabase(data))
    throw new StorageError(
      'storage-backup-none',
      `Name the data folder with --data: there is no database in ${data}`,
      400,
    );
  if ((await livingPostmaster(dataDir)) === undefined) {
    throw new StorageError(
      'storage-backup-stopped',
      `Start the server first, a backup is made while it runs: nothing runs on ${data}`,
      409,
    );
  }
  const socketDir = (await readFile(join(dataDir, 'postmaster.pid'), 'utf8')).split('\n')[4]; // line 5: the socket folder
  const passwords = await readDatabasePasswords(data);
  if (passwords === undefined)
    throw new StorageError(
      'storage-roles',
      `Start the server of this version on ${data} once: the one that runs there keeps no passwords for its database`,
      409,
    );
  return connectionsAt(socketDir ?? '', passwords);
}

/** The physical copy, all in one session; the order of the steps is what makes it restorable. */
async function copyFiles(session: pg.Client, data: string, archive: ArchiveWriter): Promise<Written> {
  const dataDir = join(data, 'postgres');
  // Without the slot a checkpoint during the copy recycles the WAL that the copy needs; temporary, so that it ends with this session.
  await session.query(`select pg_create_physical_replication_slot('pavise_backup_' || pg_backend_pid(), true, true)`);
  await session.query(`select pg_backup_start('pavise', true)`);
  await archive.folder('postgres');
  for (const path of await copyTree(dataDir, '', archive))
    await copyFile(join(dataDir, path), `postgres/${path}`, archive);
  await copyFile(join(dataDir, PG_CONTROL), `postgres/${PG_CONTROL}`, archive); // last, as pg_basebackup does
  const auditHead = await findAuditHead(session);
  const migrations = await findMigrations(session);
  const { rows } = await session.query<{ labelfile: string; spcmapfile: string; stop_file: string }>(
    'select labelfile, spcmapfile, pg_walfile_name(lsn - 1) as stop_file from pg_backup_stop(false)',
  );
  const stopped = rows[0];
  const startFile = /\(file ([0-9A-F]{24})\)/.exec(stopped?.labelfile ?? '')?.[1];
  if (stopped === undefined || startFile === undefined) throw new Error('pg_backup_stop gave no label');
  if ((stopped.spcmapfile ?? '').trim() !== '') {
    throw new StorageError(
      'storage-backup-tablespace',
      'Move all tables into the default tablespace: a backup cannot hold others',
    );
  }
  await archive.file(
    'postgres/backup_label',
    Buffer.byteLength(stopped.labelfile),
    one(Buffer.from(stopped.labelfile)),
  );
  await copyWal(dataDir, startFile, stopped.stop_file, archive);
  return { kind: 'physical', postgres: await serverVersion(session), migrations, auditHead, tables: [] };
}

/** Copies a folder's subfolders and returns its files' paths, to be copied in order; `pg_control` is left out. */
async function copyTree(root: string, at: string, archive: ArchiveWriter): Promise<string[]> {
  const files: string[] = [];
  for (const entry of await readdir(join(root, at), { withFileTypes: true }).catch(tolerateGone)) {
    const path = at === '' ? entry.name : `${at}/${entry.name}`;
    if (OMITTED.test(entry.name)) continue;
    if (entry.isDirectory()) {
      await archive.folder(`postgres/${path}`);
      if (path === 'pg_wal') await archive.folder('postgres/pg_wal/archive_status');
      if (!EMPTIED.has(path)) files.push(...(await copyTree(root, path, archive)));
    } else if (entry.isFile() && path !== PG_CONTROL) files.push(path);
  }
  return files;
}

/** The segments from the start to the stop of the backup: with them the copy holds exactly what was committed at its stop. */
async function copyWal(dataDir: string, first: string, last: string, archive: ArchiveWriter): Promise<void> {
  const names = (await readdir(join(dataDir, 'pg_wal'))).filter(
    (name) => /^[0-9A-F]{24}$/.test(name) && name >= first && name <= last,
  );
  for (const name of names.sort()) await copyFile(join(dataDir, 'pg_wal', name), `postgres/pg_wal/${name}`, archive);
}

async function copyRows(session: pg.Client, archive: ArchiveWriter): Promise<Written> {
  await session.query('begin isolation level repeatable read read only');
  const auditHead = await findAuditHead(session);
  const migrations = await findMigrations(session);
  // A wrong DATABASE_URL would give a backup of nothing, kept for the day on which it is needed.
  if (migrations.length === 0) throw noInstallation();
  const tables: TableCopy[] = await copyTablesOut(session, archive);
  await session.query('commit');
  return { kind: 'logical', postgres: await serverVersion(session), migrations, auditHead, tables };
}

async function copyBlobs(data: string, archive: ArchiveWriter): Promise<void> {
  await archive.folder('blobs');
  for (const group of await readdir(join(data, 'blobs')).catch(tolerateGone)) {
    if (!/^[0-9a-f]{2}$/.test(group)) continue;
    await archive.folder(`blobs/${group}`);
    for (const hash of await readdir(join(data, 'blobs', group))) {
      if (/^[0-9a-f]{64}$/.test(hash))
        await copyFile(join(data, 'blobs', group, hash), `blobs/${group}/${hash}`, archive);
    }
  }
}

async function copyFile(from: string, to: string, archive: ArchiveWriter): Promise<void> {
  const file = await open(from, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined; // dropped while we copy: recovery drops it too
    throw error;
  });
  if (file === undefined) return;
  try {
    const { size } = await file.stat();
    const chunks = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(CHUNK_BYTES, size + 1)), 0);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    };
    await archive.file(to, size, chunks());
  } finally {
    await file.close();
  }
}

async function serverVersion(session: pg.Client): Promise<string> {
  const { rows } = await session.query<{ server_version: string }>('show server_version');
  return rows[0]?.server_version ?? '';
}

function tolerateGone(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  await folder.sync();
  await folder.close();
}
