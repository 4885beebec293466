import {
  type EvidenceTree,
  type GatheredFiles,
  gatherAndroid,
  isIntrusionLog,
  isTombstoneName,
  nameOf,
} from '../../evidence/index.ts';
import { DUMP_CHECKS, LOG_CHECKS, TOMBSTONES } from './android-checks.ts';
import { androidSource } from './android-source.ts';
import type { SourceReader } from './source.ts';

/** A folder of loose logs has few files: intrusion logs are one zip a day for a year. */
const MAX_FILES = 5000;

/**
 * Loose logs of an Android phone: intrusion logs and usage logs, also in zips, tombstones, or what dumpsys wrote, with or without its headers.
 *
 * Where there is but one kind, the others are not listed as absent: nobody expects them there.
 */
export const androidLogs: SourceReader = {
  kind: 'android-logs',
  async open(tree, options) {
    if (!(await isSmall(tree))) return undefined;
    const gathered = await gatherAndroid(tree, { ...options, mayBeDump: () => true });
    const dumps = gathered.dumps.length > 0;
    const crashes = gathered.files.some(({ path }) => isTombstoneName(nameOf(path)));
    const logs = await holdsLogs(gathered);
    if (!dumps && !logs && !crashes) {
      gathered.close();
      return undefined;
    }
    const checks = [...(dumps ? DUMP_CHECKS : crashes ? [TOMBSTONES] : []), ...(logs ? LOG_CHECKS : [])];
    return androidSource('android-logs', gathered, checks, options.level);
  },
};

async function isSmall(tree: EvidenceTree): Promise<boolean> {
  let files = 0;
  for await (const _ of tree.files()) if (++files > MAX_FILES) return false;
  return true;
}

async function holdsLogs({ files }: GatheredFiles): Promise<boolean> {
  for (const file of files) {
    try {
      const open = await file.open();
      if (open === undefined) continue;
      try {
        if (isIntrusionLog(open)) return true;
      } finally {
        open.close();
      }
    } catch {
      // what cannot be opened is told by whoever needs it; here it is merely no log
    }
  }
  return false;
}
