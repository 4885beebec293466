import type { SettingValue } from './api.ts';
import { CONTROLS } from './catalogue.data.ts';
import type { Control, SettingsMap } from './control.ts';
import { compareVersions } from './version.ts';

export interface PolicySource {
  readonly policyId: string;
  readonly name: string;
  readonly version: number;
}

/** One policy that applies, at one version. */
export interface AppliedPolicy extends PolicySource {
  readonly settings: SettingsMap;
}

export interface EffectiveSetting {
  readonly value: SettingValue;
  /** The policies that ask for exactly this value. */
  readonly from: readonly PolicySource[];
}

export interface EffectivePolicy {
  readonly settings: Readonly<Record<string, EffectiveSetting>>;
}

/**
 * Merges policies so that the strictest value of each control wins.
 *
 * Pure; the order of the policies does not matter, and one more policy never loosens a control. Apple's own merge would let the
 * weaker value of some keys win, which is why a device only ever gets the one merged document.
 */
export function mergePolicies(policies: readonly AppliedPolicy[]): EffectivePolicy {
  const ordered = [...policies].sort((a, b) =>
    a.policyId < b.policyId ? -1 : a.policyId > b.policyId ? 1 : a.version - b.version,
  );
  const settings: Record<string, EffectiveSetting> = {};
  for (const control of CONTROLS) {
    const merged = mergeControl(control, ordered);
    if (merged !== null) settings[control.id] = merged;
  }
  return { settings };
}

function mergeControl(control: Control, policies: readonly AppliedPolicy[]): EffectiveSetting | null {
  let best: SettingValue | undefined;
  for (const policy of policies) {
    const value = policy.settings[control.id];
    if (value === undefined || value === false) continue;
    if (best === undefined || stricter(control, value, best)) best = value;
  }
  if (best === undefined) return null;
  const from = policies
    .filter((policy) => policy.settings[control.id] === best)
    .map(({ policyId, name, version }) => ({ policyId, name, version }));
  return { value: best, from };
}

function stricter(control: Control, candidate: SettingValue, current: SettingValue): boolean {
  if (typeof candidate === 'number' && typeof current === 'number') {
    return control.safer === 'min' ? candidate < current : candidate > current;
  }
  if (typeof candidate === 'string' && typeof current === 'string') {
    if (control.kind === 'date') return candidate > current;
    const order = compareVersions(candidate, current) ?? 0;
    // Equal versions in different spellings ("18.6", "18.6.0") need one winner, whatever the order of the policies.
    return order > 0 || (order === 0 && candidate < current);
  }
  return false;
}
