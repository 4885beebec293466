import {
  configurationProfiles,
  dataUsage,
  type IosFiles,
  manifest,
  safariHistory,
  sms,
  tcc,
} from '../../readers/index.ts';
import { type Check, pair } from '../heuristic.ts';
import { judgeDataUsage } from '../ios/data-usage.ts';

/** Every artefact of an iPhone that backups and file systems share. */
export const IOS_CHECKS: readonly Check<IosFiles>[] = [
  pair(manifest),
  pair(sms),
  pair(safariHistory),
  pair(dataUsage, judgeDataUsage),
  pair(tcc),
  pair(configurationProfiles),
];
