import { createHash } from 'node:crypto';
import { type Actor, append, roleOf } from '../audit/index.ts';
import type { ReportFinding, Tool } from '../detection/api.ts';
import type { Db } from '../storage/index.ts';
import type { FindingReport } from './api.ts';
import { attachFinding } from './cases.ts';
import { isMember } from './may-report.ts';
import { mergeFinding } from './merge-finding.ts';
import { tellAgain } from './tell-again.ts';

/** Where a finding comes from, for the audit log: a check, or a set of indicators looked up afterwards. */
export type FindingOrigin = { readonly checkId: string; readonly tool: Tool | undefined } | { readonly setId: string };

/** Keeps a finding in the caller's transaction, with its audit entries, and in a case unless it is a mere weakness; `opened` where it is new or open again. */
export async function keepFinding(
  tx: Db,
  actor: Actor,
  { deviceId, finding, origin, now }: { deviceId: string; finding: ReportFinding; origin: FindingOrigin; now: Date },
): Promise<{ readonly id: string; readonly opened: boolean }> {
  // What was looked up here has an id that no report can take.
  const reportId = 'checkId' in origin ? contentId(finding) : finding.id;
  const found = { finding, reportId, reported: reportOf(actor, origin) };
  const kept = await mergeFinding(tx, deviceId, found, 'checkId' in origin && isMember(actor), now);
  if (kept.reopened) {
    const source = 'checkId' in origin ? { checkId: origin.checkId } : origin;
    const detail = { deviceId, ...source, verdict: finding.verdict, level: finding.level };
    await append(tx, { actor, action: 'finding.reopened', object: { type: 'finding', id: kept.id }, detail });
  }
  // What was a mere weakness has no case yet, and nobody signs off what has grown since it was read.
  const isNew = kept.fresh || kept.worse || kept.reopened;
  if (isNew && finding.verdict !== 'weakness') await attachFinding(tx, actor, { deviceId, findingId: kept.id, now });
  if (!isNew && kept.before !== undefined) await tellAgain(tx, actor, { deviceId, before: kept.before, now });
  return { id: kept.id, opened: kept.fresh || kept.reopened };
}

function reportOf(actor: Actor, origin: FindingOrigin): FindingReport {
  if (!('checkId' in origin)) return { by: 'look-up', personId: null, role: null, checkId: null };
  const { checkId, tool } = origin;
  const check = { checkId, ...(tool === undefined ? {} : { tool }) };
  if (actor.kind === 'person') return { by: 'person', personId: actor.personId, role: actor.role, ...check };
  return { by: 'token', personId: null, role: roleOf(actor) ?? null, ...check };
}

/**
 * The id that a report gives, bound to what it says was found and where. By a bare id somebody could have a harmless text cleared, and the
 * trace of the same id that comes later would be taken for cleared as well.
 */
function contentId({ id, artefact, path, locator, value, indicator }: ReportFinding): string {
  const parts = [id, artefact, path, locator, value, indicator?.type ?? null, indicator?.value ?? null];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
