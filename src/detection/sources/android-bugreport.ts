import { DUMPSTATE_SIGN, gatherAndroid, isDumpName, nameOf } from '../../evidence/index.ts';
import { DUMP_CHECKS } from './android-checks.ts';
import { androidSource } from './android-source.ts';
import { startOf } from './archive.ts';
import type { SourceReader } from './source.ts';

const HEAD_BYTES = 256 * 1024;

/** What stands in every bug report beside its main text (AOSP dumpstate). */
const BESIDE = /^(?:[^/]+\/)?main_entry\.txt$/;

/** Bug report of Android: folder or zip with a dumpstate file, or that file alone; also one whose dumpstate is damaged or missing, which its row says. */
export const androidBugreport: SourceReader = {
  kind: 'android-bugreport',
  async open(tree, options) {
    let isBeside = false;
    for await (const { path } of tree.files()) {
      isBeside ||= !tree.single && BESIDE.test(path);
      if (!isDumpName(nameOf(path))) continue;
      const { text, damaged } = await startOf(tree, path, HEAD_BYTES);
      if (!damaged && !DUMPSTATE_SIGN.test(text)) continue;
      return androidSource('android-bugreport', await gatherAndroid(tree, options), DUMP_CHECKS, options.level);
    }
    if (!isBeside) return undefined;
    return androidSource('android-bugreport', await gatherAndroid(tree, options), DUMP_CHECKS, options.level);
  },
};
