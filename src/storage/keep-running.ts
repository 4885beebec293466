import { setTimeout as sleep } from 'node:timers/promises';
import type { BundledDatabase } from './supervisor.ts';

const LOOK_EVERY_MS = 500;
const TRIES = 3;
const PAUSE_MS = 1000;
const CALM_MS = 60_000; // a database that ends more often than TRIES times in this is not started again

/**
 * Watches the bundled PostgreSQL and starts it again when it ends under a running server (the kernel ran out of memory, somebody stopped it).
 *
 * @param events.onRestart is told once it answers again
 * @param events.onLost is told when it cannot be kept running; watching ends then
 * @returns ends the watch and waits for a restart that is under way
 */
export function keepRunning(
  bundled: Pick<BundledDatabase, 'isRunning' | 'startAgain'>,
  events: { readonly onRestart: () => void; readonly onLost: (why: string) => void },
): () => Promise<void> {
  let watching = true;
  let restarting: Promise<void> | undefined;
  const restartedAtMs: number[] = [];

  const restart = async (): Promise<void> => {
    let why = `it ended ${TRIES} times within ${CALM_MS / 1000} s`;
    for (let tries = 0; tries < TRIES && watching; tries++) {
      const sinceMs = Date.now() - CALM_MS;
      if (restartedAtMs.filter((atMs) => atMs > sinceMs).length >= TRIES) break;
      restartedAtMs.push(Date.now());
      try {
        await bundled.startAgain();
        events.onRestart();
        return;
      } catch (error) {
        why = error instanceof Error ? error.message : String(error);
        await sleep(PAUSE_MS);
      }
    }
    if (!watching) return;
    watching = false;
    clearInterval(timer);
    events.onLost(why);
  };

  const timer = setInterval(() => {
    if (!watching || restarting !== undefined || bundled.isRunning()) return;
    restarting = restart().finally(() => {
      restarting = undefined;
    });
  }, LOOK_EVERY_MS);
  return async () => {
    watching = false;
    clearInterval(timer);
    await restarting;
  };
}
