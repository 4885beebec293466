import { DUMPSTATE_SIGN, gatherAndroid, headOf, isDumpName, nameOf } from '../../readers/index.ts';
import { DUMP_CHECKS } from './android-checks.ts';
import { androidSource } from './android-source.ts';
import type { SourceReader } from './source.ts';

const HEAD_BYTES = 256 * 1024;

/** Bug report of Android: folder or zip with a dumpstate file, or that file alone. */
export const androidBugreport: SourceReader = {
  kind: 'android-bugreport',
  async open(tree, options) {
    for await (const { path } of tree.files()) {
      if (!isDumpName(nameOf(path))) continue;
      const file = await tree.open(path);
      if (file === undefined) continue;
      try {
        if (!DUMPSTATE_SIGN.test(headOf(file, HEAD_BYTES))) continue;
      } finally {
        file.close();
      }
      return androidSource('android-bugreport', await gatherAndroid(tree, options), DUMP_CHECKS, options.level);
    }
    return undefined;
  },
};
