import type { Json } from '../../base/index.ts';
import type { ReportedApp } from '../device.ts';
import { FACT, type Fact } from '../facts.ts';
import type { AndroidDevice } from './wire.ts';

const MAX_UNMET = 100; // a policy has as many top-level fields
const SOURCE = 'android.statusReport';

/** DeviceSettings.EncryptionStatus values that mean: the storage is encrypted. */
const ENCRYPTED = new Set(['ACTIVE', 'ACTIVE_DEFAULT_KEY', 'ACTIVE_PER_USER']);

/**
 * Turns a device resource into the facts that both makes of phone share.
 *
 * What the report does not say yields no fact: absence stays unknown. Pure.
 * @returns nothing at all when the device has never sent a status report, since then nothing was observed
 */
export function factsOfDevice(device: AndroidDevice): readonly Fact[] {
  const observedAtMs = reportedAtMs(device);
  if (observedAtMs === undefined) return [];
  const { softwareInfo, deviceSettings, hardwareInfo, managementMode } = device;
  const values: readonly (readonly [string, Json | undefined])[] = [
    [FACT.osVersion, softwareInfo?.androidVersion],
    [FACT.osBuild, softwareInfo?.androidBuildNumber],
    ['os.patchLevel', softwareInfo?.securityPatchLevel],
    [FACT.deviceModel, hardwareInfo?.model],
    [FACT.passcodePresent, deviceSettings?.isDeviceSecure],
    [FACT.passcodeCompliant, passcodeCompliant(device)],
    [FACT.encryptionEnabled, encrypted(deviceSettings)],
    [FACT.integrityRooted, rooted(device.securityPosture)],
    [FACT.supervised, managementMode === undefined ? undefined : managementMode === 'DEVICE_OWNER'],
    [
      FACT.enrolmentKind,
      managementMode === undefined ? undefined : managementMode === 'DEVICE_OWNER' ? 'device' : 'work-profile',
    ],
    [
      FACT.profileInstalled,
      device.appliedPolicyName === undefined ? undefined : device.appliedPolicyName === device.policyName,
    ],
    [FACT.policyUnmet, unmetSettings(device)],
  ];
  return values.flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [{ name, value, observedAtMs, source: SOURCE }],
  );
}

/** When the phone last reported, in milliseconds since 1970. */
export function reportedAtMs(device: AndroidDevice): number | undefined {
  const at = Date.parse(device.lastStatusReportTime ?? '');
  return Number.isNaN(at) ? undefined : at;
}

/** The apps of a report; undefined when the policy does not ask for them, which is not "none". */
export function appsOfDevice(device: AndroidDevice): readonly ReportedApp[] | undefined {
  const unique = new Map<string, ReportedApp>();
  for (const app of device.applicationReports ?? []) {
    if (app.state === 'REMOVED') continue;
    unique.set(app.packageName, {
      appId: app.packageName,
      name: app.displayName ?? app.packageName,
      version: app.versionName ?? '',
    });
  }
  return device.applicationReports === undefined ? undefined : [...unique.values()];
}

/** Whether the phone says that no password rule of its policy is broken; only the policy it has applied counts. */
function passcodeCompliant({
  policyCompliant,
  nonComplianceDetails,
  policyName,
  appliedPolicyName,
}: AndroidDevice): boolean | undefined {
  if (appliedPolicyName === undefined || appliedPolicyName !== policyName) return undefined;
  if (nonComplianceDetails?.some(({ settingName }) => settingName === 'passwordPolicies')) return false;
  if (policyCompliant === true) return true;
  // Not compliant for other reasons, which the details name; without details the cause is unknown.
  return policyCompliant === false && (nonComplianceDetails?.length ?? 0) > 0 ? true : undefined;
}

/** The settings of its policy that the phone says it does not fulfil; without such a report that is not known. */
function unmetSettings({
  policyCompliant,
  nonComplianceDetails,
  policyName,
  appliedPolicyName,
}: AndroidDevice): Json | undefined {
  if (appliedPolicyName === undefined || appliedPolicyName !== policyName) return undefined;
  const names =
    nonComplianceDetails?.flatMap(({ settingName }) => (settingName === undefined ? [] : [settingName])) ?? [];
  if (names.length > 0) return [...new Set(names)].slice(0, MAX_UNMET).sort();
  return policyCompliant === true ? [] : undefined;
}

function encrypted(settings: AndroidDevice['deviceSettings']): boolean | undefined {
  if (settings?.encryptionStatus !== undefined && settings.encryptionStatus !== 'ENCRYPTION_STATUS_UNSPECIFIED') {
    return ENCRYPTED.has(settings.encryptionStatus);
  }
  return settings?.isEncrypted;
}

/** SECURE and a broken system are known; AT_RISK for other causes says nothing of the system. */
function rooted(posture: AndroidDevice['securityPosture']): boolean | undefined {
  if (posture?.devicePosture === 'POTENTIALLY_COMPROMISED') return true;
  if (posture?.postureDetails?.some(({ securityRisk }) => securityRisk === 'COMPROMISED_OS')) return true;
  return posture?.devicePosture === 'SECURE' ? false : undefined;
}
