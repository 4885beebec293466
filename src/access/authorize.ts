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
import { findDecision, findDocument, findRules, insertDecision, keepDocument, type StoredDecision } from './store.ts';

export interface AccessRequest {
  readonly personId: string;
  /** null for a browser or token that is bound to no device. */
  readonly deviceId: string | null;
  /** Dotted, e.g. `file.open`. */
  readonly action: string;
  readonly attributes: readonly string[];
  /** Who asks, for the audit log; the server itself when absent. */
  readonly actor?: Actor;
}

/**
 * Decides a request now, keeps what the decision saw, and writes it to the audit log, all in one transaction.
 *
 * Nothing may be released before this returns `allow`; the answer holds for this one use.
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
    const decisionId = randomUUID();
    const postureSha256 = await keepDocument(tx, canonicalJson(asJson(posture)));
    const rulesSha256 = await keepDocument(tx, canonicalJson(asJson(rules)));
    const { personId, deviceId, action, attributes } = request;
    const { allow, state, reasons } = decision;
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
    });
    await append(tx, {
      actor: request.actor ?? { kind: 'system' },
      action: allow ? 'access.allowed' : 'access.refused',
      object: { type: 'decision', id: decisionId },
      detail: { personId, deviceId, action, postureSha256, rulesSha256, reasons: reasons.map((item) => item.code) },
    });
    return { allow, decisionId, reasons };
  });
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

/** Decides again from what was kept; `same` proves that the kept answer follows from the kept facts. */
export async function replay(db: Db, id: string): Promise<Decision & { readonly same: boolean }> {
  const { decision, posture, rules } = await readDecision(db, id);
  const again = decide(posture, rules, decision.atMs);
  const same =
    again.allow === decision.allow &&
    again.state === decision.state &&
    canonicalJson(asJson(again.reasons)) === canonicalJson(asJson(decision.reasons));
  return { ...again, same };
}

/** Interfaces of plain data are JSON, which TypeScript does not see of interfaces; the round trip also drops NaN and undefined. */
function asJson(value: object): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}
