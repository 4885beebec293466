import { CONTROLS } from './catalogue.data.ts';
import { type AppleKey, type DeviceKind, enrolmentKindOf, type SettingsMap } from './control.ts';
import { coverageOf } from './coverage.ts';
import { asksForPasscode, FIXED_PASSCODE_RULE } from './user-enrolment.ts';

/** A property list dictionary of plain values. */
export interface ProfileDictionary {
  readonly [key: string]: ProfileValue;
}
type ProfileValue = string | number | boolean | readonly ProfileValue[] | ProfileDictionary;

/** A configuration profile; its UUID follows from its payloads. */
export interface AppleProfile extends ProfileDictionary {
  readonly PayloadUUID: string;
}

// One identifier for every version: iOS then replaces the installed profile instead of adding a second one.
export const POLICY_PROFILE_IDENTIFIER = 'org.pavise.policy';
export const PASSCODE_PAYLOAD = 'com.apple.mobiledevice.passwordpolicy';

/**
 * Compiles settings into a configuration profile for one kind of Apple device.
 *
 * Pure. Holds only keys that this enrolment accepts (a refused key makes iOS refuse the whole profile). Equal input gives equal
 * UUIDs, so an unchanged policy is not installed again.
 * @returns null when nothing can be set on this device
 */
export function compileApple(settings: SettingsMap, device: DeviceKind, organisation: string): AppleProfile | null {
  const byPayload = new Map<AppleKey['payload'], Record<string, ProfileValue>>();
  for (const control of CONTROLS) {
    const value = settings[control.id];
    if (control.apple === null || value === undefined || value === false) continue;
    if (coverageOf(control, device, value).label !== 'enforced') continue;
    const keys = byPayload.get(control.apple.payload) ?? {};
    keys[control.apple.key] = typeof value === 'boolean' ? value !== control.apple.inverted : value;
    byPayload.set(control.apple.payload, keys);
  }
  // Any passcode payload brings the fixed rule, which is also what shows that a passcode protects the storage.
  if (enrolmentKindOf(device) === 'user' && (asksForPasscode(settings) || settings['encryption.device'] === true))
    byPayload.set(PASSCODE_PAYLOAD, { ...FIXED_PASSCODE_RULE });
  if (byPayload.size === 0) return null;
  const payloads = [...byPayload].map(([type, keys]) => payload(type, keys));
  return {
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: POLICY_PROFILE_IDENTIFIER,
    PayloadUUID: uuidFrom(JSON.stringify(payloads)),
    PayloadDisplayName: `${organisation} policy`,
    PayloadDescription: 'Settings that your organisation asks for on this device.',
    PayloadOrganization: organisation,
    PayloadRemovalDisallowed: false,
    PayloadContent: payloads,
  };
}

/** The PayloadUUID of the profile that settings compile to, null when nothing can be set. Pure. */
export function profileIdOf(settings: SettingsMap, device: DeviceKind): string | null {
  return compileApple(settings, device, '')?.PayloadUUID ?? null;
}

function payload(type: string, keys: Readonly<Record<string, ProfileValue>>): ProfileDictionary {
  const complete = type === PASSCODE_PAYLOAD ? withPasscodeDefaults(keys) : keys;
  return {
    ...complete,
    PayloadType: type,
    PayloadVersion: 1,
    PayloadIdentifier: `${POLICY_PROFILE_IDENTIFIER}.${type}`,
    PayloadUUID: uuidFrom(type + JSON.stringify(complete)),
  };
}

/** A length or a rule about characters means nothing to iOS while no passcode is demanded. */
function withPasscodeDefaults(keys: Readonly<Record<string, ProfileValue>>): Readonly<Record<string, ProfileValue>> {
  return { ...keys, forcePIN: true };
}

/** A UUID of version 8 (RFC 9562, 5.8) from text: an identifier, not a secret, and computed alike in the browser. */
function uuidFrom(text: string): string {
  const words = [0x811c9dc5, 0x9e3779b9, 0x85ebca6b, 0xc2b2ae35].map((seed) => hashWord(text, seed));
  const hex = words.map((word) => word.toString(16).padStart(8, '0')).join('');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`.toUpperCase();
}

/** FNV-1a over UTF-16 units with MurmurHash3's finaliser. */
function hashWord(text: string, seed: number): number {
  let hash = seed;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
