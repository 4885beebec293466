import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, run, runMigrations } from 'graphile-worker';
import type pg from 'pg';
import { loggable } from '../storage/index.ts';
import { freeJobsOfTheDead } from './store.ts';

/** Handlers by job name; the payload is what was enqueued. */
export type JobHandlers = Readonly<Record<string, (payload: unknown) => Promise<void>>>;

const quiet = new Logger(() => () => {}); // graphile-worker logs payloads at some levels; ours are ids, and still none go to logs

/** Creates or updates the queue's own schema. */
export async function prepareJobs(pool: pg.Pool): Promise<void> {
  await runMigrations({ pgPool: pool, logger: quiet });
}

/** How long `stop` waits for workers that hold no job. */
const IDLE_STOP_MS = 1000;
const LOOK_MS = 50;

/**
 * Starts working; `stop` waits for the jobs in hand, and for no worker that has none: after the database was away such a worker sleeps for
 * seconds before it asks again. It then gets no connection, so that it locks no job that nobody would do.
 *
 * `onFailure` learns the job's name and what of its error may be logged: neither the payload nor a message that could carry a piece of it.
 */
export async function startJobs(
  pool: pg.Pool,
  handlers: JobHandlers,
  onFailure: (job: string, failure: ReturnType<typeof loggable>) => void,
): Promise<{ stop(): Promise<void> }> {
  let inHand = 0;
  const counted = (handler: JobHandlers[string]) => async (payload: unknown) => {
    inHand++;
    try {
      await handler(payload);
    } finally {
      inHand--;
    }
  };
  const taskList = Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, counted(handler)]));
  await freeJobsOfTheDead(pool);
  const gate = gateOf(pool);
  const runner = await run({
    pgPool: gate.pool,
    concurrency: 4,
    noHandleSignals: true,
    taskList,
    logger: quiet,
    pollInterval: 2000,
  });
  runner.events.on('job:error', ({ job, error }) => {
    onFailure(job.task_identifier, loggable(error));
  });
  return {
    async stop() {
      const ended = runner.stop().then(() => true);
      ended.catch(() => {}); // whoever waits for it hears it; after the wait nobody has to
      let idleMs = 0;
      while (!(await Promise.race([ended, sleep(LOOK_MS, false)]))) {
        idleMs = inHand === 0 ? idleMs + LOOK_MS : 0;
        if (idleMs >= IDLE_STOP_MS) return gate.close(); // only here: what has just ended still notes that its job is done
      }
    },
  };
}

/** A pool that lets everybody wait once it is closed; what it stands for goes on. */
function gateOf(pool: pg.Pool): { readonly pool: pg.Pool; close(): void } {
  let closed = false;
  return {
    pool: new Proxy(pool, {
      get(target, name) {
        if (closed && name === 'connect') return () => new Promise(() => {}); // not an error: the worker would print it, and ask again
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    }),
    close() {
      closed = true;
    },
  };
}
