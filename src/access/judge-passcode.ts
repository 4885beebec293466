import { asksBeyondFixedRule, asksForPasscode, asksForPasscodeQuality } from '../policies/api.ts';
import type { ReasonView, Rules } from './api.ts';
import { type DevicePosture, type Fact, type Known, type Posture, readFact } from './facts.ts';
import { detailed, inGrace, mustBe, type ReadFact } from './reasons.ts';
import { reason } from './remedies.ts';

/** What the passcode and the encryption that hangs on it say against a device. Pure. */
export function judgePasscode(
  device: DevicePosture,
  posture: Posture,
  rules: Rules,
  nowMs: number,
): readonly ReasonView[] {
  const { policy } = posture;
  const fact: ReadFact = (name) => readFact(device, name, rules, nowMs);
  const grace = (code: string, graceMs: number): ReasonView => inGrace(code, graceMs, posture, nowMs);
  const missing = () => grace('passcode.missing', rules.graceMs.passcode);
  const weak = () => grace('passcode.weak', rules.graceMs.passcode);
  const off = () => grace('encryption.off', rules.graceMs.encryption);
  const encrypted = policy['encryption.device'] === true;
  if (device.userEnrollment === true) {
    const asked = asksForPasscode(policy) || encrypted;
    return [
      ...(asked ? fixedRule(device, policy, fact, missing, weak) : []),
      ...(encrypted ? mustBe(true, 'encryption.hardware', fact, off) : []),
    ];
  }
  return [
    ...(asksForPasscode(policy) ? mustBe(true, 'passcode.present', fact, missing) : []),
    ...(asksForPasscodeQuality(policy) ? mustBe(true, 'passcode.compliant', fact, weak) : []),
    ...(encrypted ? mustBe(true, 'encryption.enabled', fact, off) : []),
  ];
}

/**
 * Under User Enrollment iOS never says whether a passcode is set (docs/decisions/0007-user-enrollment.md).
 *
 * That the passcode fulfils every requirement proves a passcode only while a requirement is installed. So the phone has acknowledged
 * the profile, lists its passcode payload now, and has said since then that its passcode is compliant.
 */
function fixedRule(
  device: DevicePosture,
  policy: Posture['policy'],
  fact: ReadFact,
  missing: () => ReasonView,
  weak: () => ReasonView,
): readonly ReasonView[] {
  // Such a phone has no business to say so; if one does, no age and no other fact outweighs it.
  if (factOf(device, 'passcode.present')?.value === false) return [missing()];
  return [
    ...(asksBeyondFixedRule(policy) ? [detailed(reason('passcode.unprovable', 'unknown'), 'passcode.rule')] : []),
    ...mustBe(true, 'passcode.rule', (name) => ruleInstalled(device, fact, name), noRule),
    ...mustBe(true, 'passcode.compliant', () => complianceSinceProfile(device, fact), weak),
  ];
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
  return known.kind === 'known' && saidAtMs < installedAtMs ? { kind: 'unknown', why: 'stale' } : known;
}

function factOf(device: DevicePosture, name: string): Fact | undefined {
  return Object.hasOwn(device.facts, name) ? device.facts[name] : undefined;
}
