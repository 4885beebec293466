import {
  applications,
  backupInfo,
  calendar,
  calls,
  chromeFavicons,
  chromeHistory,
  configurationProfiles,
  contacts,
  dataUsage,
  firefoxFavicons,
  firefoxHistory,
  globalPreferences,
  type IosBackup,
  type IosFiles,
  idsStatusCache,
  interactions,
  locationClients,
  manifest,
  neverInBackup,
  osAnalytics,
  profileEvents,
  safariBrowserState,
  safariHistory,
  safariTabs,
  shortcuts,
  sms,
  smsAttachments,
  tcc,
  webkitSessionLog,
  webkitStatistics,
  whatsapp,
  whatsappContacts,
} from '../../evidence/index.ts';
import { baselineProfiles, baselineUsage } from '../baseline.ts';
import { type Check, pair } from '../heuristic.ts';
import { judgeApplications } from '../ios/applications.ts';
import { judgeBackupInfo } from '../ios/backup-info.ts';
import { judgeCalendar } from '../ios/calendar.ts';
import { judgeConfigurationProfiles, judgeProfileEvents } from '../ios/configuration-profiles.ts';
import { judgeDataUsage } from '../ios/data-usage.ts';
import { judgeLockdownMode } from '../ios/global-preferences.ts';
import { judgeIdsLookups } from '../ios/ids-status-cache.ts';
import { judgeSafariRedirects } from '../ios/safari-redirects.ts';
import { judgeSmsAttachments } from '../ios/sms-attachments.ts';
import {
  judgeNotificationInteractions,
  judgeNotificationLookups,
  judgeThreatNotifications,
} from '../ios/threat-notification.ts';
import {
  triangulationBaseline,
  triangulationFiles,
  triangulationLocation,
  triangulationUsage,
} from '../ios/triangulation.ts';
import { firstUses, newProfiles } from '../parser-crash.ts';

/** What only a backup has: its list of files, its facts, its list of apps. */
export const IOS_BACKUP_CHECKS: readonly Check<IosBackup>[] = [
  pair(manifest, triangulationFiles),
  pair(backupInfo, judgeBackupInfo),
  pair(applications, judgeApplications),
  pair(neverInBackup),
];

/** Every artefact of an iPhone that backups and file systems share. */
export const IOS_CHECKS: readonly Check<IosFiles>[] = [
  pair(calendar, judgeCalendar),
  pair(calls),
  pair(chromeFavicons),
  pair(chromeHistory),
  pair(configurationProfiles, judgeConfigurationProfiles, baselineProfiles, newProfiles),
  pair(contacts),
  pair(dataUsage, judgeDataUsage, triangulationUsage, baselineUsage, firstUses),
  pair(firefoxFavicons),
  pair(firefoxHistory),
  pair(globalPreferences, judgeLockdownMode),
  pair(idsStatusCache, judgeIdsLookups, judgeNotificationLookups),
  pair(interactions, judgeNotificationInteractions),
  pair(locationClients, triangulationLocation),
  pair(osAnalytics, triangulationBaseline),
  pair(profileEvents, judgeProfileEvents),
  pair(safariBrowserState),
  pair(safariHistory, judgeSafariRedirects),
  pair(safariTabs),
  pair(shortcuts),
  pair(sms, judgeThreatNotifications),
  pair(smsAttachments, judgeSmsAttachments),
  pair(tcc),
  pair(webkitStatistics),
  pair(webkitSessionLog),
  pair(whatsapp),
  pair(whatsappContacts),
];
