import { randomUUID } from 'node:crypto';
import type { ReasonView } from '../access/api.ts';
import { append } from '../audit/index.ts';
import type { TdfPolicy } from '../formats/tdf/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import { type Caller, endOf } from './authenticate.ts';
import { refusalsOfFile } from './judge.ts';
import { partOf } from './part-of.ts';
import { type FileRecord, holdFile, insertOpening } from './store.ts';

/** One request for the key of one file. */
export interface Asked {
  readonly caller: Caller;
  /** Nothing proves it until a share is unwrapped that binds it: before, it may only refuse. */
  readonly policy: TdfPolicy;
  /** Undefined for a file that was never uploaded. */
  readonly file: FileRecord | undefined;
  readonly atMs: number;
}

/**
 * Writes a release down, unless the caller's standing ended or the file was taken from her since she asked: unwrapping takes its time.
 *
 * The key may leave once this has returned, since the entry is committed then.
 */
export function recordRelease(
  db: Db,
  asked: Asked,
  decisionId: string,
  nowMs: number,
): Promise<{ readonly kind: 'released'; readonly viewId: string } | Refused> {
  return transaction(db, async (tx) => {
    const end = await endOf(tx, asked.caller, nowMs);
    const now = asked.file === undefined ? undefined : await holdFile(tx, asked.file.id);
    const ofFile = now === undefined ? [] : refusalsOfFile(now, await partOf(tx, now, asked.caller.personId), nowMs);
    const reasons = end === undefined ? ofFile : [end, ...ofFile];
    if (reasons.length > 0) return recordRefusal(tx, asked, decisionId, reasons);
    return { kind: 'released', viewId: await record(tx, asked, { decisionId, outcome: 'opened', reasons: [] }) };
  });
}

interface Refused {
  readonly kind: 'refused';
  readonly reasons: readonly ReasonView[];
}

/** Writes a refusal down, with the codes of all its reasons. */
export async function recordRefusal(
  db: Db,
  asked: Asked,
  decisionId: string,
  reasons: readonly ReasonView[],
): Promise<Refused> {
  const codes = reasons.map((reason) => reason.code);
  await transaction(db, (tx) => record(tx, asked, { decisionId, outcome: 'refused', reasons: codes }));
  return { kind: 'refused', reasons };
}

/**
 * Writes down that no access held a share that binds the policy, which is a refusal, too: the decision before it has said "allowed", and
 * an entry that stands alone would read as if a key had left.
 */
export async function recordTampering(
  db: Db,
  asked: Asked,
  decisionId: string,
): Promise<{ readonly kind: 'tampered' }> {
  const opening = { decisionId, outcome: 'refused', reasons: ['file.tampered'] } as const;
  await transaction(db, (tx) => record(tx, asked, opening));
  return { kind: 'tampered' };
}

async function record(
  tx: Db,
  { caller, policy, file, atMs }: Asked,
  opening: { decisionId: string; outcome: 'opened' | 'refused'; reasons: readonly string[] },
): Promise<string> {
  const viewId = randomUUID();
  const { personId, deviceId } = caller;
  const { uuid: policyUuid } = policy;
  const fileId = file?.id ?? null;
  await insertOpening(tx, { ...opening, id: viewId, fileId, policyUuid, personId, deviceId, at: new Date(atMs) });
  await append(tx, {
    actor: caller.actor,
    action: opening.outcome === 'opened' ? 'file.key.released' : 'file.key.refused',
    object: { type: 'file', id: fileId },
    detail: { policyUuid, deviceId, decisionId: opening.decisionId, viewId, reasons: opening.reasons },
  });
  return viewId;
}
