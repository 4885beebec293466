import { asksBeyondFixedRule, asksForPasscode, asksForPasscodeQuality } from '../policies/api.ts';
import type { ReasonView, Rules } from './api.ts';
import { type DevicePosture, type Fact, type Known, type Posture, readFact } from './facts.ts';
import { type DeviceJudge, detailed, inGrace, mustBe, type ReadFact } from './reasons.ts';
import { reason } from './remedies.ts';

/** What is asked about the passcode and the encryption that hangs on it: one question each, so that each can be proven by itself. Pure. */
export const PASSCODE_JUDGES: readonly DeviceJudge[] = [judgePresence, judgeQuality, judgeProvable, judgeEncryption];

function judgePresence(device: DevicePosture, posture: Posture, rules: Rules, nowMs: number): readonly ReasonView[] {
  const fact: ReadFact = (name) => readFact(device, name, rules, nowMs);
  const missing = (): ReasonView => inGrace('passcode.missing', rules.graceMs.passcode, posture, nowMs);
  if (device.userEnrollment !== true)
    return asksForPasscode(posture.policy) ? mustBe(true, 'passcode.present', fact, missing) : [];
  if (!asksOfFixedRule(posture)) return [];
  return [
    ...(saysNoPasscode(device) ? [missing()] : []),
    ...mustBe(true, 'passcode.rule', (name) => ruleInstalled(device, fact, name), noRule),
  ];
}

function judgeQuality(device: DevicePosture, posture: Posture, rules: Rules, nowMs: number): readonly ReasonView[] {
  const fact: ReadFact = (name) => readFact(device, name, rules, nowMs);
  const weak = (): ReasonView => inGrace('passcode.weak', rules.graceMs.passcode, posture, nowMs);
  if (device.userEnrollment !== true)
    return asksForPasscodeQuality(posture.policy) ? mustBe(true, 'passcode.compliant', fact, weak) : [];
  if (!asksOfFixedRule(posture)) return [];
  return mustBe(true, 'passcode.compliant', () => complianceSinceProfile(device, fact), weak);
}

function judgeProvable(device: DevicePosture, posture: Posture): readonly ReasonView[] {
  if (device.userEnrollment !== true) return [];
  return asksBeyondFixedRule(posture.policy)
    ? [detailed(reason('passcode.unprovable', 'unknown'), 'passcode.rule')]
    : [];
}

function judgeEncryption(device: DevicePosture, posture: Posture, rules: Rules, nowMs: number): readonly ReasonView[] {
  if (posture.policy['encryption.device'] !== true) return [];
  const fact: ReadFact = (name) => readFact(device, name, rules, nowMs);
  const off = (): ReasonView => inGrace('encryption.off', rules.graceMs.encryption, posture, nowMs);
  return mustBe(true, device.userEnrollment === true ? 'encryption.hardware' : 'encryption.enabled', fact, off);
}

/**
 * Under User Enrollment iOS never says whether a passcode is set (docs/decisions/0007-user-enrollment.md), and encryption hangs on one.
 *
 * That the passcode fulfils every requirement proves a passcode only while a requirement is installed. So the phone has acknowledged
 * the profile, lists its passcode payload now, and has said since then that its passcode is compliant.
 */
function asksOfFixedRule({ policy }: Posture): boolean {
  return asksForPasscode(policy) || policy['encryption.device'] === true;
}

/** A phone under User Enrollment has no business to say that there is none; if one does, no age and no other fact outweighs it. */
export function saysNoPasscode(device: DevicePosture): boolean {
  return factOf(device, 'passcode.present')?.value === false;
}

const noRule = (): ReasonView => detailed(reason('passcode.no-rule', 'unknown'), 'passcode.rule');

/** A rule that is listed counts only when the profile was acknowledged too. */
export function ruleInstalled(device: DevicePosture, fact: ReadFact, name = 'passcode.rule'): Known {
  const listed = fact(name);
  if (listed.kind === 'unknown') return listed;
  return { kind: 'known', value: listed.value === true && typeof factOf(device, 'profile.id')?.value === 'string' };
}

/** Whether the passcode fulfils what is installed; what was said before the profile was last installed is too old. */
export function complianceSinceProfile(device: DevicePosture, fact: ReadFact): Known {
  const known = fact('passcode.compliant');
  const saidAtMs = factOf(device, 'passcode.compliant')?.observedAtMs ?? 0;
  const installedAtMs = factOf(device, 'profile.id')?.observedAtMs ?? 0;
  // Compared so that a time which is none is too old as well.
  return known.kind === 'known' && !(saidAtMs >= installedAtMs) ? { kind: 'unknown', why: 'stale' } : known;
}

function factOf(device: DevicePosture, name: string): Fact | undefined {
  return Object.hasOwn(device.facts, name) ? device.facts[name] : undefined;
}
