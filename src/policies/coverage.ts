import type { CoverageLabel, SettingValue } from './api.ts';
import { type Control, type DeviceKind, type EnrolmentKind, enrolmentKindOf } from './control.ts';
import { standingToFixedRule } from './user-enrolment.ts';

export interface Coverage {
  readonly label: CoverageLabel;
  readonly why: string;
  /** What the setting is called in the profile or policy that enforces it. */
  readonly key?: string;
}

const RANK: Record<EnrolmentKind, number> = { user: 0, device: 1, supervised: 2 };

// Android fields that a personally owned work profile applies to the whole device or not at all.
const NOT_IN_PERSONAL_PROFILE: ReadonlySet<string> = new Set(['deviceConnectivityManagement']);

/**
 * Says how a control holds on a kind of device.
 *
 * Pure. `enforced` speaks of what the platform accepts; whether a device has acknowledged it is the caller's knowledge.
 * @param wanted the value asked for, where it matters: User Enrollment shows a passcode of six digits, but not of eight
 */
export function coverageOf(control: Control, device: DeviceKind, wanted?: SettingValue): Coverage {
  if (control.only !== undefined && control.only !== device.platform) {
    return { label: 'impossible', why: 'This control does not exist on this platform' };
  }
  return device.platform === 'apple' ? appleCoverage(control, device, wanted) : androidCoverage(control, device);
}

function appleCoverage(control: Control, device: DeviceKind, wanted: SettingValue | undefined): Coverage {
  const kind = enrolmentKindOf(device);
  if (kind === 'user') {
    const standing = standingToFixedRule(control.id, wanted);
    if (standing === 'within') return { label: 'checked', why: FIXED_RULE_WHY };
    if (standing === 'beyond') return fallback(control, undefined, BEYOND_RULE_WHY);
  }
  if (control.apple !== null && RANK[kind] >= RANK[control.apple.needs]) {
    return { label: 'enforced', why: 'The phone enforces it, by the profile that it gets', key: control.apple.key };
  }
  const why = control.apple === null ? 'iOS has no setting for it' : enrolmentWhy(control.apple.needs);
  return fallback(control, control.fact.apple, why);
}

function androidCoverage(control: Control, device: DeviceKind): Coverage {
  const closed =
    device.ownership === 'personal' && control.android !== null && NOT_IN_PERSONAL_PROFILE.has(control.android);
  if (control.android !== null && !closed) {
    return { label: 'enforced', why: 'The phone enforces it, by the policy that it gets', key: control.android };
  }
  const why = closed ? 'A work profile on a personal phone cannot set it' : 'Android has no setting for it';
  return fallback(control, control.fact.android, why);
}

const FIXED_RULE_WHY =
  'Under User Enrollment iOS has one rule, six digits and not simple; the phone lists it and says whether its passcode fulfils it';
const BEYOND_RULE_WHY = 'Under User Enrollment iOS has one rule, six digits and not simple';

function fallback(control: Control, fact: string | undefined, why: string): Coverage {
  if (fact !== undefined)
    return { label: 'checked', why: `${why}; the device reports it and the access decision acts on it` };
  if (control.attestable) return { label: 'attested', why: `${why} and nothing reports it; the person confirms it` };
  return { label: 'impossible', why: `${why}, and nothing reports it` };
}

function enrolmentWhy(needs: EnrolmentKind): string {
  return needs === 'supervised'
    ? 'iOS accepts it only on a supervised device'
    : 'iOS does not accept it under User Enrollment';
}
