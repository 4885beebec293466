import { writeXmlPlist } from '../formats/plist/index.ts';
import { readPerson } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import type { SettingValue } from './api.ts';
import { type AndroidPolicy, compileAndroid } from './compile-android.ts';
import { compileApple } from './compile-apple.ts';
import type { DeviceKind, SettingsMap } from './control.ts';
import { type EffectivePolicy, mergePolicies } from './merge.ts';
import { findApplied } from './store.ts';

/** A device as far as its policy goes: the traits and the person who carries it. */
export interface PolicyDevice extends DeviceKind {
  readonly personId: string | null;
}

/** The merged policy that holds for a person; without a person, what holds for everyone. */
export async function effectivePolicy(db: Db, personId: string | null): Promise<EffectivePolicy> {
  const person = personId === null ? undefined : await readPerson(db, personId);
  return mergePolicies(await findApplied(db, person?.groups.map((group) => group.id) ?? []));
}

/** The values of a merged policy without where they come from. */
export function settingsOf(policy: EffectivePolicy): SettingsMap {
  const settings: Record<string, SettingValue> = {};
  for (const [id, setting] of Object.entries(policy.settings)) settings[id] = setting.value;
  return settings;
}

/** The unsigned .mobileconfig that an Apple device should carry, as XML bytes, and its PayloadUUID; undefined when there is nothing to set. */
export async function profileFor(
  db: Db,
  device: PolicyDevice,
  organisation: string,
): Promise<{ id: string; payload: Uint8Array } | undefined> {
  const profile = compileApple(settingsOf(await effectivePolicy(db, device.personId)), device, organisation);
  if (profile === null) return undefined;
  return { id: profile.PayloadUUID, payload: writeXmlPlist(profile) };
}

/** The Android Management API policy that an Android device should carry. */
export async function androidPolicyFor(db: Db, device: PolicyDevice): Promise<AndroidPolicy> {
  return compileAndroid(settingsOf(await effectivePolicy(db, device.personId)), device);
}
