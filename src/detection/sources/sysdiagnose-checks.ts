import {
  associatedDomains,
  boots,
  configurationProfiles,
  crashes,
  datedFacts,
  installs,
  loadedBinaries,
  logStatistics,
  networkExtensions,
  powerLog,
  processes,
  profileEvents,
  type Sysdiagnose,
  securityEvents,
  serviceLogs,
  settingsEvents,
  shutdownLog,
  storeDatabases,
  tcc,
  unifiedLog,
} from '../../evidence/index.ts';
import { baselineProcesses, baselineProfiles, baselineShutdowns } from '../baseline.ts';
import { type Check, pair } from '../heuristic.ts';
import { judgeConfigurationProfiles, judgeProfileEvents } from '../ios/configuration-profiles.ts';
import { newProfiles, parserCrashes } from '../parser-crash.ts';
import { judgeHiddenProcesses } from '../sysdiagnose/hidden-processes.ts';
import { judgeBoots, judgeInstalls, judgePairings } from '../sysdiagnose/services.ts';
import { judgeShutdowns } from '../sysdiagnose/shutdown.ts';

/** What the modules read of a sysdiagnose. */
export const SYSDIAGNOSE_CHECKS: readonly Check<Sysdiagnose>[] = [
  pair(associatedDomains),
  pair(boots, judgeBoots),
  pair(configurationProfiles, judgeConfigurationProfiles, baselineProfiles, newProfiles),
  pair(crashes, parserCrashes),
  pair(datedFacts),
  pair(installs, judgeInstalls),
  pair(loadedBinaries),
  pair(logStatistics),
  pair(networkExtensions),
  pair(powerLog),
  pair(processes, judgeHiddenProcesses, baselineProcesses),
  pair(profileEvents, judgeProfileEvents),
  pair(securityEvents),
  pair(serviceLogs, judgePairings),
  pair(settingsEvents),
  pair(shutdownLog, judgeShutdowns, baselineShutdowns),
  pair(storeDatabases),
  pair(tcc),
  pair(unifiedLog),
];
