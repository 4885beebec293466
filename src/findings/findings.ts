import { type Actor, append } from '../audit/index.ts';
import type { CheckReport, CheckVerdict } from '../detection/api.ts';
import { isNote } from '../detection/index.ts';
import { devicesOfSamePhone, readDevice } from '../devices/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import type { BindingTrace, CheckReply, FindingItem } from './api.ts';
import { bindingTraces } from './binding.ts';
import { attachFinding, holdCase, ownersOf } from './cases.ts';
import { mayClearAlone } from './clearing.ts';
import { compareWithEarlier } from './comparison.ts';
import { withinEvidence } from './evidence-rules.ts';
import { FindingsError, unknownDevice } from './findings-error.ts';
import { keepFinding } from './keep-finding.ts';
import { mayReport } from './may-report.ts';
import { findOtherPhone, type OtherPhone } from './same-phone.ts';
import { mustBeStorable } from './storable.ts';
import { findFindings, setCleared, setOpenAgain } from './store.ts';
import { findChecks, findLastCountedCheck, insertCheck } from './store-checks.ts';
import { tellChange } from './tell-change.ts';
import { forgetOldChecks, keptOfReport, mayOpenFindings, mayReportMore } from './upload-limits.ts';

/** What the decision asks of this room. */
export interface ThreatFacts {
  readonly openTraces: readonly BindingTrace[];
  readonly lastCheckAtMs: number | null;
  readonly lastVerdict: CheckVerdict | null;
}

/**
 * Keeps a report and its findings for a device, compared with the phone's earlier checks, and opens or fills its case.
 *
 * A member reports for own devices only: that can refuse the member, and never counts as a check that the rules ask for.
 * @param nowMs milliseconds since 1970
 * @throws FindingsError `device-unknown` (404), `report-other-device` (409) where the phone is another one and no investigator sends `force`;
 *   of a member's `report-large`, `findings-full` (413), `report-often` (429); what `mustBeStorable` throws
 */
export async function saveCheck(
  db: Db,
  actor: Actor,
  deviceId: string,
  report: CheckReport,
  nowMs: number,
  { force = false }: { readonly force?: boolean } = {},
): Promise<CheckReply> {
  const device = await mayReport(db, actor, deviceId);
  mustBeStorable(report);
  const other = await findOtherPhone(db, deviceId, report);
  if (other !== undefined) mayKeepOther(actor, other, force);
  const reported = report.findings.map(withinEvidence);
  return await transaction(db, async (tx) => {
    const now = new Date(nowMs);
    await mayReportMore(tx, actor, device, report, now);
    const all = [...reported, ...(await compareWithEarlier(tx, deviceId, report, now))];
    const verdict = verdictOf({ ...report, findings: all });
    const findings = await keptOfReport(tx, actor, deviceId, all);
    const leftOut = all.length - findings.length;
    const id = await insertCheck(tx, deviceId, { ...report, findings: [...findings], verdict }, actor, now, leftOut);
    await holdCase(tx, deviceId);
    const findingIds: string[] = [];
    let opened = 0;
    for (const finding of findings) {
      const kept = await keepFinding(tx, actor, { deviceId, finding, origin: { checkId: id, tool: report.tool }, now });
      findingIds.push(kept.id);
      if (kept.opened) opened++;
    }
    await mayOpenFindings(tx, actor, deviceId, opened);
    await forgetOldChecks(tx, actor, deviceId);
    const detail = {
      deviceId,
      personId: device.personId,
      verdict,
      findings: findings.length,
      opened,
      ...(leftOut === 0 ? {} : { leftOut }),
      ...(other === undefined ? {} : { forced: other.what }),
    };
    await append(tx, { actor, action: 'check.reported', object: { type: 'check', id }, detail });
    for (const [i, finding] of findings.entries()) {
      if (finding.verdict !== 'trace') continue;
      const object = { type: 'finding', id: findingIds[i] ?? null };
      await append(tx, {
        actor,
        action: 'finding.trace',
        object,
        detail: { deviceId, checkId: id, level: finding.level },
      });
    }
    await tellChange(tx, deviceId, device.personId, findingIds[0] ?? null);
    return { id, findingIds, leftOut };
  });
}

/**
 * Clears a finding with a reason; of a trace, `hash` says what was read.
 *
 * Only a person does, and never an owner of the phone; a trace only where the organisation lets one person (`clearing.ts`).
 * @param nowMs milliseconds since 1970
 * @throws FindingsError `finding-person`, `finding-own-device` (403), `finding-reason` (400), `finding-unknown`, `device-unknown` (404),
 *   `finding-not-open`, `finding-changed`, `finding-two-people` (409)
 */
