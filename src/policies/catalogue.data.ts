import type { Control } from './control.ts';

/**
 * The controls that a policy may set, in the order that the form shows them.
 *
 * Sources: apple/device-management b6202ca (com.apple.mobiledevice.passwordpolicy, com.apple.applicationaccess: `supervised` and
 * `userenrollment`), Android Management API discovery revision 20260310 (`Policy`).
 */
export const CONTROLS: readonly Control[] = [
  {
    id: 'passcode.required', topic: 'Passcode', kind: 'boolean', safer: 'true',
    title: 'Screen lock required',
    what: 'A passcode must be set on the device',
    apple: { payload: 'com.apple.mobiledevice.passwordpolicy', key: 'forcePIN', inverted: false, needs: 'device' },
    android: 'passwordPolicies', fact: { apple: 'passcode.present', android: 'passcode.present' }, attestable: true,
  },
  {
    id: 'passcode.minLength', topic: 'Passcode', kind: 'number', safer: 'max', unit: 'characters', min: 4, max: 16,
    title: 'Minimum passcode length',
    what: 'At least this many characters',
    apple: { payload: 'com.apple.mobiledevice.passwordpolicy', key: 'minLength', inverted: false, needs: 'device' },
    android: 'passwordPolicies', fact: { apple: 'passcode.compliant', android: 'passcode.compliant' }, attestable: true,
  },
  {
    id: 'passcode.noSimple', topic: 'Passcode', kind: 'boolean', safer: 'true',
    title: 'No simple passcode',
    what: 'No 1111, 1234, repeated or running characters',
    apple: { payload: 'com.apple.mobiledevice.passwordpolicy', key: 'allowSimple', inverted: true, needs: 'device' },
    android: 'passwordPolicies', fact: { apple: 'passcode.compliant', android: 'passcode.compliant' }, attestable: true,
  },
  {
    id: 'passcode.alphanumeric', topic: 'Passcode', kind: 'boolean', safer: 'true',
    title: 'Letters and digits in the passcode',
    what: 'At least one letter and one digit',
    apple: { payload: 'com.apple.mobiledevice.passwordpolicy', key: 'requireAlphanumeric', inverted: false, needs: 'device' },
    android: 'passwordPolicies', fact: { apple: 'passcode.compliant', android: 'passcode.compliant' }, attestable: true,
  },
  {
    id: 'passcode.autoLock', topic: 'Passcode', kind: 'number', safer: 'min', unit: 'minutes', min: 1, max: 15,
    title: 'Auto-lock time',
    what: 'The device locks after this many idle minutes',
    apple: { payload: 'com.apple.mobiledevice.passwordpolicy', key: 'maxInactivity', inverted: false, needs: 'device' },
    android: 'maximumTimeToLock', fact: {}, attestable: true,
  },
  {
    id: 'passcode.maxFailed', topic: 'Passcode', kind: 'number', safer: 'min', unit: 'attempts', min: 4, max: 11,
    title: 'Erase after failed attempts',
    what: 'The device erases itself after this many wrong passcodes',
    warning: 'At 6 or fewer, iOS erases before its growing delay begins: a child with the phone can destroy evidence',
    apple: { payload: 'com.apple.mobiledevice.passwordpolicy', key: 'maxFailedAttempts', inverted: false, needs: 'device' },
    android: 'passwordPolicies', fact: {}, attestable: false,
  },
  {
    id: 'encryption.device', topic: 'System', kind: 'boolean', safer: 'true',
    title: 'Storage encryption',
    what: 'Storage is encrypted',
    apple: null,
    android: 'encryptionPolicy', fact: { apple: 'encryption.enabled', android: 'encryption.enabled' }, attestable: false,
  },
  {
    id: 'os.minVersion', topic: 'System', kind: 'version', safer: 'max',
    title: 'Minimum iOS version',
    what: 'An iPhone must run at least this version',
    apple: null,
    android: null, fact: { apple: 'os.version' }, attestable: false, only: 'apple',
  },
  {
    id: 'os.minPatchLevel', topic: 'System', kind: 'date', safer: 'max',
    title: 'Minimum Android patch level',
    what: 'An Android phone must carry at least this security patch level',
    apple: null,
    android: null, fact: { android: 'os.patchLevel' }, attestable: false, only: 'android',
  },
  {
    id: 'dev.rootDetect', topic: 'System', kind: 'boolean', safer: 'true',
    title: 'No jailbreak or root',
    what: 'Refuse a device that reports a broken system; silence is no proof of health',
    apple: null,
    android: null, fact: { apple: 'integrity.rooted', android: 'integrity.rooted' }, attestable: false,
  },
  {
    id: 'dlp.openInOut', topic: 'Data', kind: 'boolean', safer: 'true',
    title: 'Keep work documents in work apps',
    what: 'Work documents open only in managed apps',
    apple: { payload: 'com.apple.applicationaccess', key: 'allowOpenFromManagedToUnmanaged', inverted: true, needs: 'user' },
    android: 'crossProfilePolicies', fact: {}, attestable: false,
  },
  {
    id: 'dlp.openInIn', topic: 'Data', kind: 'boolean', safer: 'true',
    title: 'Keep personal documents out of work apps',
    what: 'Personal documents cannot enter work apps',
    apple: { payload: 'com.apple.applicationaccess', key: 'allowOpenFromUnmanagedToManaged', inverted: true, needs: 'user' },
    android: 'crossProfilePolicies', fact: {}, attestable: false,
  },
  {
    id: 'dlp.pasteboard', topic: 'Data', kind: 'boolean', safer: 'true',
    title: 'Clipboard follows the same border',
    what: 'Copy and paste follow managed open-in',
    apple: { payload: 'com.apple.applicationaccess', key: 'requireManagedPasteboard', inverted: false, needs: 'user' },
    android: 'crossProfilePolicies', fact: {}, attestable: false,
  },
  {
    id: 'dlp.screenCapture', topic: 'Data', kind: 'boolean', safer: 'true',
    title: 'No screenshots',
    what: 'Screenshots and recordings are off',
    warning: 'On an iPhone this is all or nothing: it covers private apps too',
    apple: { payload: 'com.apple.applicationaccess', key: 'allowScreenShot', inverted: true, needs: 'user' },
    android: 'screenCaptureDisabled', fact: {}, attestable: false,
  },
  {
    id: 'lockscreen.notifications', topic: 'Data', kind: 'boolean', safer: 'true',
    title: 'No notification history on the lock screen',
    what: 'Past notifications stay hidden while locked',
    apple: { payload: 'com.apple.applicationaccess', key: 'allowLockScreenNotificationsView', inverted: true, needs: 'user' },
    android: 'keyguardDisabledFeatures', fact: {}, attestable: true,
  },
  {
    id: 'backup.encrypted', topic: 'Backup', kind: 'boolean', safer: 'true',
    title: 'Encrypted local backups',
    what: 'Backups to a computer must be encrypted',
    apple: { payload: 'com.apple.applicationaccess', key: 'forceEncryptedBackup', inverted: false, needs: 'user' },
    android: null, fact: {}, attestable: false,
  },
  {
    id: 'backup.cloud', topic: 'Backup', kind: 'boolean', safer: 'true',
    title: 'No iCloud backup',
    what: 'The device is not backed up to a personal account',
    apple: { payload: 'com.apple.applicationaccess', key: 'allowCloudBackup', inverted: true, needs: 'device' },
    android: null, fact: {}, attestable: true,
  },
  {
    id: 'app.unknownSources', topic: 'Apps', kind: 'boolean', safer: 'true',
    title: 'No apps from unknown sources',
    what: 'Apps come only from the store or from the organisation',
    apple: { payload: 'com.apple.applicationaccess', key: 'allowEnterpriseAppTrust', inverted: true, needs: 'device' },
    android: 'advancedSecurityOverrides', fact: {}, attestable: false,
  },
  {
    id: 'usb.restricted', topic: 'Ports', kind: 'boolean', safer: 'true',
    title: 'USB accessories only while unlocked',
    what: 'A locked device gives no data over its cable',
    // Double negative: allowUSBRestrictedMode = false switches the protection off, so the safe value is true.
    apple: { payload: 'com.apple.applicationaccess', key: 'allowUSBRestrictedMode', inverted: false, needs: 'supervised' },
    android: 'deviceConnectivityManagement', fact: {}, attestable: false,
  },
  {
    id: 'lockdown.mode', topic: 'System', kind: 'boolean', safer: 'true',
    title: 'Lockdown Mode on',
    what: 'The person has switched on Lockdown Mode',
    warning: 'No server can switch it on: the person does, and confirms it',
    apple: null,
    android: null, fact: {}, attestable: true, only: 'apple',
  },
];
