import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import {
  emptyRoot,
  leafHash,
  MAX_SIZE,
  makeTreeHasher,
  proveConsistency,
  proveInclusion,
  verifyConsistency,
  verifyInclusion,
} from '../merkle-tree/index.ts';
import { nodeSha256 } from '../merkle-tree/node.ts';
import {
  appendLeaves,
  EMPTY_EDGE,
  formatBundle,
  newTiles,
  nodesFromTiles,
  parseBundle,
  parseTilePath,
  partialTiles,
  type ReadTiles,
  readEdge,
  rootOf,
  type TreeEdge,
  tilePath,
  widthAt,
} from './index.ts';

const leafAt = (index: number) => leafHash(utf8Bytes(`leaf ${index}`), nodeSha256);

describe('parseTilePath()', () => {
  it.each([
    ['tile/0/000', { level: 0, index: 0, width: 256 }],
    ['tile/0/x001/x234/067', { level: 0, index: 1_234_067, width: 256 }],
    ['tile/entries/x001/x234/067.p/6', { level: 'entries', index: 1_234_067, width: 6 }],
    ['tile/2/000.p/255', { level: 2, index: 0, width: 255 }],
    ['tile/63/999.p/1', { level: 63, index: 999, width: 1 }],
    ['tile/1/x001/000', { level: 1, index: 1000, width: 256 }],
    ['tile/0/x009/x007/x199/x254/x740/991', { level: 0, index: MAX_SIZE, width: 256 }],
  ] as const)('reads %s, and tilePath() writes it', (path, tile) => {
    expect(parseTilePath(path)).toEqual(tile);
    expect(tilePath(tile)).toBe(path);
  });

  it.each([
    '',
    'tile/0/0',
    'tile/00/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/data/000',
    'tile/8/0/000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/257',
    'tile/0/000.p/999',
    'tile/0/000.p/01',
    'tile/0/000.p/',
    'tile/0/000.p',
    'tile/0/x000/001',
    'tile/0/001/000',
    'tile/0/x001',
    'tile/0/x001/x000',
    'tile/0/000/',
    'tile/0/../000',
    'tile/0/000\n',
    'Tile/0/000',
    'tile/0/٠٠٠',
    '/tile/0/000',
    'tile/0/x009/x007/x199/x254/x740/992',
    'tile/0/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/x999/999',
  ])('refuses %j', (path) => {
    expect(() => parseTilePath(path)).toThrow(expect.objectContaining({ code: 'tlog-tiles-path' }));
  });

  it('reads what tilePath() writes, and writes what it reads', () => {
    const level = fc.oneof(fc.constant('entries' as const), fc.nat({ max: 63 }));
    fc.assert(
      fc.property(level, fc.maxSafeNat(), fc.integer({ min: 1, max: 256 }), (at, index, width) => {
        const tile = { level: at, index, width };
        expect(parseTilePath(tilePath(tile))).toEqual(tile);
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('newTiles()', () => {
  it('names those of the two trees that the specification counts', () => {
    const tiles = [...newTiles(0, 70_000)];
    const partial = ['tile/0/273.p/112', 'tile/1/001.p/17', 'tile/2/000.p/1'];
    expect(tiles.map((tile) => tilePath(tile)).filter((path) => path.includes('.p/'))).toEqual(partial);
    expect(partialTiles(70_000).map((tile) => tilePath(tile))).toEqual(partial);
    expect(tiles.filter(({ width }) => width === 256).map(({ level }) => level)).toEqual([...Array(273).fill(0), 1]);
    expect([...newTiles(0, 256)].map((tile) => tilePath(tile))).toEqual(['tile/0/000', 'tile/1/000.p/1']);
  });

  it('names none while nothing grows, and only what changes', () => {
    expect([...newTiles(300, 300)]).toEqual([]);
    expect([...newTiles(300, 200)]).toEqual([]);
    expect([...newTiles(255, 257)].map((tile) => tilePath(tile))).toEqual([
      'tile/0/000',
      'tile/0/001.p/1',
      'tile/1/000.p/1',
    ]);
    expect([...newTiles(257, 258)].map((tile) => tilePath(tile))).toEqual(['tile/0/001.p/2']);
  });
});

describe('widthAt()', () => {
  it('is what stands in a tree of that size', () => {
    expect(widthAt({ level: 0, index: 273 }, 70_000)).toBe(112);
    expect(widthAt({ level: 'entries', index: 272 }, 70_000)).toBe(256);
    expect(widthAt({ level: 2, index: 1 }, 70_000)).toBe(0);
    expect(widthAt({ level: 6, index: 0 }, MAX_SIZE)).toBe(31);
    expect(() => widthAt({ level: 0, index: 0 }, -1)).toThrow(FormatError);
  });
});

/** A log that keeps what it publishes, as a server does. */
function makeLog() {
  const stored = new Map<string, Uint8Array>();
  const state: { edge: TreeEdge } = { edge: EMPTY_EDGE };
  const readTiles: ReadTiles = async (tiles) =>
    tiles.map((tile) => {
      const found = stored.get(tilePath(tile));
      if (found === undefined) throw new Error(`${tilePath(tile)} was never published`);
      return found;
    });
  return {
    state,
    stored,
    readTiles,
    grow(count: number) {
      const from = state.edge.size;
      const leaves = Array.from({ length: count }, (_, i) => leafAt(from + i));
      const { edge, tiles } = appendLeaves(state.edge, leaves, nodeSha256);
      expect(tiles.map(({ tile }) => tile)).toEqual([...newTiles(from, from + count)]);
      for (const { tile, bytes } of tiles) {
        expect(bytes).toHaveLength(tile.width * 32);
        stored.set(tilePath(tile), bytes);
      }
      state.edge = edge;
    },
  };
}

describe('appendLeaves()', () => {
  it('grows by any steps to the tree of all leaves, and its tiles prove every two of its sizes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.nat({ max: 5 }), fc.nat({ max: 700 }), fc.constantFrom(255, 256, 257)), { maxLength: 8 }),
        fc.nat(),
        async (steps, pick) => {
          const log = makeLog();
          const tree = makeTreeHasher(nodeSha256);
          const heads = [];
          for (const step of steps) {
            log.grow(step);
            while (tree.size < log.state.edge.size) tree.add(leafAt(tree.size));
            const root = rootOf(log.state.edge);
            expect(root).toEqual(new Uint8Array(tree.root()));
            expect(await readEdge(tree.size, log.readTiles)).toEqual(log.state.edge);
            heads.push({ size: tree.size, root });
          }
          const size = tree.size;
          const newest = heads.at(-1);
          if (newest === undefined || size === 0) return;
          const read = nodesFromTiles(size, log.readTiles);
          const index = pick % size;
          verifyInclusion({ index, hash: leafAt(index) }, newest, await proveInclusion(index, size, read));
          for (const head of heads)
            if (head.size > 0) verifyConsistency(head, newest, await proveConsistency(head.size, size, read));
        },
      ),
      { numRuns: runs(30) },
    );
  });

  it('goes through three levels of tiles', async () => {
    const log = makeLog();
    log.grow(65_535);
    log.grow(4_465);
    const root = rootOf(log.state.edge, nodeSha256);
    const size = log.state.edge.size;
    expect(log.state.edge.partial.map(({ length }) => length / 32)).toEqual([112, 17, 1]);
    expect(log.stored.has('tile/1/000')).toBe(true);
    const asked: number[] = [];
    const read = nodesFromTiles(size, (tiles) => {
      asked.push(tiles.length);
      return log.readTiles(tiles);
    });
    for (const index of [0, 255, 256, 65_535, 65_536, 69_999])
      verifyInclusion({ index, hash: leafAt(index) }, { size, root }, await proveInclusion(index, size, read));
    expect(asked).toHaveLength(6);
    expect(Math.max(...asked)).toBeLessThanOrEqual(6);
  });

  it('refuses hashes that are none, and an edge that is not as wide as it must be', async () => {
    expect(() => appendLeaves(EMPTY_EDGE, [new Uint8Array(31), new Uint8Array(33)])).toThrow(FormatError);
    expect(() => appendLeaves({ size: 5, partial: [new Uint8Array(4 * 32)] }, [leafAt(0)])).toThrow(FormatError);
    expect(() => appendLeaves({ size: MAX_SIZE, partial: [] }, [leafAt(0)])).toThrow(FormatError);
    await expect(readEdge(3, async () => [new Uint8Array(64)])).rejects.toMatchObject({ code: 'tlog-tiles-hashes' });
    await expect(readEdge(3, async () => [])).rejects.toMatchObject({ code: 'tlog-tiles-hashes' });
    await expect(readEdge(0.5, async () => [])).rejects.toMatchObject({ code: 'merkle-tree-size' });
    expect(rootOf(await readEdge(0, async () => []))).toEqual(emptyRoot());
  });
});

describe('nodesFromTiles()', () => {
  it('reads nothing beyond the tree, nor from a tile that is cut', async () => {
    const log = makeLog();
    log.grow(300);
    const read = nodesFromTiles(300, log.readTiles);
    for (const node of [
      { level: 0, index: 300 },
      { level: 8, index: 1 },
      { level: 9, index: 0 },
      { level: 2, index: 75 },
    ])
      await expect(read([node])).rejects.toMatchObject({ code: 'merkle-tree-size' });
    const cut = nodesFromTiles(300, async (tiles) => (await log.readTiles(tiles)).map((bytes) => bytes.subarray(1)));
    await expect(cut([{ level: 0, index: 0 }])).rejects.toMatchObject({ code: 'tlog-tiles-hashes' });
    await expect(nodesFromTiles(300, async () => [])([{ level: 0, index: 0 }])).rejects.toMatchObject({
      code: 'tlog-tiles-hashes',
    });
  });
});

describe('bundles', () => {
  const entries = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 256 });

  it('read as what was written, and cut or joined ones not at all', () => {
    fc.assert(
      fc.property(entries, fc.nat(), (list, pick) => {
        const bytes = formatBundle(list);
        expect(parseBundle(bytes, list.length)).toEqual(list);
        for (const [wrong, width] of [
          [bytes.subarray(0, pick % bytes.length), list.length],
          [bytes, list.length - 1],
          [bytes, list.length + 1],
          [Uint8Array.of(...bytes, 0), list.length],
          [Uint8Array.of(...bytes, 0, 0), list.length],
        ] as const)
          expect(() => parseBundle(wrong, width)).toThrow(expect.objectContaining({ code: 'tlog-tiles-bundle' }));
      }),
      { numRuns: runs(100) },
    );
  });

  it('hold 1 to 256 entries of up to 65,535 bytes', () => {
    const largest = new Uint8Array(65_535).fill(7);
    expect(parseBundle(formatBundle([largest]), 1)).toEqual([largest]);
    for (const list of [[], [new Uint8Array(65_536)], Array(257).fill(new Uint8Array(0))])
      expect(() => formatBundle(list)).toThrow(expect.objectContaining({ code: 'tlog-tiles-bundle' }));
  });
});
