import { randomUUID } from 'node:crypto';
import { type Actor, append } from '../audit/index.ts';
import { canonicalJson, type Json } from '../base/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import { AccessError } from './access-error.ts';
import type { ReasonView, Rules } from './api.ts';
import { type Decision, decide } from './decide.ts';
import type { Posture } from './facts.ts';
import { gatherPosture } from './posture.ts';
import { DEFAULT_RULES } from './rules.ts';
import {
  documentSha256,
  findDecision,
  findDocument,
  findLastOfView,
  findRules,
  insertDecision,
  keepDocument,
  type StoredDecision,
} from './store.ts';

export interface AccessRequest {
  readonly personId: string;
  /** null for a browser or token that is bound to no device. */
  readonly deviceId: string | null;
  /** Dotted, e.g. `file.open`. */
  readonly action: string;
  readonly attributes: readonly string[];
  /** Who asks, for the audit log; the server itself when absent. */
  readonly actor?: Actor;
  /**
   * The decision that opened a view which goes on. It is decided anew all the same; what is kept is every change of answer, reasons or
   * rules, and one summary in `SUMMARY_MS`.
   */
  readonly continues?: string;
}

/** A view that goes on unchanged is written down again after this time. */
export const SUMMARY_MS = 600_000;

/**
 * Decides a request now, keeps what the decision saw, and writes it to the audit log, all in one transaction.
 *
 * Nothing may be released before this returns `allow`; the answer holds for this one use. A view that goes on is decided anew each
 * time too, and then `decisionId` may be an earlier decision of that view that says the same.
 */
export async function authorize(
  { db }: { db: Db },
  request: AccessRequest,
  nowMs: number,
): Promise<{ readonly allow: boolean; readonly decisionId: string; readonly reasons: readonly ReasonView[] }> {
  return transaction(db, async (tx) => {
    const posture = await gatherPosture(tx, request.personId, request.deviceId);
    const { rules } = await currentRules(tx);
    const decision = decide(posture, rules, nowMs);
    const rulesText = canonicalJson(asJson(rules));
    const { personId, deviceId, action, attributes, continues } = request;
    const { allow, state, reasons } = decision;
    const last = continues === undefined ? undefined : await findLastOfView(tx, continues);
    if (last !== undefined && saysTheSame(last, request, decision, documentSha256(rulesText), nowMs))
      return { allow, decisionId: last.id, reasons };
    const decisionId = randomUUID();
    const postureSha256 = await keepDocument(tx, canonicalJson(asJson(posture)));
    const rulesSha256 = await keepDocument(tx, rulesText);
    await insertDecision(tx, {
      id: decisionId,
      atMs: nowMs,
      personId,
      deviceId,
      action,
      attributes,
      allow,
      state,
      reasons,
      postureSha256,
      rulesSha256,
      continues: continues ?? null,
    });
    const codes = reasons.map((item) => item.code);
    await append(tx, {
      actor: request.actor ?? { kind: 'system' },
      action: !allow ? 'access.refused' : continues === undefined ? 'access.allowed' : 'access.continued',
      object: { type: 'decision', id: decisionId },
      detail: {
        personId,
        deviceId,
        action,
        postureSha256,
        rulesSha256,
        reasons: codes,
        ...(continues === undefined ? {} : { continues }),
      },
    });
    return { allow, decisionId, reasons };
  });
}

/** Whether the last kept decision of a view already says what was decided now, and not too long ago. */
function saysTheSame(
  last: StoredDecision,
  { personId, deviceId, action }: AccessRequest,
  now: Decision,
  rulesSha256: string,
  nowMs: number,
): boolean {
  return (
    last.personId === personId &&
    last.deviceId === deviceId &&
    last.action === action &&
    last.rulesSha256 === rulesSha256 &&
    nowMs - last.atMs < SUMMARY_MS &&
    sameAnswer(last, now)
  );
}

function sameAnswer(left: Decision, right: Decision): boolean {
  return (
    left.allow === right.allow &&
    left.state === right.state &&
    canonicalJson(asJson(left.reasons)) === canonicalJson(asJson(right.reasons))
  );
}

/** The rules that hold now; version 0 is the default that nobody has changed. */
export async function currentRules(db: Db): Promise<{ version: number; rules: Rules }> {
  return (await findRules(db)) ?? { version: 0, rules: DEFAULT_RULES };
}

/** A kept decision with the posture it saw; error `access-decision-unknown`. */
export async function readDecision(
  db: Db,
  id: string,
): Promise<{ decision: StoredDecision; posture: Posture; rules: Rules }> {
  const decision = await findDecision(db, id);
  const posture = decision && (await findDocument(db, decision.postureSha256));
  const rules = decision && (await findDocument(db, decision.rulesSha256));
  if (decision === undefined || posture === undefined || rules === undefined) {
    throw new AccessError('access-decision-unknown', 404, 'Choose another decision: this one does not exist');
  }
  // Both documents were written by authorize() alone, and their hashes stand in the audit log.
  return { decision, posture: JSON.parse(posture) as Posture, rules: JSON.parse(rules) as Rules };
}

/** Decides again from what was kept; `same` proves that the kept answer follows from the kept facts, however it is worded by now. */
export async function replay(db: Db, id: string): Promise<Decision & { readonly same: boolean }> {
  const { decision, posture, rules } = await readDecision(db, id);
  const again = decide(posture, rules, decision.atMs);
  return { ...again, same: sameAnswer(withoutWording(again), withoutWording(decision)) };
}

/** Sentences are mended from one version of Pavise to the next; what was decided does not change with them. */
function withoutWording({ allow, state, reasons }: Decision): Decision {
  const remedy = { title: '', steps: [] };
  return { allow, state, reasons: reasons.map((item) => ({ ...item, text: '', remedy })) };
}

/** Interfaces of plain data are JSON, which TypeScript does not see of interfaces; the round trip also drops NaN and undefined. */
function asJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
