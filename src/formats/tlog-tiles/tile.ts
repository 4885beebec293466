import { checkSize } from '../merkle-tree/index.ts';

// C2SP tlog-tiles, "Merkle Tree": a full tile is 256 hashes wide.
export const TILE_WIDTH = 256;
/** A tile's level says so many levels of the tree: 256 = 2^8. */
export const TILE_HEIGHT = 8;

/** Consecutive hashes of one level of the tree, or the bundle of consecutive entries. */
export interface Tile {
  /** Level 0 holds hashes of leaves, each higher one the hashes of the full tiles below it. */
  readonly level: number | 'entries';
  /** Its place within the level; it begins at `index * 256`. */
  readonly index: number;
  /** 256, or from 1 to 255 for the partial tile at the end of a level. */
  readonly width: number;
}

/** How many hashes of a level a tree of `size` leaves has in tiles. */
export function hashesAt(level: Tile['level'], size: number): number {
  return level === 'entries' ? size : Math.floor(size / TILE_WIDTH ** level);
}

/** How wide a tile is in a tree of `size` leaves; 0 where it is not in that tree. @throws FormatError `merkle-tree-size` */
export function widthAt({ level, index }: Pick<Tile, 'level' | 'index'>, size: number): number {
  checkSize(size);
  return Math.max(0, Math.min(TILE_WIDTH, hashesAt(level, size) - index * TILE_WIDTH));
}

/**
 * The tiles of hashes that a log publishes when it grows: the full ones that were completed and, of each level that changed, the partial one
 * at its end. Bundles of entries have the places of level 0.
 *
 * @throws FormatError `merkle-tree-size`
 */
export function* newTiles(oldSize: number, newSize: number): Generator<Tile & { readonly level: number }> {
  checkSize(oldSize);
  checkSize(newSize);
  for (let level = 0; hashesAt(level, newSize) > hashesAt(level, oldSize); level++) {
    const end = hashesAt(level, newSize);
    for (let index = Math.floor(hashesAt(level, oldSize) / TILE_WIDTH); index * TILE_WIDTH < end; index++)
      yield { level, index, width: Math.min(TILE_WIDTH, end - index * TILE_WIDTH) };
  }
}

/** The partial tile of each level that a tree of `size` leaves has, the lowest first. @throws FormatError `merkle-tree-size` */
export function partialTiles(size: number): readonly (Tile & { readonly level: number })[] {
  checkSize(size);
  const tiles: (Tile & { readonly level: number })[] = [];
  for (let level = 0; hashesAt(level, size) > 0; level++) {
    const index = Math.floor(hashesAt(level, size) / TILE_WIDTH);
    const width = hashesAt(level, size) % TILE_WIDTH;
    if (width > 0) tiles.push({ level, index, width });
  }
  return tiles;
}
