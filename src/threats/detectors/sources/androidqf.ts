import { type EvidenceTree, gatherAndroid, headOf, nameOf } from '../../readers/index.ts';
import { BACKUP_CHECKS, DUMP_CHECKS, LOG_CHECKS, QF_CHECKS } from './android-checks.ts';
import { androidSource } from './android-source.ts';
import type { SourceReader } from './source.ts';

/** Files that AndroidQF writes, and how each begins. */
const SIGNS: ReadonlyMap<string, RegExp> = new Map([
  ['acquisition.json', /^\s*\{[\s\S]*"androidqf_version"/],
  ['packages.json', /^\s*\[\s*\{[\s\S]*"installer"/],
  ['root_binaries.json', /^\s*\[/],
  ['getprop.txt', /^\[[\w.-]+\]: \[/],
  ['processes.txt', /^(?:LABEL\s+)?USER\s+PID\s/],
  ['ps.txt', /^(?:LABEL\s+)?USER\s+PID\s/],
]);
/** The files stand at the root of the collection, which may lie in one folder of a zip. */
const MAX_DEPTH = 2;
const HEAD_BYTES = 64 * 1024;

/** Collection of AndroidQF: folder or zip. */
export const androidqf: SourceReader = {
  kind: 'androidqf',
  async open(tree, options) {
    if (tree.single || !(await isCollection(tree))) return undefined;
    return androidSource(
      'androidqf',
      await gatherAndroid(tree, options),
      [...DUMP_CHECKS, ...QF_CHECKS, ...BACKUP_CHECKS, ...LOG_CHECKS],
      options.level,
    );
  },
};

async function isCollection(tree: EvidenceTree): Promise<boolean> {
  for await (const { path } of tree.files()) {
    const sign = path.split('/').length <= MAX_DEPTH ? SIGNS.get(nameOf(path)) : undefined;
    const file = sign === undefined ? undefined : await tree.open(path);
    if (sign === undefined || file === undefined) continue;
    try {
      if (sign.test(headOf(file, HEAD_BYTES))) return true;
    } finally {
      file.close();
    }
  }
  return false;
}
