import { FormatError } from '../../base/index.ts';
import { checkSize, type NodeId, type ReadNodes, type Sha256 } from '../merkle-tree/index.ts';
import type { ReadTiles } from './edge.ts';
import { checkHashes, subtreeHash } from './hashes.ts';
import { tilePath } from './path.ts';
import { TILE_HEIGHT, TILE_WIDTH, type Tile, widthAt } from './tile.ts';

/**
 * Makes the nodes of a tree of `size` leaves readable from its tiles, so that proofs can be made; each proof asks for tiles once, at most 14.
 *
 * Nothing here says that the tiles are those of a signed tree: a proof that is made from other ones does not verify.
 * @throws FormatError, once nodes are read: `merkle-tree-size`, `tlog-tiles-hashes`
 */
export function nodesFromTiles(size: number, readTiles: ReadTiles, hash?: Sha256): ReadNodes {
  return async (nodes) => {
    const places = nodes.map((node) => placeOf(node, size));
    const tiles = [...new Map(places.map(({ tile }) => [tilePath(tile), tile])).values()];
    const read = await readTiles(tiles);
    const bytes = new Map(tiles.map((tile, i) => [tilePath(tile), read[i] ?? new Uint8Array(0)]));
    return places.map(({ tile, at, count }) => {
      const found = bytes.get(tilePath(tile)) ?? new Uint8Array(0);
      checkHashes(found, tile.width);
      return subtreeHash(found, at, count, hash);
    });
  };
}

/** Where a node stands: the subtree over `count` hashes of a tile from `at` on. */
function placeOf(
  { level, index }: NodeId,
  size: number,
): { readonly tile: Tile & { readonly level: number }; readonly at: number; readonly count: number } {
  checkSize(size);
  const count = 2 ** (level % TILE_HEIGHT);
  const first = index * count;
  const tile = { level: Math.floor(level / TILE_HEIGHT), index: Math.floor(first / TILE_WIDTH) };
  const [width, at] = [widthAt(tile, size), first % TILE_WIDTH];
  if (at + count > width)
    throw new FormatError('merkle-tree-size', -1, `Cannot read node: ${level}/${index} is not in a tree of ${size}`);
  return { tile: { ...tile, width }, at, count };
}
