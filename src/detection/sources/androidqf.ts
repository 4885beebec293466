import { type EvidenceTree, gatherAndroid, nameOf, unreadable } from '../../evidence/index.ts';
import { BACKUP_CHECKS, DUMP_CHECKS, LOG_CHECKS, QF_CHECKS } from './android-checks.ts';
import { androidSource } from './android-source.ts';
import { closedSource, startOf } from './archive.ts';
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
/** age-encryption.org/v1, header. */
const AGE = /^age-encryption\.org\/v1\n/;
const AGE_ADVICE =
  'the collection is encrypted with age: decrypt it first where its key is kept (age --decrypt --identity KEY --output COLLECTION.zip FILE), then check the zip';

/** Collection of AndroidQF: folder or zip. One that is encrypted (`.zip.age`) is recognised, and told how to open it. */
export const androidqf: SourceReader = {
  kind: 'androidqf',
  async open(tree, options) {
    const sealed = await sealedCollection(tree);
    if (sealed !== undefined) return closedSource('androidqf', true, unreadable('collection', sealed, 0, AGE_ADVICE));
    if (tree.single || !(await isCollection(tree))) return undefined;
    const gathered = await gatherAndroid(tree, options);
    const checks = [...DUMP_CHECKS, ...QF_CHECKS, ...BACKUP_CHECKS, ...LOG_CHECKS];
    return androidSource('androidqf', gathered, checks, options.level);
  },
};

async function isCollection(tree: EvidenceTree): Promise<boolean> {
  for await (const { path } of tree.files()) {
    const sign = path.split('/').length <= MAX_DEPTH ? SIGNS.get(nameOf(path)) : undefined;
    if (sign?.test((await startOf(tree, path, HEAD_BYTES)).text)) return true;
  }
  return false;
}

/** Path of an encrypted collection, alone or the only thing in a folder. */
async function sealedCollection(tree: EvidenceTree): Promise<string | undefined> {
  let only: string | undefined;
  for await (const { path } of tree.files()) {
    if (only !== undefined) return undefined;
    only = path;
  }
  return only !== undefined && AGE.test((await startOf(tree, only, HEAD_BYTES)).text) ? only : undefined;
}
