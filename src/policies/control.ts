import type { SettingValue } from './api.ts';

/** What an enrolment has to be before a platform accepts a key: each kind accepts what the ones before it accept. */
export type EnrolmentKind = 'user' | 'device' | 'supervised';

export type Platform = 'apple' | 'android';

/** The traits of a device that decide what may be enforced on it. */
export interface DeviceKind {
  readonly platform: Platform;
  readonly ownership: 'personal' | 'organisation';
  readonly supervised: boolean;
  /** Apple User Enrollment: passcode payloads are ignored, most restrictions refused. */
  readonly userEnrollment?: boolean;
}

export interface AppleKey {
  readonly payload: 'com.apple.mobiledevice.passwordpolicy' | 'com.apple.applicationaccess';
  readonly key: string;
  /** The platform's key says "allow…": a control that is on sends false. */
  readonly inverted: boolean;
  readonly needs: EnrolmentKind;
}

export interface Control {
  readonly id: string;
  readonly topic: string;
  readonly title: string;
  readonly what: string;
  readonly kind: 'boolean' | 'number' | 'version' | 'date';
  readonly safer: 'true' | 'max' | 'min';
  readonly unit?: string;
  readonly min?: number;
  readonly max?: number;
  readonly warning?: string;
  readonly apple: AppleKey | null;
  /** Top-level field of the Android Management API's `Policy`. */
  readonly android: string | null;
  /** The device fact that shows whether the control holds. */
  readonly fact: { readonly apple?: string; readonly android?: string };
  /** Whether a person can honestly say that it holds. */
  readonly attestable: boolean;
  readonly only?: Platform;
}

export type SettingsMap = Readonly<Record<string, SettingValue>>;

export function enrolmentKindOf(device: DeviceKind): EnrolmentKind {
  if (device.userEnrollment === true) return 'user';
  return device.supervised ? 'supervised' : 'device';
}
