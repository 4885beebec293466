import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromBase64, utf8Bytes } from '../../base/index.ts';
import { runs } from '../../base/testing.ts';
import { emptyRoot, leafHash, makeTreeHasher, type NodeId, provePrefix, type TreeHead } from '../merkle-tree/index.ts';
import {
  ed25519Verifier,
  formatNote,
  type NoteVerifier,
  parseNote,
  parseVerifierKey,
  SIGNATURE_TYPE,
  signText,
} from '../signed-note/index.ts';
import { testKey } from '../signed-note/testing.ts';
import { cosignatureVerifier, cosignedAtSeconds } from '../tlog-cosignature/index.ts';
import { compareHeads, formatCheckpoint, openCheckpoint, parseCheckpoint } from './index.ts';

const ROOT = leafHash(utf8Bytes('root'));
const ORIGIN = 'log.example.org/audit';
const log = testKey('log', ORIGIN, SIGNATURE_TYPE.ed25519);

describe('parseCheckpoint()', () => {
  const text = formatCheckpoint({ origin: ORIGIN, size: 7, root: ROOT, extensions: [] });
  const [, , root = ''] = text.split('\n');

  it('reads what formatCheckpoint() writes', () => {
    const line = fc.stringMatching(/^[ -~é]{1,30}$/u);
    fc.assert(
      fc.property(line, fc.maxSafeNat(), fc.array(line, { maxLength: 3 }), (origin, size, extensions) => {
        const checkpoint = { origin, size, root: ROOT, extensions };
        expect(parseCheckpoint(formatCheckpoint(checkpoint))).toEqual(checkpoint);
      }),
      { numRuns: runs(200) },
    );
  });

  it.each([
    ['', 'nothing'],
    [text.slice(0, -1), 'a line that does not end'],
    [`${text}extension`, 'another line that does not end'],
    [`${text}\n`, 'an empty line'],
    [`${text}\nmore\n`, 'an empty line before another'],
    [`\n7\n${root}\n`, 'no origin'],
    [`a\n07\n${root}\n`, 'a zero before the size'],
    [`a\n-7\n${root}\n`, 'a sign'],
    [`a\n+7\n${root}\n`, 'another sign'],
    [`a\n 7\n${root}\n`, 'a space'],
    [`a\n7.0\n${root}\n`, 'a fraction'],
    [`a\n1e3\n${root}\n`, 'an exponent'],
    [`a\n0x7\n${root}\n`, 'hex'],
    [`a\n٧\n${root}\n`, 'other digits'],
    [`a\n\n${root}\n`, 'no size'],
    [`a\n9007199254740992\n${root}\n`, 'a size that cannot be counted'],
    [`a\n99999999999999999999\n${root}\n`, 'a longer one'],
    ['a\n7\n', 'no root'],
    [`a\n7\n${root.slice(0, -1)}\n`, 'no padding'],
    [`a\n7\n${root.slice(4)}\n`, 'a short root'],
    [`a\n7\nAAAA${root}\n`, 'a long root'],
    [`a\n7\n${root} \n`, 'a space behind the root'],
  ])('refuses %j: %s', (wrong) => {
    expect(() => parseCheckpoint(wrong)).toThrow(expect.objectContaining({ code: 'tlog-checkpoint-text' }));
  });

  it.each([
    { origin: '' },
    { origin: 'a\nb' },
    { size: -1 },
    { size: 0.5 },
    { size: 2 ** 53 },
    { root: ROOT.subarray(1) },
    { extensions: [''] },
    { extensions: ['a\n'] },
  ])('formatCheckpoint() writes nothing that cannot be read: %j', (wrong) => {
    const checkpoint = { origin: 'a', size: 1, root: ROOT, extensions: [], ...wrong };
    expect(() => formatCheckpoint(checkpoint)).toThrow(expect.objectContaining({ code: 'tlog-checkpoint-text' }));
  });
});

describe('openCheckpoint()', () => {
  const verifiers = [ed25519Verifier(log.key)];
  const noteOf = async (text: string) => ({ text, signatures: [await signText(text, log.key, log.sign)] });

  it('trusts what the log signed of itself, and nothing else', async () => {
    const checkpoint = { origin: ORIGIN, size: 7, root: ROOT, extensions: ['extension'] };
    const note = await noteOf(formatCheckpoint(checkpoint));
    expect(await openCheckpoint(note, { origin: ORIGIN, verifiers })).toEqual({
      ...checkpoint,
      note,
      signatures: note.signatures,
    });
    await expect(openCheckpoint(note, { origin: 'other', verifiers })).rejects.toMatchObject({
      code: 'tlog-checkpoint-origin',
    });
    await expect(openCheckpoint(note, { origin: ORIGIN, verifiers: [] })).rejects.toMatchObject({
      code: 'signed-note-unsigned',
    });
    const larger = { ...note, text: note.text.replace('\n7\n', '\n8\n') };
    await expect(openCheckpoint(larger, { origin: ORIGIN, verifiers })).rejects.toMatchObject({
      code: 'signed-note-signature',
    });
    const noTree = await noteOf('any text\n');
    await expect(openCheckpoint(noTree, { origin: 'any text', verifiers })).rejects.toMatchObject({
      code: 'tlog-checkpoint-text',
    });
  });
});

