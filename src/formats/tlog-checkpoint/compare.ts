import { equalBytes, FormatError } from '../../base/index.ts';
import { emptyRoot, rootsOfPrefix, type TreeHead } from '../merkle-tree/index.ts';

/** What two heads, both signed by one key for one origin, say of the log. */
export type Comparison =
  /** They are of one tree. */
  | { readonly kind: 'same' }
  /** The newer one is proven to continue the older one. */
  | { readonly kind: 'continued' }
  /** The log has signed two trees: it has shown one to some and another to others, or has rewritten what it had signed. */
  | { readonly kind: 'split'; readonly why: 'same-size' | 'not-continued' }
  /** Of different sizes, and without a proof nobody can say more. */
  | { readonly kind: 'unknown' };

/**
 * Compares two heads. NOTE: whoever calls has verified both signatures (`openCheckpoint`), by the same key and for the same origin; only then is a split
 * evidence that anybody can check.
 *
 * @param prefixProof by `provePrefix` in the tree of the newer one; without it nothing is said of two sizes
 * @throws FormatError `tlog-checkpoint-proof` for a proof that does not lead to the newer root, and so says nothing about it; `merkle-tree-proof`
 */
export function compareHeads(a: TreeHead, b: TreeHead, prefixProof?: readonly Uint8Array[]): Comparison {
  const [older, newer] = a.size <= b.size ? [a, b] : [b, a];
  if (older.size === newer.size)
    return equalBytes(older.root, newer.root) ? { kind: 'same' } : { kind: 'split', why: 'same-size' };
  // Every tree continues the empty one, of which there is only one.
  if (older.size === 0) return continuedIf(equalBytes(older.root, emptyRoot()));
  if (prefixProof === undefined) return { kind: 'unknown' };
  const proven = rootsOfPrefix(older.size, newer.size, prefixProof);
  if (!equalBytes(proven.newer, newer.root))
    throw new FormatError(
      'tlog-checkpoint-proof',
      -1,
      'Cannot compare: the proof is of another tree than the newer head',
    );
  return continuedIf(equalBytes(proven.older, older.root));
}

function continuedIf(continued: boolean): Comparison {
  return continued ? { kind: 'continued' } : { kind: 'split', why: 'not-continued' };
}
