import { crashes, processes, type Sysdiagnose, shutdownLog, tcc } from '../../readers/index.ts';
import { type Check, pair } from '../heuristic.ts';
import { judgeHiddenProcesses } from '../sysdiagnose/hidden-processes.ts';
import { judgeShutdowns } from '../sysdiagnose/shutdown.ts';

/** What the modules read of a sysdiagnose. */
export const SYSDIAGNOSE_CHECKS: readonly Check<Sysdiagnose>[] = [
  pair(crashes),
  pair(processes, judgeHiddenProcesses),
  pair(shutdownLog, judgeShutdowns),
  pair(tcc),
];
