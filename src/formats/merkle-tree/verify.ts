import { equalBytes, FormatError } from '../../base/index.ts';
import { HASH_BYTES, nodeHash, type TreeHead } from './hash.ts';
import { inclusionPath, prefixPath } from './ranges.ts';

/**
 * Verifies that a tree has this leaf at this index; returns only when it has.
 *
 * @throws FormatError `merkle-tree-size` (no such index or size), `merkle-tree-proof` (too few or too many hashes, or some that are not 32 bytes),
 *   `merkle-tree-root` (the proof leads to another root)
 */
export function verifyInclusion(
  leaf: { readonly index: number; readonly hash: Uint8Array },
  tree: TreeHead,
  proof: readonly Uint8Array[],
): void {
  const path = inclusionPath(leaf.index, tree.size);
  checkHashes([leaf.hash, ...proof], 1 + path.length);
  const root = path.reduce((hash, { end }, i) => {
    const sibling = proof[i] ?? hash; // there are as many as the path has
    return end <= leaf.index ? nodeHash(sibling, hash) : nodeHash(hash, sibling);
  }, leaf.hash);
  expectRoot(root, tree);
}

/**
 * Verifies that a tree continues an older one, which has at least one leaf; returns only when it does.
 *
 * @throws FormatError `merkle-tree-size`, `merkle-tree-proof`, `merkle-tree-root` as for inclusion
 */
export function verifyConsistency(older: TreeHead, newer: TreeHead, proof: readonly Uint8Array[]): void {
  const { seed } = prefixPath(older.size, newer.size);
  // RFC 9162 section 2.1.4.2 puts the older root in front in the same case.
  const roots = rootsOfPrefix(older.size, newer.size, seed.begin === 0 ? [older.root, ...proof] : proof);
  expectRoot(roots.older, older);
  expectRoot(roots.newer, newer);
}

/**
 * What a proof by `provePrefix` says of both trees: where `newer` is the root that somebody signed, the first leaves of that tree hash to
 * `older` and to nothing else.
 *
 * @throws FormatError `merkle-tree-size`, `merkle-tree-proof`
 */
export function rootsOfPrefix(
  first: number,
  second: number,
  proof: readonly Uint8Array[],
): { readonly older: Uint8Array; readonly newer: Uint8Array } {
  const { path } = prefixPath(first, second);
  checkHashes(proof, 1 + path.length);
  const [seed = new Uint8Array(0), ...siblings] = proof;
  let [older, newer] = [seed, seed];
  for (const [i, { begin }] of path.entries()) {
    const sibling = siblings[i] ?? seed; // there are as many as the path has
    if (begin >= first) {
      newer = nodeHash(newer, sibling);
    } else {
      older = nodeHash(sibling, older);
      newer = nodeHash(sibling, newer);
    }
  }
  return { older, newer };
}

function checkHashes(hashes: readonly Uint8Array[], count: number): void {
  if (hashes.length !== count)
    throw new FormatError('merkle-tree-proof', -1, `Cannot verify: ${hashes.length} hashes where ${count} are wanted`);
  if (hashes.some(({ length }) => length !== HASH_BYTES))
    throw new FormatError('merkle-tree-proof', -1, 'Cannot verify: a hash is not 32 bytes');
}

function expectRoot(root: Uint8Array, tree: TreeHead): void {
  if (!equalBytes(root, tree.root))
    throw new FormatError('merkle-tree-root', -1, `Cannot trust: the proof leads to another tree of ${tree.size}`);
}
