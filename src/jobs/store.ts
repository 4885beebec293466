import { sql } from 'kysely';
import type pg from 'pg';
import type { Json } from '../base/index.ts';
import type { Db } from '../storage/index.ts';

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

/**
 * Gives free what workers of an earlier run hold: of a killed server nobody else would do it for four hours. A worker that lives after all
 * goes on, and its job is done twice, which every job allows.
 */
export async function freeJobsOfTheDead(pool: pg.Pool): Promise<void> {
  await pool.query(`select graphile_worker.force_unlock_workers(array(
    select distinct locked_by from graphile_worker.jobs where locked_by is not null))`);
}
