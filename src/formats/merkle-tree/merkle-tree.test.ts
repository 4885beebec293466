import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FormatError, fromBase64, toHex, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import {
  emptyRoot,
  leafHash,
  MAX_SIZE,
  makeTreeHasher,
  type NodeId,
  nodeHash,
  proveConsistency,
  proveInclusion,
  provePrefix,
  readRoot,
  rootsOfPrefix,
  verifyConsistency,
  verifyInclusion,
} from './index.ts';
import { nodeSha256 } from './node.ts';

/** MTH as RFC 6962 section 2.1 writes it, from all leaves. */
function mth(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (first === undefined) return new Uint8Array(nodeSha256(new Uint8Array(0)));
  if (leaves.length === 1) return first;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(mth(leaves.slice(0, split)), mth(leaves.slice(split)));
}

const leaves = Array.from({ length: 70 }, (_, i) => leafHash(utf8Bytes(`leaf ${i}`)));
const roots = Array.from({ length: leaves.length + 1 }, (_, size) => mth(leaves.slice(0, size)));
const head = (size: number) => ({ size, root: roots[size] ?? emptyRoot() });
const leaf = (index: number) => ({ index, hash: leaves[index] ?? emptyRoot() });
/** What a log of `size` leaves can read: complete subtrees alone. */
const reader = (size: number) => async (nodes: readonly NodeId[]) =>
  nodes.map(({ level, index }) => {
    const [begin, end] = [index * 2 ** level, (index + 1) * 2 ** level];
    expect(end).toBeLessThanOrEqual(size);
    return mth(leaves.slice(begin, end));
  });

function codeOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
  return 'ok';
}

describe('makeTreeHasher()', () => {
  it('gives the roots of RFC 6962 at each size', () => {
    const tree = makeTreeHasher();
    for (let size = 0; size <= leaves.length; size++) {
      expect({ size: tree.size, root: tree.root() }).toEqual(head(size));
      tree.add(leaf(size).hash);
    }
  });
});

describe('nodeSha256()', () => {
  it('hashes as the portable one does', () => {
    const [ours, theirs] = [makeTreeHasher(), makeTreeHasher(nodeSha256)];
    for (let i = 0; i < 300; i++) {
      ours.add(leafHash(utf8Bytes(`${i}`)));
      theirs.add(leafHash(utf8Bytes(`${i}`), nodeSha256));
    }
    expect(toHex(theirs.root())).toBe(toHex(ours.root()));
  });
});

describe('proofs', () => {
  it('of every leaf in every tree verify, and no hash of them can be left out, added or changed', async () => {
    for (let size = 1; size <= 40; size++) {
      expect(await readRoot(size, reader(size))).toEqual(head(size).root);
      for (let index = 0; index < size; index++) {
        const proof = await proveInclusion(index, size, reader(size));
        verifyInclusion(leaf(index), head(size), proof);
        expect(codeOf(() => verifyInclusion(leaf((index + 1) % 41), head(size), proof))).not.toBe('ok');
        for (const [wrong, code] of damaged(proof))
          expect(codeOf(() => verifyInclusion(leaf(index), head(size), wrong))).toBe(code);
      }
    }
    expect(await readRoot(0, reader(0))).toEqual(emptyRoot());
  });

  it('of consistency between every two trees verify, and no hash of them can be left out, added or changed', async () => {
    for (let second = 1; second <= 40; second++) {
      for (let first = 1; first <= second; first++) {
        const proof = await proveConsistency(first, second, reader(second));
        verifyConsistency(head(first), head(second), proof);
        for (const [wrong, code] of damaged(proof))
          expect(codeOf(() => verifyConsistency(head(first), head(second), wrong))).toBe(code);
        const other = { size: first, root: leafHash(utf8Bytes('other')) };
        expect(codeOf(() => verifyConsistency(other, head(second), proof))).toBe('merkle-tree-root');
        const prefix = await provePrefix(first, second, reader(second));
        expect(rootsOfPrefix(first, second, prefix)).toEqual({ older: head(first).root, newer: head(second).root });
      }
    }
  });

  it('hold for trees of any size, up to the largest that can be counted', async () => {
    // All leaves are alike, so that one hash stands for all subtrees of a level.
    const levels = [leaf(0).hash];
    for (let level = 1; level < 54; level++) {
      const below = levels[level - 1] ?? emptyRoot();
      levels.push(nodeHash(below, below));
    }
    const read = async (nodes: readonly NodeId[]) => nodes.map(({ level }) => levels[level] ?? emptyRoot());
    const headOf = async (size: number) => ({ size, root: await readRoot(size, read) });
    const size = fc.oneof(
      fc.maxSafeNat().map((n) => Math.max(1, n)),
      fc.nat({ max: 52 }).map((bits) => 2 ** bits),
      fc.constantFrom(MAX_SIZE, MAX_SIZE - 1, 2 ** 32 + 1, 2 ** 32 - 1),
    );
    await fc.assert(
      fc.asyncProperty(size, size, async (a, b) => {
        const [first, second] = [Math.min(a, b), Math.max(a, b)];
        const newer = await headOf(second);
        verifyInclusion({ ...leaf(0), index: first - 1 }, newer, await proveInclusion(first - 1, second, read));
        const proof = await proveConsistency(first, second, read);
        expect(proof.length).toBeLessThan(63);
        verifyConsistency(await headOf(first), newer, proof);
      }),
      { numRuns: runs(200) },
    );
  });

  it('are refused for what is in no tree', async () => {
    const [wrongSizes, none] = [[-1, 0.5, Number.NaN, MAX_SIZE + 1], reader(0)];
    for (const size of wrongSizes) {
      await expect(readRoot(size, none)).rejects.toMatchObject({ code: 'merkle-tree-size' });
      await expect(proveInclusion(0, size, none)).rejects.toMatchObject({ code: 'merkle-tree-size' });
      await expect(proveInclusion(size, 2, none)).rejects.toMatchObject({ code: 'merkle-tree-size' });
      await expect(proveConsistency(1, size, none)).rejects.toMatchObject({ code: 'merkle-tree-size' });
      await expect(proveConsistency(size, MAX_SIZE, none)).rejects.toMatchObject({ code: 'merkle-tree-size' });
    }
    await expect(proveInclusion(2, 2, none)).rejects.toMatchObject({ code: 'merkle-tree-size' });
    await expect(proveConsistency(0, 2, none)).rejects.toMatchObject({ code: 'merkle-tree-size' });
    await expect(provePrefix(3, 2, none)).rejects.toMatchObject({ code: 'merkle-tree-size' });
  });

  it('are not made from hashes that are missing or cut', async () => {
    for (const read of [async () => [], async () => [leaf(0).hash.subarray(1)]])
      await expect(proveInclusion(0, 2, read)).rejects.toMatchObject({ code: 'merkle-tree-nodes' });
  });
});

