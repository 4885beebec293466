import { FormatError } from '../../base/index.ts';
import { checkSize, emptyRoot, HASH_BYTES, nodeHash } from './hash.ts';
import { inclusionPath, type LeafRange, type NodeId, nodesOf, prefixPath } from './ranges.ts';

/** Reads the hashes of complete subtrees, in the order in which they are asked for; each proof asks once, for at most 106. */
export type ReadNodes = (nodes: readonly NodeId[]) => Promise<readonly Uint8Array[]>;

/** The root of the tree of the first `size` leaves. @throws FormatError `merkle-tree-size`, `merkle-tree-nodes` */
export async function readRoot(size: number, readNodes: ReadNodes): Promise<Uint8Array> {
  checkSize(size);
  if (size === 0) return emptyRoot();
  const [root] = await hashesOf([{ begin: 0, end: size }], readNodes);
  return root ?? emptyRoot();
}

/**
 * Proves that the tree of `size` leaves has the one at `index`: RFC 6962 section 2.1.1, hashes of the siblings from the leaf to the root.
 *
 * @throws FormatError `merkle-tree-size`, `merkle-tree-nodes`
 */
export async function proveInclusion(
  index: number,
  size: number,
  readNodes: ReadNodes,
): Promise<readonly Uint8Array[]> {
  return await hashesOf(inclusionPath(index, size), readNodes);
}

/**
 * Proves that the tree of `second` leaves continues the one of `first`, at least 1: RFC 6962 section 2.1.2.
 *
 * @throws FormatError `merkle-tree-size`, `merkle-tree-nodes`
 */
export async function proveConsistency(
  first: number,
  second: number,
  readNodes: ReadNodes,
): Promise<readonly Uint8Array[]> {
  const { seed, path } = prefixPath(first, second);
  if (path.length === 0) return [];
  // The verifier has the hash of an older tree that is one complete subtree.
  return await hashesOf(seed.begin === 0 ? path : [seed, ...path], readNodes);
}

/**
 * Shows what the first `first` leaves of the tree of `second` hash to, whatever anybody has said that they do: a consistency proof that always
 * begins with the hash of the subtree that ends at `first`. `rootsOfPrefix` reads it.
 *
 * @throws FormatError `merkle-tree-size`, `merkle-tree-nodes`
 */
export async function provePrefix(first: number, second: number, readNodes: ReadNodes): Promise<readonly Uint8Array[]> {
  const { seed, path } = prefixPath(first, second);
  return await hashesOf([seed, ...path], readNodes);
}

async function hashesOf(ranges: readonly LeafRange[], readNodes: ReadNodes): Promise<readonly Uint8Array[]> {
  const wanted = ranges.map((range) => nodesOf(range));
  const nodes = wanted.flat();
  if (nodes.length === 0) return [];
  const hashes = await readNodes(nodes);
  if (hashes.length !== nodes.length || hashes.some(({ length }) => length !== HASH_BYTES))
    throw new FormatError('merkle-tree-nodes', -1, `Cannot prove: ${nodes.length} hashes of 32 bytes were wanted`);
  let at = 0;
  return wanted.map(({ length }) => {
    at += length;
    return hashes.slice(at - length, at).reduceRight((right, left) => nodeHash(left, right));
  });
}
