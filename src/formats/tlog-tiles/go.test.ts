import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { entryAt } from '../../../test/synthetic/tlog-entries.ts';
import { fromBase64, toBase64 } from '../../base/index.ts';
import {
  leafHash,
  proveConsistency,
  proveInclusion,
  verifyConsistency,
  verifyInclusion,
} from '../merkle-tree/index.ts';
import { nodeSha256 } from '../merkle-tree/node.ts';
import { appendLeaves, EMPTY_EDGE, formatBundle, nodesFromTiles, rootOf, tilePath } from './index.ts';

interface Tree {
  readonly size: number;
  readonly root: string;
  readonly digest: string;
  readonly tiles: Readonly<Record<string, string>> | null;
  readonly inclusion: readonly { readonly index: number; readonly proof: readonly string[] }[];
  readonly consistency: readonly { readonly first: number; readonly proof: readonly string[] }[];
}
const FILE = join(import.meta.dirname, '../../../test/vectors/tlog-tiles/go.json');
const { trees } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly trees: readonly Tree[] };
const sha256 = (bytes: Uint8Array | string) => createHash('sha256').update(bytes).digest('hex');

describe('trees, tiles and proofs that Go has made', () => {
  let entries: readonly Uint8Array[] = [];
  let leaves: readonly Uint8Array[] = [];
  beforeAll(() => {
    entries = Array.from({ length: Math.max(...trees.map(({ size }) => size)) }, (_, i) => entryAt(i));
    leaves = entries.map((entry) => leafHash(entry, nodeSha256));
  });

  it.each(trees)('are the same here at $size leaves', async ({ size, root, digest, tiles, inclusion, consistency }) => {
    const { edge, tiles: filled } = appendLeaves(EMPTY_EDGE, leaves.slice(0, size), nodeSha256);
    expect(toBase64(rootOf(edge))).toBe(root);
    const bytes = new Map(filled.map((one) => [tilePath(one.tile), one.bytes]));
    const digests = new Map([...bytes].map(([path, data]) => [path, sha256(data)]));
    for (const { tile } of filled.filter((one) => one.tile.level === 0)) {
      const bundle = formatBundle(entries.slice(tile.index * 256, tile.index * 256 + tile.width));
      digests.set(tilePath({ ...tile, level: 'entries' }), sha256(bundle));
    }
    if (tiles !== null) expect(Object.fromEntries(digests)).toEqual(tiles);
    const lines = [...digests].map(([path, hash]) => `${path} ${hash}\n`).sort();
    expect(sha256(lines.join(''))).toBe(digest);

    const read = nodesFromTiles(size, async (wanted) =>
      wanted.map((tile) => bytes.get(tilePath(tile)) ?? new Uint8Array(0)),
    );
    const head = { size, root: fromBase64(root) };
    for (const { index, proof } of inclusion) {
      expect((await proveInclusion(index, size, read)).map((hash) => toBase64(hash))).toEqual(proof);
      const leaf = { index, hash: leaves[index] ?? new Uint8Array(0) };
      verifyInclusion(
        leaf,
        head,
        proof.map((hash) => fromBase64(hash)),
      );
    }
    for (const { first, proof } of consistency) {
      expect((await proveConsistency(first, size, read)).map((hash) => toBase64(hash))).toEqual(proof);
      const older = { size: first, root: fromBase64(trees.find((tree) => tree.size === first)?.root ?? '') };
      verifyConsistency(
        older,
        head,
        proof.map((hash) => fromBase64(hash)),
      );
    }
  });
});
