/**
 * evidence: what stands on phones, parsed into records and sightings. Pure: bytes come through `EvidenceTree`, nothing is written or contacted.
 *
 * A sighting is one thing that indicators can match (URL, host, process, e-mail address, path, profile, app) with where it stood, when, and
 * which kind of evidence that is: received, visited, present, executed. Each artefact ends `examined`, `absent` (the source does not list it) or
 * `unreadable` (listed but missing, damaged, or only partly salvaged), with the reason; a reader never turns a failure into silence.
 *
 * One module per artefact (`ArtefactModule`): it asks its source for files, parses them, and emits records (for the heuristics of `detection`),
 * sightings and, where wanted, events of the timeline. iOS modules stand in `ios/` and read any `IosFiles`: an open or encrypted
 * backup, a dump of the file system. Android modules stand in `android/` and read `AndroidFiles`, which `gatherAndroid` makes of a tree: files,
 * sections of dumpsys as byte ranges, and the clock of the phone. `scanBytes` goes through every file, so that deleted rows, logs and unknown schemas are seen too.
 */
export { type AccessibilityRecord, accessibility } from './android/accessibility.ts';
export { type AdbRecord, adb } from './android/adb.ts';
export { type AppOpsPermission, type AppOpsRecord, appops, lastUse } from './android/appops.ts';
export { backupApps } from './android/backup-apps.ts';
export { type BatteryDailyRecord, batteryDaily } from './android/battery-daily.ts';
export { batteryHistory } from './android/battery-history.ts';
export { backupTree, isAndroidBackup } from './android/containers.ts';
export { dbinfo } from './android/dbinfo.ts';
export { fileTimes } from './android/file-times.ts';
export { type AndroidFiles, nameOf } from './android/files.ts';
export { type GatheredFiles, gatherAndroid, isDumpName } from './android/gather.ts';
export { getprop, type PropertyRecord } from './android/getprop.ts';
export { type IntrusionRecord, intrusionLogs, isIntrusionLog } from './android/intrusion-logs.ts';
export { DUMPSTATE_SIGN, headOf } from './android/loose.ts';
export { mounts } from './android/mounts.ts';
export { type PackageRecord, packages } from './android/packages.ts';
export { platformCompat } from './android/platform-compat.ts';
export { type QfFileRecord, qfFiles } from './android/qf-files.ts';
export { type MountRecord, qfMounts } from './android/qf-mounts.ts';
export { type QfPackageRecord, qfPackages } from './android/qf-packages.ts';
export { qfProcesses } from './android/qf-processes.ts';
export { qfRootBinaries, type RootBinaryRecord } from './android/qf-root-binaries.ts';
export { qfSettings, type SettingRecord } from './android/qf-settings.ts';
export { activities, receivers } from './android/resolvers.ts';
export { running } from './android/running.ts';
export { settings } from './android/settings.ts';
export { smsBackup } from './android/sms-backup.ts';
export { isTombstoneName, type TombstoneRecord, tombstones } from './android/tombstones.ts';
export { type ArchiveTree, isZip, memoryTree, tarTree, zipTree } from './archive-trees.ts';
export { memoryFile, passWindows } from './block-file.ts';
export {
  type ByteHit,
  type ByteScanner,
  fileScan,
  makeByteScanner,
  SCAN_WINDOW_BYTES,
  scanBytes,
} from './byte-scan.ts';
export {
  type Artefact,
  type ArtefactModule,
  type Emit,
  type EvidenceFile,
  type EvidenceKind,
  type EvidenceTree,
  examined,
  identityOf,
  type MaybePromise,
  type OpenFile,
  type PhoneIdentity,
  type Sighting,
  type TimelineEvent,
  unreadable,
} from './evidence.ts';
export { reasonOf } from './failure.ts';
export { type ApplicationRecord, applications } from './ios/applications.ts';
export { type IosBackup, openIosBackup } from './ios/backup.ts';
export { type BackupInfoRecord, backupInfo } from './ios/backup-info.ts';
export { type BackupPlace, findBackups } from './ios/backup-places.ts';
export { chromeFavicons, chromeHistory, firefoxFavicons, firefoxHistory } from './ios/browsers.ts';
export { type CalendarRecord, calendar } from './ios/calendar.ts';
export { calls } from './ios/calls.ts';
export { configurationProfiles, type ProfileRecord } from './ios/configuration-profiles.ts';
export { contacts } from './ios/contacts.ts';
export { type DataUsageRecord, dataUsage } from './ios/data-usage.ts';
export { type IosFiles, type PhoneFile, pathOf } from './ios/files.ts';
export { type IosFilesystem, openIosFilesystem } from './ios/filesystem.ts';
export { filesystemList, type NetworkProgramRecord, networkPrograms } from './ios/filesystem-list.ts';
export {
  cacheFiles,
  iosVersions,
  keychainAnalytics,
  netUsage,
  safariFavicons,
  webkitWebsites,
} from './ios/filesystem-stores.ts';
export { globalPreferences, type PreferenceRecord } from './ios/global-preferences.ts';
export { type IdsLookupRecord, idsStatusCache } from './ios/ids-status-cache.ts';
export { type InteractionRecord, interactions } from './ios/interactions.ts';
export { type LocationClientRecord, locationClients } from './ios/location-clients.ts';
export { type ManifestRecord, manifest } from './ios/manifest.ts';
export { neverInBackup } from './ios/never-in-backup.ts';
export { type NetworkBaselineRecord, osAnalytics } from './ios/os-analytics.ts';
export { type ProfileEventRecord, profileEvents } from './ios/profile-events.ts';
export { safariBrowserState } from './ios/safari-browser-state.ts';
export { type SafariHistoryRecord, safariHistory } from './ios/safari-history.ts';
export { safariTabs } from './ios/safari-tabs.ts';
export { shortcuts } from './ios/shortcuts.ts';
export { type ShutdownRecord, shutdownLog } from './ios/shutdown-log.ts';
export { type SmsRecord, sms } from './ios/sms.ts';
export { type SmsAttachmentRecord, smsAttachments } from './ios/sms-attachments.ts';
export { tcc } from './ios/tcc.ts';
export { webkitSessionLog, webkitStatistics } from './ios/webkit.ts';
export { whatsapp } from './ios/whatsapp.ts';
export { whatsappContacts } from './ios/whatsapp-contacts.ts';
export { byPlace, isPlaceOfOthers } from './places-of-others.ts';
export { type CrashRecord, crashes } from './sysdiagnose/crashes.ts';
export type { Sysdiagnose } from './sysdiagnose/files.ts';
export { type InstallRecord, installs } from './sysdiagnose/installs.ts';
export { associatedDomains, loadedBinaries, logStatistics } from './sysdiagnose/logged-programs.ts';
export { chunksOf, findSysdiagnose, isGzip, openSysdiagnose } from './sysdiagnose/open.ts';
export { type ProcessRecord, type ProcessView, processes } from './sysdiagnose/processes.ts';
export { type BootRecord, boots, type ServiceRecord, serviceLogs } from './sysdiagnose/service-logs.ts';
export { datedFacts, networkExtensions, securityEvents, settingsEvents } from './sysdiagnose/settings.ts';
export { powerLog, storeDatabases } from './sysdiagnose/store-databases.ts';
export { unifiedLog } from './sysdiagnose/unified-log.ts';
export { isTar, tarFileTree } from './tar-file.ts';
