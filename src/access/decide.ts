import { patchAtLeast, versionAtLeast } from '../policies/api.ts';
import type { AccessState, ReasonView, Rules } from './api.ts';
import { type DevicePosture, isFresh, type Posture, readFact } from './facts.ts';
import { PASSCODE_JUDGES } from './judge-passcode.ts';
import { type DeviceJudge, detailed, inGrace, unknownFact } from './reasons.ts';
import { reason } from './remedies.ts';

export interface Decision {
  readonly allow: boolean;
  readonly state: AccessState;
  /** Worst first; those of severity `grace` and `notice` do not refuse. */
  readonly reasons: readonly ReasonView[];
}

/**
 * Decides whether a person on a device may do an action now.
 *
 * Pure: same arguments, same answer. Facts older than `rules.maxFactAgeMs` count as unknown, and unknown refuses. Total: a posture with
 * nothing in it is refused, never an exception. Removing or ageing a fact never turns a refusal into an allowance.
 * @param nowMs milliseconds since 1970, passed in so that decisions can be replayed from the audit log
 * @returns every reason that refuses, worst first, not only the first found
 */
export function decide(posture: Posture, rules: Rules, nowMs: number): Decision {
  const found = JUDGES.flatMap((judge) => judge(posture, rules, nowMs));
  const reasons = found.map((item) => withSince(item, posture)).sort(worstFirst);
  return { allow: !reasons.some(refuses), state: stateOf(reasons), reasons };
}

/** One question of the decision: every reason that its answer gives. */
type Judge = (posture: Posture, rules: Rules, nowMs: number) => readonly ReasonView[];

/** The questions of the decision; decide() joins what they say and adds nothing, so that each can be proven by itself (docs/guards.md). */
export const JUDGES: readonly Judge[] = [
  judgePerson,
  judgeLink,
  ofEnrolled(judgeSilence),
  ofEnrolled(judgePolicy),
  ofEnrolled(judgeSystem),
  ...PASSCODE_JUDGES.map(ofEnrolled),
  ofEnrolled(judgeIntegrity),
  judgeThreats,
  judgeLessons,
  judgeAgreements,
];

/** What only a phone in service can answer; of every other judgeLink() says that it is none. */
function ofEnrolled(judge: DeviceJudge): Judge {
  return (posture, rules, nowMs) =>
    posture.device?.state === 'enrolled' ? judge(posture.device, posture, rules, nowMs) : [];
}

function judgePerson({ person }: Posture): readonly ReasonView[] {
  if (person === null) return [reason('person.unknown', 'unknown')];
  if (person.state === 'active') return [];
  return [reason(person.state === 'invited' ? 'person.invited' : 'person.suspended', 'block')];
}

function judgeLink({ device, person }: Posture): readonly ReasonView[] {
  if (device === null) return [reason('device.unknown', 'unknown')];
  if (device.state === 'pending') return [reason('device.pending', 'unknown')];
  if (device.state !== 'enrolled') return [reason('device.left', 'block')];
  return device.personId !== null && device.personId === person?.id ? [] : [reason('device.foreign', 'block')];
}

function judgeSilence({ lastSeenAtMs }: DevicePosture, _: Posture, rules: Rules, nowMs: number): readonly ReasonView[] {
  const heard = lastSeenAtMs !== null && isFresh(lastSeenAtMs, rules.maxSilenceMs, nowMs);
  return heard ? [] : [reason('device.silent', 'unknown')];
}

/** Where nothing is asked nothing can be in order: a policy that was taken away by mistake must not open every file. */
function judgePolicy(_: DevicePosture, { policy }: Posture): readonly ReasonView[] {
  const asks = Object.values(policy).some((value) => value !== false);
  return asks ? [] : [reason('policy.none', 'unknown')];
}

function judgeSystem(device: DevicePosture, posture: Posture, rules: Rules, nowMs: number): readonly ReasonView[] {
  const { policy } = posture;
  const android = device.platform === 'android';
  const version = android ? policy['os.minPatchLevel'] : policy['os.minVersion'];
  if (typeof version !== 'string') return [];
  const name = android ? 'os.patchLevel' : 'os.version';
  const have = readFact(device, name, rules, nowMs);
  const said = have.kind === 'known' && typeof have.value === 'string' ? have.value : null;
  const enough = said === null ? null : (android ? patchAtLeast : versionAtLeast)(said, version);
  if (said === null || enough === null) return [unknownFact(name, have)];
  const old = (): ReasonView => inGrace('os.too-old', rules.graceMs.osVersion, posture, nowMs);
  return enough ? [] : [detailed(old(), name, osText(android, said, version))];
}

