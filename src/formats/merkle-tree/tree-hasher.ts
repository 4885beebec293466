import { sha256 } from '@noble/hashes/sha2.js';
import { emptyRoot, nodeHash, type Sha256 } from './hash.ts';

/** A tree that only grows: it keeps one hash for each complete subtree, at most 53. */
export interface TreeHasher {
  readonly size: number;
  /** @param leaf hash of a leaf, 32 bytes */
  add(leaf: Uint8Array): void;
  root(): Uint8Array;
}

/** Makes a tree without leaves; MTH of RFC 6962 section 2.1, leaf by leaf. */
export function makeTreeHasher(hash: Sha256 = sha256): TreeHasher {
  const subtrees: Uint8Array[] = [];
  let size = 0;
  return {
    get size() {
      return size;
    },
    add(leaf) {
      let root = leaf;
      // Each one at the end of the binary size is a subtree as large as the one that the new leaf has completed.
      for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) root = nodeHash(subtrees.pop() ?? root, root, hash);
      subtrees.push(root);
      size += 1;
    },
    root: () => (size === 0 ? emptyRoot() : subtrees.reduceRight((right, left) => nodeHash(left, right, hash))),
  };
}
