/**
 * tlog-tiles: how transparency logs store and serve their tree (https://c2sp.org/tlog-tiles): tiles of 256 hashes and bundles of 256 entries, by path.
 *
 * A full tile never changes; the one at the end of each level is partial and has its width in its path. A log grows from its edge, which is
 * all partial tiles (`appendLeaves`), and makes proofs from any tiles that it or somebody else can read (`nodesFromTiles` and merkle-tree).
 */
export { formatBundle, parseBundle } from './bundle.ts';
export { appendLeaves, EMPTY_EDGE, type FilledTile, type ReadTiles, readEdge, rootOf, type TreeEdge } from './edge.ts';
export { parseTilePath, tilePath } from './path.ts';
export { nodesFromTiles } from './read-nodes.ts';
export { newTiles, partialTiles, type Tile, widthAt } from './tile.ts';
