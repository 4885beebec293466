import {
  boots,
  crashes,
  installs,
  processes,
  type Sysdiagnose,
  serviceLogs,
  shutdownLog,
  tcc,
} from '../../readers/index.ts';
import { type Check, pair } from '../heuristic.ts';
import { judgeHiddenProcesses } from '../sysdiagnose/hidden-processes.ts';
import { judgeBoots, judgeInstalls, judgePairings } from '../sysdiagnose/services.ts';
import { judgeShutdowns } from '../sysdiagnose/shutdown.ts';

/** What the modules read of a sysdiagnose. */
export const SYSDIAGNOSE_CHECKS: readonly Check<Sysdiagnose>[] = [
  pair(boots, judgeBoots),
  pair(crashes),
  pair(installs, judgeInstalls),
  pair(processes, judgeHiddenProcesses),
  pair(serviceLogs, judgePairings),
  pair(shutdownLog, judgeShutdowns),
  pair(tcc),
];
