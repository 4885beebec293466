import type { DeviceKind, SettingsMap } from './control.ts';

/** The part of the Android Management API's `Policy` that Pavise sets (discovery revision 20260310). */
export interface AndroidPolicy {
  readonly passwordPolicies?: readonly AndroidPasswordRequirements[];
  readonly maximumTimeToLock?: string;
  readonly encryptionPolicy?: 'ENABLED_WITHOUT_PASSWORD' | 'ENABLED_WITH_PASSWORD';
  readonly screenCaptureDisabled?: boolean;
  readonly keyguardDisabledFeatures?: readonly string[];
  readonly crossProfilePolicies?: Readonly<Record<string, string>>;
  readonly advancedSecurityOverrides?: Readonly<Record<string, string>>;
  readonly deviceConnectivityManagement?: Readonly<Record<string, string>>;
  readonly policyEnforcementRules?: readonly AndroidEnforcementRule[];
  readonly statusReportingSettings: Readonly<Record<string, boolean>>;
}

interface AndroidPasswordRequirements {
  readonly passwordScope: 'SCOPE_PROFILE' | 'SCOPE_DEVICE';
  readonly passwordQuality: string;
  readonly passwordMinimumLength?: number;
  readonly maximumFailedPasswordsForWipe?: number;
}

interface AndroidEnforcementRule {
  readonly settingName: string;
  readonly blockAction: { readonly blockAfterDays: number };
}

/**
 * Compiles settings into an Android Management API policy.
 *
 * Pure. The phone itself enforces passcode and encryption by blocking, so it holds while the server is away; never by a wipe.
 */
export function compileAndroid(settings: SettingsMap, device: DeviceKind): AndroidPolicy {
  const passwords = passwordPolicies(settings, device);
  const autoLock = settings['passcode.autoLock'];
  const crossProfile = crossProfilePolicies(settings);
  const enforced = [
    ...(passwords.length > 0 ? ['passwordPolicies'] : []),
    ...(settings['encryption.device'] === true ? ['encryptionPolicy'] : []),
  ];
  return {
    ...(passwords.length > 0 ? { passwordPolicies: passwords } : {}),
    // int64 travels as a string in Google's JSON
    ...(typeof autoLock === 'number' ? { maximumTimeToLock: String(autoLock * 60_000) } : {}),
    ...(settings['encryption.device'] === true ? { encryptionPolicy: 'ENABLED_WITHOUT_PASSWORD' as const } : {}),
    ...(settings['dlp.screenCapture'] === true ? { screenCaptureDisabled: true } : {}),
    ...(settings['lockscreen.notifications'] === true
      ? { keyguardDisabledFeatures: ['UNREDACTED_NOTIFICATIONS'] }
      : {}),
    ...(Object.keys(crossProfile).length > 0 ? { crossProfilePolicies: crossProfile } : {}),
    ...(settings['app.unknownSources'] === true
      ? {
          advancedSecurityOverrides: {
            untrustedAppsPolicy: 'DISALLOW_INSTALL',
            googlePlayProtectVerifyApps: 'VERIFY_APPS_ENFORCED',
          },
        }
      : {}),
    ...(settings['usb.restricted'] === true && device.ownership === 'organisation'
      ? { deviceConnectivityManagement: { usbDataAccess: 'DISALLOW_USB_DATA_TRANSFER' } }
      : {}),
    ...(enforced.length > 0
      ? { policyEnforcementRules: enforced.map((settingName) => ({ settingName, blockAction: { blockAfterDays: 0 } })) }
      : {}),
    // Facts that the access decision needs; application reports stay off on a personal phone, which is none of our business.
    statusReportingSettings: {
      deviceSettingsEnabled: true,
      softwareInfoEnabled: true,
      applicationReportsEnabled: device.ownership === 'organisation',
    },
  };
}

function passwordPolicies(settings: SettingsMap, device: DeviceKind): readonly AndroidPasswordRequirements[] {
  const length = settings['passcode.minLength'];
  const maxFailed = settings['passcode.maxFailed'];
  const asked = [
    'passcode.required',
    'passcode.minLength',
    'passcode.noSimple',
    'passcode.alphanumeric',
    'passcode.maxFailed',
  ];
  if (!asked.some((id) => settings[id] !== undefined && settings[id] !== false)) return [];
  return [
    {
      passwordScope: device.ownership === 'personal' ? 'SCOPE_PROFILE' : 'SCOPE_DEVICE',
      passwordQuality: quality(settings),
      ...(typeof length === 'number' ? { passwordMinimumLength: length } : {}),
      ...(typeof maxFailed === 'number' ? { maximumFailedPasswordsForWipe: maxFailed } : {}),
    },
  ];
}

/** A minimum length counts only from quality NUMERIC upwards. */
function quality(settings: SettingsMap): string {
  if (settings['passcode.alphanumeric'] === true) return 'ALPHANUMERIC';
  if (settings['passcode.noSimple'] === true) return 'NUMERIC_COMPLEX';
  return typeof settings['passcode.minLength'] === 'number' ? 'NUMERIC' : 'SOMETHING';
}

function crossProfilePolicies(settings: SettingsMap): Readonly<Record<string, string>> {
  const out = settings['dlp.openInOut'] === true;
  const inwards = settings['dlp.openInIn'] === true;
  return {
    ...(out && inwards ? { crossProfileDataSharing: 'CROSS_PROFILE_DATA_SHARING_DISALLOWED' } : {}),
    ...(out && !inwards ? { crossProfileDataSharing: 'DATA_SHARING_FROM_WORK_TO_PERSONAL_DISALLOWED' } : {}),
    ...(!out && inwards ? { crossProfileDataSharing: 'CROSS_PROFILE_DATA_SHARING_DISALLOWED' } : {}),
    ...(settings['dlp.pasteboard'] === true ? { crossProfileCopyPaste: 'COPY_FROM_WORK_TO_PERSONAL_DISALLOWED' } : {}),
  };
}
