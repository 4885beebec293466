import type { SettingsMap } from './control.ts';

export interface Baseline {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly settings: SettingsMap;
}

/** Ready starting points; an administrator copies one and edits it. */
export const BASELINES: readonly Baseline[] = [
  {
    id: 'newsroom-default',
    name: 'Newsroom default',
    description:
      'For everyone: a good passcode, a current system, work documents kept apart. Private use stays private.',
    settings: {
      'passcode.required': true,
      'passcode.minLength': 6,
      'passcode.noSimple': true,
      'passcode.autoLock': 5,
      'encryption.device': true,
      'os.minVersion': '18.6',
      'os.minPatchLevel': '2025-06-01',
      'dev.rootDetect': true,
      'dlp.openInOut': true,
      'backup.encrypted': true,
      'app.unknownSources': true,
    },
  },
  {
    id: 'highly-targeted',
    name: 'Highly targeted',
    description:
      'For people whom somebody may attack by name: longer passcode, newest system, closed ports, Lockdown Mode.',
    settings: {
      'passcode.required': true,
      'passcode.minLength': 10,
      'passcode.noSimple': true,
      'passcode.alphanumeric': true,
      'passcode.autoLock': 1,
      'passcode.maxFailed': 10,
      'encryption.device': true,
      'os.minVersion': '26.1',
      'os.minPatchLevel': '2026-06-01',
      'dev.rootDetect': true,
      'dlp.openInOut': true,
      'dlp.openInIn': true,
      'dlp.pasteboard': true,
      'lockscreen.notifications': true,
      'backup.encrypted': true,
      'backup.cloud': true,
      'app.unknownSources': true,
      'usb.restricted': true,
      'lockdown.mode': true,
    },
  },
];
