import { enqueue, type JobHandlers } from '../jobs/index.ts';
import type { Db } from '../storage/index.ts';
import { deleteOldAnswers, deleteOldInquiries, deleteOldRefusals, deleteOldReports } from './store-prune.ts';

const JOB = 'devices.prune';
const EVERY_MS = 86_400_000;
const DAY_MS = 86_400_000;
/** Rows of one statement: a backlog of millions goes in steps that hold up nobody. */
const BATCH = 5000;

/** What the job leans on. */
export interface PruneServices {
  readonly db: Db;
  readonly now: () => number;
  /** How long what phones sent is kept as it came. */
  readonly keepRawDays: number;
}

/** Asks for the first round; a round that is waiting already takes place now instead. */
export async function startPruning(db: Db): Promise<void> {
  await enqueue(db, JOB, {}, { jobKey: JOB });
}

/** The job that prunes once a day and asks for its own next round. */
export function pruneJobs(services: PruneServices): JobHandlers {
  return {
    async [JOB]() {
      await enqueue(services.db, JOB, {}, { jobKey: JOB, delayMs: EVERY_MS });
      await pruneRaw(services);
    },
  };
}

/**
 * Removes what phones sent as it came, once it is older than is kept: raw check-ins, the bytes of answers and of commands that have ended,
 * the questions that the server asked by itself, and reasons of refusals that came no more.
 *
 * Facts, and who ordered what, stay: they stand in tables of their own and in the audit log.
 */
export async function pruneRaw({ db, now, keepRawDays }: PruneServices): Promise<void> {
  const before = new Date(now() - keepRawDays * DAY_MS);
  for (const step of [deleteOldReports, deleteOldInquiries, deleteOldAnswers, deleteOldRefusals])
    while ((await step(db, before, BATCH)) === BATCH);
}
