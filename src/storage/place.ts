import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { closedParent } from './native.ts';
import { StorageError } from './storage-error.ts';

/**
 * Says where the data folder lies.
 *
 * As root PostgreSQL runs as nobody and must reach it. Below a folder that other users cannot enter, a `given` place is refused, and the
 * usual one gives way to `/var/lib/pavise/<hash of the usual place>`.
 * @param given the place that somebody chose, by --data
 * @throws StorageError `storage-data-closed` (409)
 */
export async function placeData(
  given: string | undefined,
  usual = './pavise-data',
): Promise<{ data: string; movedBecause: string | undefined }> {
  const data = resolve(given ?? usual);
  if (process.getuid?.() !== 0) return { data, movedBecause: undefined };
  const closed = await closedParent(join(data, 'postgres'));
  if (closed === undefined || closed === data) return { data, movedBecause: undefined };
  const hash = createHash('sha256').update(data).digest('hex').slice(0, 16);
  const moved = join('/var/lib/pavise', hash);
  if (given === undefined) return { data: moved, movedBecause: closed };
  const earlier = existsSync(moved) ? `; what an earlier version kept for it lies in ${moved}` : '';
  throw new StorageError(
    'storage-data-closed',
    `Choose --data elsewhere, leave it out, or allow entry by chmod o+x "${closed}": as root PostgreSQL runs as nobody, who cannot enter there${earlier}`,
    409,
  );
}

/** Folder in the data folder where a restore unpacks; it is there until all is in place and proven. */
export const RESTORING = 'restoring';

/**
 * Refuses a data folder whose restore was killed: it may hold the database without the files, or nothing, and would look like an installation.
 *
 * @throws StorageError `storage-restore-broken` (409)
 */
export function refuseHalfRestored(data: string): void {
  if (existsSync(join(data, RESTORING)))
    throw new StorageError(
      'storage-restore-broken',
      `Empty ${data} and restore again: a restore into it is under way or was broken off`,
      409,
    );
}

const PUBLIC_URL = 'public-url';

/** Keeps by what address people reach this installation, for commands on the server's machine that print links. */
export async function keepPublicUrl(data: string, url: URL): Promise<void> {
  await writeFile(join(data, PUBLIC_URL), `${url.href}\n`);
}

/** @returns the address as the server was last started with it; undefined when it never was */
export async function readPublicUrl(data: string): Promise<string | undefined> {
  return (await readFile(join(data, PUBLIC_URL), 'utf8').catch(() => undefined))?.trim();
}
