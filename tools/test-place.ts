import { spawnSync } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, copyFile, mkdtemp, rm, statfs } from 'node:fs/promises';
import { freemem, tmpdir } from 'node:os';
import { join } from 'node:path';

const MEMORY = '/dev/shm';
const GIB = 1024 ** 3;
/** What all tests together never fill. */
const ROOM_BYTES = 4 * GIB;

/**
 * Gives a test run a place of its own for temporary files, in memory where there is room: tests make and remove thousands of files, and a
 * busy disk is what slows them most. Its files share one bundled PostgreSQL there (`PAVISE_TEST_SERVER`), which starts once a file needs it.
 *
 * @returns what removes it all; a run inside of a longer one shares that one's, and removes nothing
 */
export default async function openTestPlace(): Promise<() => Promise<void>> {
  if (process.env['PAVISE_TEST_SERVER'] !== undefined) return async () => {};
  const before = process.env['TMPDIR'];
  const place = await mkdtemp(join((await roomInMemory()) ? MEMORY : tmpdir(), 'pavise-tests-'));
  await chmod(place, 0o711); // the database's user passes through
  const server = join(place, 'server');
  process.env['TMPDIR'] = place;
  process.env['PAVISE_TEST_SERVER'] = server;
  return async () => {
    // Only now: most runs of a single file never need the database.
    const { stopTestServer } = await import('../src/storage/testing.ts');
    await stopTestServer(server);
    await rm(place, { recursive: true, force: true });
    delete process.env['PAVISE_TEST_SERVER'];
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  };
}

/** Small containers have 64 MB there, some systems let nothing run from it, and what lies there takes from the memory of all. */
async function roomInMemory(): Promise<boolean> {
  try {
    await access(MEMORY, constants.W_OK);
    const { bavail, bsize } = await statfs(MEMORY);
    return bavail * bsize >= ROOM_BYTES && freemem() >= 2 * ROOM_BYTES && (await runsFrom(MEMORY));
  } catch {
    return false; // no such place on this system
  }
}

async function runsFrom(folder: string): Promise<boolean> {
  const probe = await mkdtemp(join(folder, 'pavise-probe-'));
  try {
    await copyFile('/bin/true', join(probe, 'true'));
    return spawnSync(join(probe, 'true')).status === 0;
  } finally {
    await rm(probe, { recursive: true, force: true });
  }
}
