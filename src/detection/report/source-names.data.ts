import type { CheckReport } from '../api.ts';

/** What each kind of evidence is called in reports. */
export const SOURCE_NAMES: Readonly<Record<CheckReport['sources'][number]['kind'], string>> = {
  'ios-backup': 'iPhone backup',
  'ios-filesystem': 'iPhone file system',
  'ios-sysdiagnose': 'iPhone sysdiagnose',
  'android-bugreport': 'Android bug report',
  androidqf: 'AndroidQF collection',
  'android-backup': 'Android backup',
  'android-logs': 'Android logs',
  files: 'Files',
};
