import { type EvidenceTree, findSections, gatherAndroid, looseSections } from '../../readers/index.ts';
import { DUMP_CHECKS } from './android-checks.ts';
import { androidSource } from './android-source.ts';
import type { SourceReader } from './source.ts';

/** A folder of loose logs has few files; more are not looked at to find out what it is. */
const MAX_LOOKED_AT = 2000;
/** Sections stand at any place of a large file; what was saved on its own is small. */
const MAX_LOOSE_BYTES = 512 * 1024 * 1024;

/** Loose logs of an Android phone: what dumpsys wrote, with or without its headers. */
export const androidLogs: SourceReader = {
  kind: 'android-logs',
  async open(tree) {
    if (!(await holdsLogs(tree))) return undefined;
    return androidSource('android-logs', await gatherAndroid(tree, () => true), DUMP_CHECKS);
  },
};

async function holdsLogs(tree: EvidenceTree): Promise<boolean> {
  let looked = 0;
  for await (const { path } of tree.files()) {
    if (++looked > MAX_LOOKED_AT) return false;
    const file = await tree.open(path);
    if (file === undefined) continue;
    try {
      if (file.sizeBytes > MAX_LOOSE_BYTES) continue;
      if (looseSections(file).length > 0 || findSections(file).length > 0) return true;
    } finally {
      file.close();
    }
  }
  return false;
}