const VECTORS = join(import.meta.dirname, '../../../test/vectors');
const made = JSON.parse(readFileSync(join(VECTORS, 'tlog-checkpoint/go.json'), 'utf8')) as {
  readonly logKey: string;
  readonly witnessKey: string;
  readonly notes: readonly string[];
};
const { trees } = JSON.parse(readFileSync(join(VECTORS, 'tlog-tiles/go.json'), 'utf8')) as {
  readonly trees: readonly { readonly size: number; readonly root: string }[];
};

describe('checkpoints that Go has signed', () => {
  const verifiers: readonly NoteVerifier[] = [
    ed25519Verifier(parseVerifierKey(made.logKey)),
    cosignatureVerifier(parseVerifierKey(made.witnessKey)),
  ];
  const root = fromBase64(trees.find(({ size }) => size === 1000)?.root ?? '');

  it.each(made.notes.map((text, i) => [[1, 2, 2][i], text]))('open with %i signatures', async (count, text) => {
    const note = parseNote(utf8Bytes(String(text)));
    const { signatures, ...checkpoint } = await openCheckpoint(note, { origin: ORIGIN, verifiers });
    expect(checkpoint).toEqual({ origin: ORIGIN, size: 1000, root, extensions: [], note });
    expect(signatures).toHaveLength(Number(count));
    const [, cosignature] = signatures;
    if (cosignature !== undefined) expect(cosignedAtSeconds(cosignature)).toBeGreaterThan(1_700_000_000);
    expect(new TextDecoder().decode(formatNote(note))).toBe(text);
  });
});

/** A log that shows two trees: they are alike up to leaf 5. */
const treeOf = (word: string, size: number) => {
  const leaves = Array.from({ length: size }, (_, i) => leafHash(utf8Bytes(`${i < 5 ? 'common' : word} ${i}`)));
  const rootOf = (begin: number, end: number): Uint8Array => {
    const tree = makeTreeHasher();
    for (const leaf of leaves.slice(begin, end)) tree.add(leaf);
    return tree.root();
  };
  return {
    head: (at: number): TreeHead => ({ size: at, root: rootOf(0, at) }),
    read: async (nodes: readonly NodeId[]) =>
      nodes.map(({ level, index }) => rootOf(index * 2 ** level, (index + 1) * 2 ** level)),
  };
};

describe('compareHeads()', () => {
  const [one, other] = [treeOf('one', 20), treeOf('other', 20)];

  it('tells two trees of one size', () => {
    expect(compareHeads(one.head(7), one.head(7))).toEqual({ kind: 'same' });
    expect(compareHeads(one.head(7), other.head(7))).toEqual({ kind: 'split', why: 'same-size' });
    expect(compareHeads(one.head(5), other.head(5))).toEqual({ kind: 'same' });
  });

  it('tells by a proof from the newer tree whether it continues the older one, at every size and in either order', async () => {
    for (let size = 1; size < 20; size++) {
      const proof = await provePrefix(size, 20, one.read);
      expect(compareHeads(one.head(size), one.head(20), proof)).toEqual({ kind: 'continued' });
      const split = size > 5 ? { kind: 'split', why: 'not-continued' } : { kind: 'continued' };
      expect(compareHeads(other.head(size), one.head(20), proof)).toEqual(split);
      expect(compareHeads(one.head(20), other.head(size), proof)).toEqual(split);
    }
  });

  it('says nothing without a proof, nor by one of another tree', async () => {
    expect(compareHeads(one.head(7), one.head(20))).toEqual({ kind: 'unknown' });
    const proof = await provePrefix(7, 20, other.read);
    const compare = () => compareHeads(one.head(7), one.head(20), proof);
    expect(compare).toThrow(expect.objectContaining({ code: 'tlog-checkpoint-proof' }));
    expect(() => compareHeads(one.head(7), one.head(20), proof.slice(1))).toThrow(
      expect.objectContaining({ code: 'merkle-tree-proof' }),
    );
  });

  it('knows the one empty tree', () => {
    expect(compareHeads({ size: 0, root: emptyRoot() }, one.head(7))).toEqual({ kind: 'continued' });
    expect(compareHeads(one.head(7), { size: 0, root: ROOT })).toEqual({ kind: 'split', why: 'not-continued' });
  });
});
