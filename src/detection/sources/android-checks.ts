import {
  type AndroidFiles,
  accessibility,
  activities,
  adb,
  appops,
  backupApps,
  batteryDaily,
  batteryHistory,
  dbinfo,
  fileTimes,
  getprop,
  intrusionLogs,
  mounts,
  packages,
  platformCompat,
  qfFiles,
  qfMounts,
  qfPackages,
  qfProcesses,
  qfRootBinaries,
  qfSettings,
  receivers,
  running,
  settings,
  smsBackup,
  tombstones,
} from '../../evidence/index.ts';
import { judgeAccessibility } from '../android/accessibility.ts';
import { judgeAdb } from '../android/adb.ts';
import { judgeAppops } from '../android/appops.ts';
import { judgePackages, judgeQfPackages } from '../android/apps.ts';
import { judgeBatteryDaily } from '../android/battery-daily.ts';
import {
  judgeMounts,
  judgeQfFiles,
  judgeQfMounts,
  judgeQfSettings,
  judgeRootBinaries,
  judgeSettings,
} from '../android/collection.ts';
import { judgeGetprop } from '../android/getprop.ts';
import { judgeIntrusionLogs } from '../android/intrusion-logs.ts';
import { judgeTombstones } from '../android/tombstones.ts';
import { baselineAdbKeys } from '../baseline.ts';
import { type Check, pair } from '../heuristic.ts';
import { fileInstalls, parserTombstones } from '../parser-crash.ts';

/** Programs that crashed. */
export const TOMBSTONES: Check<AndroidFiles> = pair(tombstones, judgeTombstones, parserTombstones);

/** What the services of the phone wrote: in bug reports, in AndroidQF collections, in loose dumps. */
export const DUMP_CHECKS: readonly Check<AndroidFiles>[] = [
  pair(accessibility, judgeAccessibility),
  pair(activities),
  pair(adb, judgeAdb, baselineAdbKeys),
  pair(appops, judgeAppops),
  pair(batteryDaily, judgeBatteryDaily),
  pair(batteryHistory),
  pair(dbinfo),
  pair(fileTimes),
  pair(getprop, judgeGetprop),
  pair(mounts, judgeMounts),
  pair(packages, judgePackages, fileInstalls),
  pair(platformCompat),
  pair(receivers),
  pair(running),
  pair(settings, judgeSettings),
  TOMBSTONES,
];

/** What Android's security and network logs recorded. */
export const LOG_CHECKS: readonly Check<AndroidFiles>[] = [pair(intrusionLogs, judgeIntrusionLogs)];

/** What `adb backup` holds. */
export const BACKUP_CHECKS: readonly Check<AndroidFiles>[] = [pair(backupApps), pair(smsBackup)];

/** What AndroidQF adds. */
export const QF_CHECKS: readonly Check<AndroidFiles>[] = [
  pair(qfFiles, judgeQfFiles),
  pair(qfMounts, judgeQfMounts),
  pair(qfPackages, judgeQfPackages),
  pair(qfProcesses),
  pair(qfRootBinaries, judgeRootBinaries),
  pair(qfSettings, judgeQfSettings),
];
