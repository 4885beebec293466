import { append } from '../audit/index.ts';
import { relatedEnrolments } from '../devices/index.ts';
import { enqueue } from '../jobs/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import { attachFinding } from './cases.ts';
import { withinEvidence } from './evidence-rules.ts';
import { findUnreviewedTraces, lockJudgedBy, setJudgedBy, setReview, type TraceRow } from './store-binding.ts';

const JOB = 'findings.judge-again';
/** Raised when the rules by which a report proves a trace, or by which a trace binds a phone, become stricter. */
const RULES = 2;
const BATCH = 200;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const SYSTEM = { kind: 'system' } as const;

/** Asks for the open traces to be judged by today's rules, at the start of a server. */
export async function startJudging(db: Db): Promise<void> {
  await enqueue(db, JOB, {}, { jobKey: JOB });
}

/**
 * Judges open traces of before by today's rules, once for each change of the rules.
 *
 * One that would be less today is not cleared and refuses on: a review is opened for it, in its case, and a person decides.
 */
export async function judgeAgain(db: Db, nowMs: number): Promise<void> {
  await transaction(db, async (tx) => {
    if ((await lockJudgedBy(tx)) >= RULES) return;
    for (let after: string | undefined = FIRST_ID; after !== undefined; ) {
      const traces = await findUnreviewedTraces(tx, after, BATCH);
      for (const trace of traces) await openReview(tx, trace, new Date(nowMs));
      after = traces.length === BATCH ? traces.at(-1)?.id : undefined;
    }
    await setJudgedBy(tx, RULES);
  });
}

async function openReview(tx: Db, { id, deviceId, source, detail }: TraceRow, now: Date): Promise<void> {
  const review = withinEvidence(detail).verdict !== 'trace' ? 'evidence' : await crossesOwners(tx, deviceId, source);
  if (review === undefined) return;
  await setReview(tx, id, review);
  await attachFinding(tx, SYSTEM, { deviceId, findingId: id, now });
  await append(tx, {
    actor: SYSTEM,
    action: 'finding.review',
    object: { type: 'finding', id },
    detail: { deviceId, review },
  });
}

/** A trace that only a member reported, and that today binds the phone of somebody else. */
async function crossesOwners(tx: Db, deviceId: string, source: TraceRow['source']): Promise<'owner' | undefined> {
  if (source === 'staff') return undefined;
  const related = await relatedEnrolments(tx, deviceId);
  return related.some(({ samePhone, samePerson }) => samePhone && !samePerson) ? 'owner' : undefined;
}
