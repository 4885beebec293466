import { randomUUID } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageError } from './storage-error.ts';

const NAME = 'server.lock';
const POLL_MS = 50;

/** A data folder that this process holds. */
export interface DataLock {
  /** Gives the folder free; does nothing when it is given free already. */
  release(): Promise<void>;
}

/**
 * Takes the data folder for this process: one server at a time may run its database.
 *
 * The lock names a process by pid and start time, so that a killed server's lock holds nobody up, and neither does a pid that recurred.
 * @param waitMs how long to wait for a holder that is about to end
 * @throws StorageError `storage-locked` (409) with the holder's pid
 */
export async function lockData(data: string, waitMs: number): Promise<DataLock> {
  const path = join(data, NAME);
  const mine = `${process.pid} ${(await startOf(process.pid)) ?? ''}\n`;
  const half = `${path}.${randomUUID()}.half`;
  await writeFile(half, mine, { mode: 0o600 });
  try {
    const endAt = Date.now() + waitMs;
    for (;;) {
      // A hard link appears whole or not at all, and never in the place of another.
      const taken = await link(half, path).then(
        () => true,
        (error: NodeJS.ErrnoException) => {
          if (error.code === 'EEXIST') return false;
          throw error;
        },
      );
      if (taken) break;
      const theirs = await readFile(path, 'utf8').catch(() => '');
      const holder = await livingHolder(theirs);
      if (holder === undefined) await removeStale(path, theirs, half);
      else if (Date.now() >= endAt) throw locked(data, holder);
      else await sleep(POLL_MS);
    }
  } finally {
    await rm(half, { force: true });
  }
  return {
    async release() {
      if ((await readFile(path, 'utf8').catch(() => '')) === mine) await rm(path, { force: true });
    },
  };
}

/** Whether a file of a data folder is a lock or what a kill left of taking one. */
export function isLockFile(name: string): boolean {
  return name === NAME || name.startsWith(`${NAME}.`);
}

function locked(data: string, pid: number): StorageError {
  return new StorageError(
    'storage-locked',
    `Stop the other server first, or give --data another folder: process ${pid} runs on ${data}`,
    409,
  );
}

async function livingHolder(text: string): Promise<number | undefined> {
  const [, pid, start] = /^(\d+) (\S*)\n$/.exec(text) ?? [];
  if (pid === undefined) return undefined;
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return undefined; // EPERM: it lives, as somebody else
  }
  const found = await startOf(Number(pid));
  return start === '' || found === start ? Number(pid) : undefined;
}

/**
 * Takes a dead server's lock away.
 *
 * One start at a time, by a lock of its own that lives for two system calls: a second one that judged the same lock would otherwise take
 * away what a third has linked in its place.
 */
async function removeStale(path: string, theirs: string, half: string): Promise<void> {
  const breaking = `${path}.breaking`;
  try {
    await link(half, breaking);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // Left by a start that was killed between the two calls; while it lives it is done in a moment.
    const breaker = await readFile(breaking, 'utf8').catch(() => undefined); // gone: it is done
    if (breaker !== undefined && (await livingHolder(breaker)) === undefined) await rm(breaking, { force: true });
    await sleep(POLL_MS);
    return;
  }
  try {
    if ((await readFile(path, 'utf8').catch(() => '')) === theirs) await rm(path, { force: true });
  } finally {
    await rm(breaking, { force: true });
  }
}

/** @returns boot and start time of a living process, as Linux tells them; undefined when it is dead, or elsewhere */
async function startOf(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // proc(5): the name in parentheses may hold anything; state is the 3rd field, starttime the 22nd
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined || fields[0] === 'Z') return undefined;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => '');
  return `${boot.trim()}/${fields[19] ?? ''}`;
}
