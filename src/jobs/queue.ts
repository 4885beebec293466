import { Logger, run, runMigrations } from 'graphile-worker';
import { sql } from 'kysely';
import type pg from 'pg';
import type { Json } from '../base/index.ts';
import type { Db } from '../storage/index.ts';

/** Handlers by job name; the payload is what was enqueued. */
export type JobHandlers = Readonly<Record<string, (payload: unknown) => Promise<void>>>;

/** Adds a job to the caller's transaction. `jobKey` replaces a pending job of the same key; `delayMs` runs it later. */
export async function enqueue(
  tx: Db,
  name: string,
  payload: { readonly [key: string]: Json },
  options: { readonly jobKey?: string; readonly delayMs?: number } = {},
): Promise<void> {
  await sql`select graphile_worker.add_job(${name}, payload := ${JSON.stringify(payload)}::json, job_key := ${options.jobKey ?? null},
    run_at := now() + ${options.delayMs ?? 0} * interval '1 millisecond', max_attempts := 12)`.execute(tx);
}

const quiet = new Logger(() => () => {}); // graphile-worker logs payloads at some levels; ours are ids, and still none go to logs

/** Creates or updates the queue's own schema. */
export async function prepareJobs(pool: pg.Pool): Promise<void> {
  await runMigrations({ pgPool: pool, logger: quiet });
}

/** Starts working; `stop` waits for the jobs in hand. `onFailure` learns name and message, never the payload. */
export async function startJobs(
  pool: pg.Pool,
  handlers: JobHandlers,
  onFailure: (job: string, message: string) => void,
): Promise<{ stop(): Promise<void> }> {
  const taskList = Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [name, (payload: unknown) => handler(payload)]),
  );
  const runner = await run({
    pgPool: pool,
    concurrency: 4,
    noHandleSignals: true,
    taskList,
    logger: quiet,
    pollInterval: 2000,
  });
  runner.events.on('job:error', ({ job, error }) => {
    onFailure(job.task_identifier, error instanceof Error ? error.message : String(error));
  });
  return { stop: () => runner.stop() };
}
