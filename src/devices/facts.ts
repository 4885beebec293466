import type { Json } from '../base/index.ts';

/** The names of facts that both makes of phone report and that the decision reads. Browser-safe. */
export const FACT = {
  osVersion: 'os.version',
  osBuild: 'os.build',
  deviceModel: 'device.model',
  deviceName: 'device.name',
  passcodePresent: 'passcode.present',
  passcodeCompliant: 'passcode.compliant',
  encryptionEnabled: 'encryption.enabled',
  integrityRooted: 'integrity.rooted',
  supervised: 'supervised',
  enrolmentKind: 'enrolment.kind',
  /** Android: whether the policy that was set is the one applied. */
  profileInstalled: 'profile.installed',
  /** Apple: PayloadUUID of the policy profile that the phone confirmed last, null without one. */
  profileId: 'profile.id',
  /** Apple: PayloadUUID of the policy profile in the phone's own list of now, false when it is in none. */
  profileListed: 'profile.listed',
  /** Apple: whether the listed profile holds a rule for the passcode. */
  passcodeRule: 'passcode.rule',
  /** Apple: whether the hardware encrypts blocks and files; data is protected only with a passcode. */
  encryptionHardware: 'encryption.hardware',
  /** Android: the settings of its policy that the phone says it does not fulfil. */
  policyUnmet: 'policy.unmet',
  apps: 'apps',
} as const;

/**
 * One thing known of a device.
 *
 * `source` names who said so (`apple.DeviceInformation`, `android.statusReport`, …): a fact is as good as its source and its age.
 */
export interface Fact {
  readonly name: string;
  readonly value: Json;
  readonly observedAtMs: number;
  readonly source: string;
}
