import { describe, expect, it } from 'vitest';
import { toBase64, utf8Bytes, utf8Text } from '../../base/index.ts';
import { leafHash, nodeHash } from '../merkle-tree/index.ts';
import { ed25519Verifier, SIGNATURE_TYPE, signText } from '../signed-note/index.ts';
import { testKey } from '../signed-note/testing.ts';
import { formatCheckpoint } from '../tlog-checkpoint/index.ts';
import { formatTlogProof, parseTlogProof, verifyTlogProof } from './index.ts';

const ORIGIN = 'log.example.org/audit';
const log = testKey('log', ORIGIN, SIGNATURE_TYPE.ed25519);
const [a, b, c] = [leafHash(utf8Bytes('a')), leafHash(utf8Bytes('b')), leafHash(utf8Bytes('c'))];
const TEXT = formatCheckpoint({ origin: ORIGIN, size: 3, root: nodeHash(nodeHash(a, b), c), extensions: [] });
const note = { text: TEXT, signatures: [await signText(TEXT, log.key, log.sign)] };
const proof = { index: 1, proof: [a, c], note };
const text = utf8Text(formatTlogProof(proof));
const of = { origin: ORIGIN, verifiers: [ed25519Verifier(log.key)] };

describe('parseTlogProof()', () => {
  it('reads what formatTlogProof() writes', () => {
    expect(parseTlogProof(utf8Bytes(text))).toStrictEqual(proof);
    const more = { ...proof, extra: utf8Bytes('extra') };
    expect(parseTlogProof(formatTlogProof(more))).toEqual(more);
    expect(parseTlogProof(formatTlogProof({ index: 0, proof: [], note })).proof).toEqual([]);
    const largest = { ...proof, proof: Array(63).fill(a), extra: new Uint8Array(262_144) };
    expect(parseTlogProof(formatTlogProof(largest))).toEqual(largest);
  });

  const hash = toBase64(a);
  it.each([
    ['', 'nothing'],
    [text.replace('@v1', '@v2'), 'another version'],
    [text.replace('index 1\n', ''), 'no index'],
    [text.replace('index 1', 'index 01'), 'a zero before the index'],
    [text.replace('index 1', 'index -1'), 'a sign'],
    [text.replace('index', 'Index'), 'another word'],
    [text.replace('index', 'extra \nindex'), 'empty extra data'],
    [text.replace('index', 'extra AA\nindex'), 'extra data without padding'],
    [text.replace('index', 'extra AAAA\nextra AAAA\nindex'), 'extra data twice'],
    [text.replace('index', `extra ${'AAAA'.repeat(87_382)}\nindex`), 'much extra data'],
    [text.replace('index', `extra ${'AAAA'.repeat(110_000)}\nindex`), 'more extra data'],
    [text.replace(hash, hash.slice(4)), 'a short hash'],
    [text.replace(hash, Array(63).fill(hash).join('\n')), '64 hashes'],
  ])('refuses %.40j: %s', (wrong) => {
    expect(() => parseTlogProof(utf8Bytes(wrong))).toThrow(expect.objectContaining({ code: 'tlog-proof-format' }));
  });

  it.each([
    { index: -1 },
    { proof: Array(64).fill(a) },
    { proof: [a.subarray(1)] },
    { extra: new Uint8Array(0) },
    { extra: new Uint8Array(262_145) },
  ])('formatTlogProof() writes nothing that cannot be read', (wrong) => {
    expect(() => formatTlogProof({ ...proof, ...wrong })).toThrow(
      expect.objectContaining({ code: 'tlog-proof-format' }),
    );
  });
});

describe('verifyTlogProof()', () => {
  it('gives the checkpoint that has the entry', async () => {
    expect(await verifyTlogProof(proof, b, of)).toMatchObject({ origin: ORIGIN, size: 3, signatures: note.signatures });
  });

  it('refuses another entry, index, proof, origin or key', async () => {
    for (const [wrong, leaf, trusted, code] of [
      [proof, a, of, 'merkle-tree-root'],
      [{ ...proof, index: 0 }, b, of, 'merkle-tree-root'],
      [{ ...proof, index: 3 }, b, of, 'merkle-tree-size'],
      [{ ...proof, proof: [a] }, b, of, 'merkle-tree-proof'],
      [proof, b, { ...of, origin: 'other' }, 'tlog-checkpoint-origin'],
      [proof, b, { ...of, verifiers: [] }, 'signed-note-unsigned'],
    ] as const)
      await expect(verifyTlogProof(wrong, leaf, trusted)).rejects.toMatchObject({ code });
  });
});
