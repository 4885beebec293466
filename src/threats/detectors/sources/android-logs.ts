import {
  type EvidenceTree,
  findSections,
  gatherAndroid,
  isIntrusionLog,
  looseSections,
  type OpenFile,
} from '../../readers/index.ts';
import { DUMP_CHECKS, LOG_CHECKS } from './android-checks.ts';
import { androidSource } from './android-source.ts';
import type { SourceReader } from './source.ts';

/** A folder of loose logs has few files; more are not looked at to find out what it is. */
const MAX_LOOKED_AT = 2000;
/** What was saved on its own is smaller. */
const MAX_LOOSE_BYTES = 512 * 1024 * 1024;

/**
 * Loose logs of an Android phone: intrusion logs and usage logs, or what dumpsys wrote, with or without its headers.
 *
 * Where there is but one kind, the others are not listed as absent: nobody expects them there.
 */
export const androidLogs: SourceReader = {
  kind: 'android-logs',
  async open(tree) {
    const { dumps, logs } = await look(tree);
    if (!dumps && !logs) return undefined;
    const checks = [...(dumps ? DUMP_CHECKS : []), ...(logs ? LOG_CHECKS : [])];
    return androidSource('android-logs', await gatherAndroid(tree, () => dumps), checks);
  },
};

async function look(tree: EvidenceTree): Promise<{ dumps: boolean; logs: boolean }> {
  let [dumps, logs, looked] = [false, false, 0];
  for await (const { path } of tree.files()) {
    if (++looked > MAX_LOOKED_AT || (dumps && logs)) break;
    const file = await tree.open(path);
    if (file === undefined) continue;
    try {
      logs ||= isIntrusionLog(file);
      dumps ||= file.sizeBytes <= MAX_LOOSE_BYTES && isDump(file);
    } finally {
      file.close();
    }
  }
  return { dumps, logs };
}

function isDump(file: OpenFile): boolean {
  return looseSections(file).length > 0 || findSections(file).length > 0;
}