/** A reported jailbreak always refuses. Silence refuses on Android alone: an iPhone has no report of it, and its absence proves nothing. */
function judgeIntegrity(device: DevicePosture, posture: Posture, rules: Rules, nowMs: number): readonly ReasonView[] {
  const raw = Object.hasOwn(device.facts, 'integrity.rooted') ? device.facts['integrity.rooted'] : undefined;
  const known = readFact(device, 'integrity.rooted', rules, nowMs);
  // A report of a broken system holds until a fresh "not broken" clears it: ageing or falling silent is no way out.
  const brokenBefore = Object.hasOwn(posture.firstFailedAtMs, 'integrity.rooted') && known.kind === 'unknown';
  if (brokenBefore || (raw !== undefined && raw.value !== false && raw.value !== null))
    return [reason('integrity.rooted', 'block')];
  const reportable = device.platform === 'android' && posture.policy['dev.rootDetect'] === true;
  return reportable && known.kind === 'unknown' ? [unknownFact('integrity.rooted', known)] : [];
}

function judgeThreats({ threats, device }: Posture, rules: Rules, nowMs: number): readonly ReasonView[] {
  if (device === null) return []; // without a device there is nothing to have been examined, and the device reason refuses
  if (threats === null) return [reason('threat.unreadable', 'unknown')];
  const traces = threats.openTraces.map((trace) =>
    detailed(
      reason(trace.ofFormerPhone === true ? 'threat.former-phone' : 'threat.trace', 'block'),
      `threat.${trace.findingId}`,
      undefined,
      trace.foundAtMs,
    ),
  );
  const { maxCheckAgeMs } = rules;
  if (maxCheckAgeMs === null) return traces;
  const checked = threats.lastCheckAtMs !== null && isFresh(threats.lastCheckAtMs, maxCheckAgeMs, nowMs);
  return checked ? traces : [...traces, reason('threat.unchecked', 'unknown')];
}

function judgeLessons({ training }: Posture, rules: Rules, nowMs: number): readonly ReasonView[] {
  if (!rules.requireTraining) return [];
  if (training === null) return [reason('training.unreadable', 'unknown')];
  const open = training.lessons.filter((lesson) => lesson.completedAtMs === null);
  return open.map(({ id, dueAtMs }): ReasonView => {
    const due = isAhead(dueAtMs, nowMs);
    const item = due ? { ...reason('training.due', 'notice'), untilMs: dueAtMs } : reason('training.overdue', 'block');
    return detailed(item, `training.${id}`, undefined, due ? undefined : dueAtMs);
  });
}

function judgeAgreements({ training }: Posture, rules: Rules, nowMs: number): readonly ReasonView[] {
  if (!rules.requireAgreement) return [];
  // Asked for lessons as well, judgeLessons() says so already.
  if (training === null) return rules.requireTraining ? [] : [reason('training.unreadable', 'unknown')];
  const open = training.agreements.filter((text) => text.signedAtMs === null);
  return open.map(({ id, version, dueAtMs }): ReasonView => {
    const item =
      typeof dueAtMs === 'number' && isAhead(dueAtMs, nowMs)
        ? { ...reason('agreement.due', 'notice'), untilMs: dueAtMs }
        : reason('agreement.unsigned', 'block');
    return detailed(item, `agreement.${id}@${version}`);
  });
}

/** Whether a due date is still to come; what is no date at all is over. */
function isAhead(dueAtMs: number, nowMs: number): boolean {
  return Number.isFinite(dueAtMs) && dueAtMs > nowMs;
}

function osText(android: boolean, have: string, want: string): string {
  return android ? `Security patch level ${have}, needs ${want}` : `iOS ${have}, needs ${want}`;
}

function withSince(item: ReasonView, posture: Posture): ReasonView {
  const sinceMs = item.sinceMs ?? posture.firstFailedAtMs[item.code];
  return sinceMs === undefined ? item : { ...item, sinceMs };
}

const SEVERITY: Record<ReasonView['severity'], number> = { block: 0, unknown: 1, grace: 2, notice: 3 };
const FIRST_CODES = ['threat.trace', 'threat.former-phone', 'person.suspended', 'person.invited', 'integrity.rooted'];

function worstFirst(a: ReasonView, b: ReasonView): number {
  return (
    SEVERITY[a.severity] - SEVERITY[b.severity] ||
    weight(a.code) - weight(b.code) ||
    compareText(a.code, b.code) ||
    compareText(a.factName, b.factName)
  );
}

function weight(code: string): number {
  const place = FIRST_CODES.indexOf(code);
  return place === -1 ? FIRST_CODES.length : place;
}

function compareText(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}

function refuses(item: ReasonView): boolean {
  return item.severity === 'block' || item.severity === 'unknown';
}

function stateOf(reasons: readonly ReasonView[]): AccessState {
  if (reasons.some((item) => item.severity === 'block')) return 'blocked';
  if (reasons.some((item) => item.severity === 'unknown')) return 'unknown';
  return reasons.some((item) => item.severity === 'grace') ? 'grace' : 'fine';
}