export async function clearFinding(
  db: Db,
  actor: Actor,
  findingId: string,
  { reason, hash }: { readonly reason: string; readonly hash?: string | undefined },
  nowMs: number,
): Promise<FindingItem> {
  mustAnswer(actor, reason);
  const finding = await readFinding(db, findingId);
  const device = await readDevice(db, finding.deviceId);
  if (device === undefined) throw unknownDevice();
  if ((await ownersOf(db, await devicesOfSamePhone(db, device.id))).includes(actor.personId)) {
    throw new FindingsError(
      'finding-own-device',
      403,
      'Ask another investigator: nobody clears findings of their own phone',
    );
  }
  return await transaction(db, async (tx) => {
    if (!(await setCleared(tx, findingId, actor.personId, reason.trim(), new Date(nowMs)))) {
      throw new FindingsError('finding-not-open', 409, 'Reload the finding: it was cleared already');
    }
    // As it is held now: a report may have made a trace of it since it was read.
    const cleared = await readFinding(tx, findingId);
    await mayClearAlone(tx, cleared);
    if (cleared.verdict === 'trace' && cleared.hash !== hash) throw changedFinding();
    const { verdict } = cleared;
    const about = { deviceId: device.id, personId: device.personId, verdict };
    const detail = { ...about, hash: cleared.hash, alone: true, reason: reason.trim() };
    await append(tx, { actor, action: 'finding.cleared', object: { type: 'finding', id: findingId }, detail });
    await tellChange(tx, device.id, device.personId, findingId);
    return cleared;
  });
}

/**
 * Opens a cleared finding again, where what it was cleared for turned out not to hold: a trace refuses from then on, in a case of its own.
 *
 * Only a person does. Throws FindingsError `finding-unknown`, `finding-person`, `finding-reason`, `finding-open` (409).
 */
export async function reopenFinding(
  db: Db,
  actor: Actor,
  findingId: string,
  reason: string,
  nowMs: number,
): Promise<FindingItem> {
  mustAnswer(actor, reason);
  const { deviceId, verdict } = await readFinding(db, findingId);
  const device = await readDevice(db, deviceId);
  if (device === undefined) throw unknownDevice();
  return await transaction(db, async (tx) => {
    const now = new Date(nowMs);
    await holdCase(tx, deviceId);
    if (!(await setOpenAgain(tx, findingId)))
      throw new FindingsError('finding-open', 409, 'Reload the finding: it is open already');
    const detail = { deviceId, personId: device.personId, verdict, reason: reason.trim() };
    await append(tx, { actor, action: 'finding.reopened', object: { type: 'finding', id: findingId }, detail });
    if (verdict !== 'weakness') await attachFinding(tx, actor, { deviceId, findingId, now });
    await tellChange(tx, deviceId, device.personId, findingId);
    return await readFinding(tx, findingId);
  });
}

/** Throws FindingsError `finding-person`, `finding-reason`, and what no database stores. */
function mustAnswer(actor: Actor, reason: string): asserts actor is Extract<Actor, { kind: 'person' }> {
  if (actor.kind !== 'person')
    throw new FindingsError('finding-person', 403, 'Sign in as a person: a token cannot answer for what a finding is');
  if (reason.trim().length < 10)
    throw new FindingsError('finding-reason', 400, 'Say why in at least 10 characters: the reason is too short');
  mustBeStorable(reason);
}

/** Reads one finding; throws FindingsError `finding-unknown`. */
export async function readFinding(db: Db, id: string): Promise<FindingItem> {
  const [finding] = await findFindings(db, { id }, 1);
  if (finding === undefined) throw new FindingsError('finding-unknown', 404, 'Cannot find finding: none has this id');
  return finding;
}

/** Reads what the decision needs: the open traces that bind this phone, and when it was last checked under any of its enrolments. */
export async function readThreatFacts(db: Db, deviceId: string): Promise<ThreatFacts> {
  const deviceIds = await devicesOfSamePhone(db, deviceId);
  if (deviceIds.length === 0) return { openTraces: [], lastCheckAtMs: null, lastVerdict: null };
  const checks = await findChecks(db, [deviceId]);
  return {
    openTraces: await bindingTraces(db, deviceId),
    lastCheckAtMs: await findLastCountedCheck(db, deviceIds),
    lastVerdict: checks[0]?.verdict ?? null,
  };
}

function changedFinding(): FindingsError {
  return new FindingsError(
    'finding-changed',
    409,
    'Read the finding again and send its hash: it is a trace, and not what was read',
  );
}

/** A report of another phone is kept only when an investigator says that it belongs here: the facts may be old, or a part exchanged. */
function mayKeepOther(actor: Actor, { reported, known }: OtherPhone, force: boolean): void {
  const role = actor.kind === 'person' || actor.kind === 'token' ? actor.role : 'member';
  const investigates = role === 'investigator' || role === 'owner';
  if (force && investigates) return;
  throw new FindingsError(
    'report-other-device',
    409,
    `Choose the device that was examined: the report is of ${reported}, this device is ${known}. ${
      investigates
        ? 'Where the facts are wrong, send it again with ?force=true'
        : 'An investigator may send it all the same'
    }`,
  );
}

/** The verdict follows from findings and artefacts, whatever the report claims for itself. */
function verdictOf({ findings, more = [], examined, verdict }: CheckReport): CheckVerdict {
  // What is only counted counts too, though never as a trace: how it came to the phone is not told.
  const counted = more
    .filter((row) => !row.allowed && !isNote(row))
    .map((row) => (row.verdict === 'trace' ? 'unusual' : row.verdict));
  const told = new Set([...findings.filter((finding) => !isNote(finding)).map(({ verdict: own }) => own), ...counted]);
  if (told.has('trace')) return 'trace-found';
  if (told.has('unusual')) return 'unusual';
  const nothing = verdict === 'nothing-found' || verdict === 'weakness';
  if (!nothing || examined.length === 0 || examined.some(({ status }) => status === 'unreadable')) return 'incomplete';
  return told.size > 0 ? 'weakness' : 'nothing-found';
}
