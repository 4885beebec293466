import { concatBytes } from '../../base/index.ts';
import { checkSize, emptyRoot, HASH_BYTES, nodeHash, type Sha256 } from '../merkle-tree/index.ts';
import { checkHashes, subtreeHash } from './hashes.ts';
import { hashesAt, partialTiles, TILE_WIDTH, type Tile } from './tile.ts';

/** Reads tiles of hashes, in the order in which they are asked for; each has the width that is asked for. */
export type ReadTiles = (tiles: readonly (Tile & { readonly level: number })[]) => Promise<readonly Uint8Array[]>;

/** All that a log needs of a tree to let it grow: at most 255 hashes of each level, 24 kB at 16 million leaves. */
export interface TreeEdge {
  readonly size: number;
  /** By level, the hashes of its partial tile; nothing where it ends with a full one. */
  readonly partial: readonly Uint8Array[];
}

/** A tile with what it holds. */
export interface FilledTile {
  readonly tile: Tile & { readonly level: number };
  readonly bytes: Uint8Array;
}

/** What a tree without leaves grows from. */
export const EMPTY_EDGE: TreeEdge = { size: 0, partial: [] };

/**
 * Reads the edge of a stored tree. NOTE: whether it is the tree that was signed is seen by its root alone: compare `rootOf` with the checkpoint.
 *
 * @throws FormatError `merkle-tree-size`, `tlog-tiles-hashes`
 */
export async function readEdge(size: number, readTiles: ReadTiles): Promise<TreeEdge> {
  const tiles = partialTiles(size);
  const read = tiles.length === 0 ? [] : await readTiles(tiles);
  const partial: Uint8Array[] = [];
  for (let level = 0; hashesAt(level, size) > 0; level++) partial.push(new Uint8Array(0));
  for (const [i, { level, width }] of tiles.entries()) {
    const bytes = read[i] ?? new Uint8Array(0);
    checkHashes(bytes, width);
    partial[level] = bytes;
  }
  return { size, partial };
}

/** The root of a tree, from its edge. */
export function rootOf({ partial }: TreeEdge, hash?: Sha256): Uint8Array {
  let root: Uint8Array | undefined;
  for (const bytes of partial) {
    // The binary digits of the width are its complete subtrees; the smallest stands last.
    for (let [at, count] = [bytes.length / HASH_BYTES, 1]; at > 0; count *= 2) {
      if (at % (count * 2) === 0) continue;
      at -= count;
      const subtree = subtreeHash(bytes, at, count, hash);
      root = root === undefined ? subtree : nodeHash(subtree, root, hash);
    }
  }
  return root ?? emptyRoot();
}

/**
 * Lets a tree grow.
 *
 * @param leaves hashes of the new leaves, 32 bytes each
 * @returns the new edge, and every tile to publish: those of `newTiles`, in that order
 * @throws FormatError `merkle-tree-size` (beyond 2^53 - 1), `tlog-tiles-hashes` (a leaf or the edge is not as long as it must be)
 */
export function appendLeaves(
  edge: TreeEdge,
  leaves: readonly Uint8Array[],
  hash?: Sha256,
): { readonly edge: TreeEdge; readonly tiles: readonly FilledTile[] } {
  const size = edge.size + leaves.length;
  checkSize(size);
  for (const leaf of leaves) checkHashes(leaf, 1);
  const [tiles, partial]: [FilledTile[], Uint8Array[]] = [[], []];
  let added = leaves;
  for (let level = 0; hashesAt(level, size) > 0; level++) {
    const before = edge.partial[level] ?? new Uint8Array(0);
    checkHashes(before, hashesAt(level, edge.size) % TILE_WIDTH);
    const bytes = added.length === 0 ? before : concatBytes([before, ...added]);
    const first = Math.floor(hashesAt(level, edge.size) / TILE_WIDTH);
    const above: Uint8Array[] = [];
    let at = 0;
    for (; at + TILE_WIDTH * HASH_BYTES <= bytes.length; at += TILE_WIDTH * HASH_BYTES) {
      const full = bytes.slice(at, at + TILE_WIDTH * HASH_BYTES);
      tiles.push({ tile: { level, index: first + above.length, width: TILE_WIDTH }, bytes: full });
      above.push(subtreeHash(full, 0, TILE_WIDTH, hash));
    }
    const rest = bytes.slice(at);
    partial.push(rest);
    const tile = { level, index: first + above.length, width: rest.length / HASH_BYTES };
    if (added.length > 0 && rest.length > 0) tiles.push({ tile, bytes: rest });
    added = above;
  }
  return { edge: { size, partial }, tiles };
}
