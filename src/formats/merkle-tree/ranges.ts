import { FormatError } from '../../base/index.ts';
import { checkSize } from './hash.ts';

/** Leaves from `begin` up to but not including `end`. */
export interface LeafRange {
  readonly begin: number;
  readonly end: number;
}

/** A complete subtree, by the binary logarithm of its leaves and its place among those of its level: its hash never changes once it is there. */
export interface NodeId {
  readonly level: number;
  readonly index: number;
}

/**
 * What the inclusion proof of a leaf consists of, the nearest of the leaf first: each is the sibling of what is hashed so far.
 *
 * RFC 6962 section 2.1.1, PATH(m, D[n]). @throws FormatError `merkle-tree-size`
 */
export function inclusionPath(index: number, size: number): readonly LeafRange[] {
  checkSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size)
    throw new FormatError('merkle-tree-size', -1, `Cannot prove leaf: index ${index} is not in a tree of ${size}`);
  const path: LeafRange[] = [];
  let [begin, end] = [0, size];
  while (end - begin > 1) {
    const middle = begin + splitOf(end - begin);
    path.push(index < middle ? { begin: middle, end } : { begin, end: middle });
    if (index < middle) end = middle;
    else begin = middle;
  }
  return path.reverse();
}

/**
 * What shows that the first `first` leaves of a tree of `second` are a tree of their own: the last complete subtree that ends at `first`, and
 * upwards from it the siblings of what is hashed so far.
 *
 * RFC 6962 section 2.1.2, PROOF(m, D[n]), which leaves the seed out where it is the whole of the older tree.
 * @throws FormatError `merkle-tree-size`, also for an older tree without leaves, which proves nothing
 */
export function prefixPath(
  first: number,
  second: number,
): { readonly seed: LeafRange; readonly path: readonly LeafRange[] } {
  checkSize(first);
  checkSize(second);
  if (first === 0 || first > second)
    throw new FormatError('merkle-tree-size', -1, `Cannot prove consistency: from ${first} leaves to ${second}`);
  const path: LeafRange[] = [];
  let [begin, end] = [0, second];
  while (end !== first) {
    const middle = begin + splitOf(end - begin);
    path.push(first <= middle ? { begin: middle, end } : { begin, end: middle });
    if (first <= middle) end = middle;
    else begin = middle;
  }
  return { seed: { begin, end }, path: path.reverse() };
}

/** The complete subtrees that a range of a tree is made of, the largest and leftmost first; `begin` is where the tree splits. */
export function nodesOf({ begin, end }: LeafRange): readonly NodeId[] {
  const nodes: NodeId[] = [];
  for (let at = begin; at < end; ) {
    let [level, width] = [0, 1];
    while (width * 2 <= end - at) {
      level += 1;
      width *= 2;
    }
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}

/** The largest power of two below `count`, at which a tree of more than one leaf splits. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}