/** A proof with each one mistake, and what says so. */
function damaged(proof: readonly Uint8Array[]): readonly (readonly [readonly Uint8Array[], string])[] {
  const more: (readonly [readonly Uint8Array[], string])[] = [[[...proof, leaf(0).hash], 'merkle-tree-proof']];
  proof.forEach((hash, i) => {
    more.push(
      [proof.toSpliced(i, 1), 'merkle-tree-proof'],
      [proof.with(i, hash.subarray(0, 31)), 'merkle-tree-proof'],
      [
        proof.with(
          i,
          hash.map((byte, at) => (at === i % 32 ? byte ^ 1 : byte)),
        ),
        'merkle-tree-root',
      ],
    );
  });
  return more;
}

interface Published {
  readonly source: string;
  readonly inclusion: readonly {
    readonly name: string;
    readonly leafIdx: number;
    readonly treeSize: number;
    readonly root: string;
    readonly leafHash: string;
    readonly proof: readonly string[];
    readonly wantErr: boolean;
  }[];
  readonly consistency: readonly {
    readonly name: string;
    readonly size1: number;
    readonly size2: number;
    readonly root1: string;
    readonly root2: string;
    readonly proof: readonly string[];
    readonly wantErr: boolean;
  }[];
}
const VECTORS = join(import.meta.dirname, '../../../test/vectors/merkle-tree/transparency-dev.json');
const published = JSON.parse(readFileSync(VECTORS, 'utf8')) as Published;

describe(`vectors of ${published.source}`, () => {
  it.each(published.inclusion)('inclusion/$name', ({ leafIdx, treeSize, root, leafHash: hash, proof, wantErr }) => {
    const verify = () =>
      verifyInclusion(
        { index: leafIdx, hash: fromBase64(hash ?? '') },
        { size: treeSize, root: fromBase64(root ?? '') },
        proof.map((text) => fromBase64(text)),
      );
    expect(codeOf(verify) === 'ok').toBe(!wantErr);
  });

  it.each(published.consistency)('consistency/$name', ({ size1, size2, root1, root2, proof, wantErr }) => {
    const verify = () =>
      verifyConsistency(
        { size: size1, root: fromBase64(root1 ?? '') },
        { size: size2, root: fromBase64(root2 ?? '') },
        proof.map((text) => fromBase64(text)),
      );
    // A root that is no hash is refused here, and only compared there.
    const noHash = root1 !== null && fromBase64(root1).length !== 32;
    expect(codeOf(verify) === 'ok').toBe(!wantErr && !noHash);
  });
});
