import { patchAtLeast, type SettingValue, standingToFixedRule, versionAtLeast } from '../policies/api.ts';
import type { Control } from '../policies/index.ts';
import type { Rules } from './api.ts';
import { type DevicePosture, type Known, type Posture, readFact } from './facts.ts';
import { complianceSinceProfile, ruleInstalled, saysNoPasscode } from './judge-passcode.ts';
import type { ReadFact } from './reasons.ts';

/**
 * Says whether one control of a device's policy is met: yes, no, or null for "nobody knows".
 *
 * Pure, and no decision: `decide` alone refuses. Old and missing facts are not known. A passcode that breaks the rules as a whole says
 * of none of several rules that it is the one. What a profile makes so is met while the phone carries that very profile.
 * @param demanded the wanted value, whether the device's platform makes it so (`coverageOf`), and the UUID of the profile that an Apple
 *   device should carry, null when it should carry none
 */
export function metOf(
  control: Control,
  demanded: { readonly value: SettingValue; readonly enforced: boolean; readonly profileUuid: string | null },
  posture: Posture,
  rules: Rules,
  nowMs: number,
): boolean | null {
  const { device, policy } = posture;
  if (device === null || device.state !== 'enrolled') return null;
  const fact: ReadFact = (name) => readFact(device, name, rules, nowMs);
  switch (control.id) {
    case 'os.minVersion':
      return compared(fact('os.version'), demanded.value, versionAtLeast);
    case 'os.minPatchLevel':
      return compared(fact('os.patchLevel'), demanded.value, patchAtLeast);
    case 'dev.rootDetect':
      return not(known(fact('integrity.rooted')));
    case 'encryption.device':
      return device.userEnrollment === true
        ? both(known(fact('encryption.hardware')), passcodeSet(device, fact))
        : known(fact('encryption.enabled'));
    case 'passcode.required':
      return passcodeSet(device, fact);
    case 'passcode.minLength':
    case 'passcode.noSimple':
    case 'passcode.alphanumeric':
      return passcodeIsGood(control.id, demanded, policy, device, fact);
    default:
      return demanded.enforced ? madeSo(control, demanded.profileUuid, device, fact) : null;
  }
}

/** Under User Enrollment compliance with an installed rule proves a passcode; without compliance nobody knows what is missing. */
function passcodeSet(device: DevicePosture, fact: ReadFact): boolean | null {
  if (device.userEnrollment !== true) return known(fact('passcode.present'));
  if (saysNoPasscode(device)) return false;
  const proven = both(known(ruleInstalled(device, fact)), known(complianceSinceProfile(device, fact)));
  return proven === true ? true : null;
}

function passcodeIsGood(
  id: string,
  { value, profileUuid }: { readonly value: SettingValue; readonly profileUuid: string | null },
  policy: Posture['policy'],
  device: DevicePosture,
  fact: ReadFact,
): boolean | null {
  const set = passcodeSet(device, fact);
  if (set !== true) return set; // no passcode is a short and a simple one
  if (device.userEnrollment === true) return standingToFixedRule(id, value) === 'within' ? true : null;
  const compliant = known(complianceSinceProfile(device, fact));
  if (compliant === false) return qualitiesAsked(policy) === 1 ? false : null;
  // Compliance speaks of the rules that the phone carries, which may not be today's.
  return compliant === true && carriesPolicy(profileUuid, device, fact) ? true : null;
}

function qualitiesAsked(policy: Posture['policy']): number {
  return ['passcode.minLength', 'passcode.noSimple', 'passcode.alphanumeric'].filter((id) => {
    const value = policy[id];
    return value !== undefined && value !== false;
  }).length;
}

/** What the platform makes so is met while the device carries the policy of now, and Android does not report otherwise. */
function madeSo(control: Control, profileUuid: string | null, device: DevicePosture, fact: ReadFact): boolean | null {
  if (device.platform === 'android') {
    const unmet = fact('policy.unmet');
    if (unmet.kind === 'unknown' || !Array.isArray(unmet.value)) return null;
    if (control.android !== null && unmet.value.includes(control.android)) return false;
  }
  return carriesPolicy(profileUuid, device, fact) ? true : null;
}

/** Whether the device is known to carry the policy of now: Android says so itself, an iPhone lists its profile. */
function carriesPolicy(profileUuid: string | null, device: DevicePosture, fact: ReadFact): boolean {
  if (device.platform === 'android') return known(fact('profile.installed')) === true;
  const listed = fact('profile.listed');
  return profileUuid !== null && listed.kind === 'known' && listed.value === profileUuid;
}

function compared(
  have: Known,
  wanted: SettingValue,
  atLeast: (have: string, want: string) => boolean | null,
): boolean | null {
  return have.kind === 'known' && typeof have.value === 'string' && typeof wanted === 'string'
    ? atLeast(have.value, wanted)
    : null;
}

function known(fact: Known): boolean | null {
  return fact.kind === 'known' && typeof fact.value === 'boolean' ? fact.value : null;
}

function both(a: boolean | null, b: boolean | null): boolean | null {
  if (a === false || b === false) return false;
  return a === null || b === null ? null : true;
}

function not(value: boolean | null): boolean | null {
  return value === null ? null : !value;
}
