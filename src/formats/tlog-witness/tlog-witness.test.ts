import { describe, expect, it } from 'vitest';
import { toBase64, utf8Bytes, utf8Text } from '../../base/index.ts';
import { emptyRoot, leafHash, nodeHash, proveConsistency } from '../merkle-tree/index.ts';
import { ed25519Verifier, formatSignatureLines, SIGNATURE_TYPE, signText, verifyNote } from '../signed-note/index.ts';
import { testKey } from '../signed-note/testing.ts';
import { formatCheckpoint } from '../tlog-checkpoint/index.ts';
import { cosign, cosignatureVerifier } from '../tlog-cosignature/index.ts';
import { formatAddCheckpoint, judgeCheckpoint, openCosignatures, parseAddCheckpoint, parseConflict } from './index.ts';

const ORIGIN = 'log.example.org/audit';
const log = testKey('log', ORIGIN, SIGNATURE_TYPE.ed25519);
const witness = testKey('witness', 'witness.example.org/w1', SIGNATURE_TYPE.cosignature);
const [a, b, c] = [leafHash(utf8Bytes('a')), leafHash(utf8Bytes('b')), leafHash(utf8Bytes('c'))];
const two = { size: 2, root: nodeHash(a, b) };
const three = { size: 3, root: nodeHash(two.root, c) };
const TEXT = formatCheckpoint({ origin: ORIGIN, ...three, extensions: [] });
const note = { text: TEXT, signatures: [await signText(TEXT, log.key, log.sign)] };
const request = { oldSize: 2, proof: [c], note };
const body = utf8Text(formatAddCheckpoint(request));

describe('parseAddCheckpoint()', () => {
  it('reads what formatAddCheckpoint() writes', () => {
    const checkpoint = { origin: ORIGIN, ...three, extensions: [] };
    expect(parseAddCheckpoint(utf8Bytes(body))).toEqual({ ...request, checkpoint });
    const first = { oldSize: 0, proof: [], note };
    expect(parseAddCheckpoint(formatAddCheckpoint(first))).toEqual({ ...first, checkpoint });
    const long = { ...request, proof: Array(63).fill(c) };
    expect(parseAddCheckpoint(formatAddCheckpoint(long)).proof).toHaveLength(63);
  });

  const hash = toBase64(c);
  it.each([
    ['', 'nothing'],
    ['\n\n', 'empty lines'],
    [body.replace('old 2\n', ''), 'no old size'],
    [body.replace('old 2', 'old'), 'no number'],
    [body.replace('old 2', 'old  2'), 'two spaces'],
    [body.replace('old 2', 'old 02'), 'a zero before it'],
    [body.replace('old 2', 'new 2'), 'another word'],
    [body.replace('old 2', 'old 9007199254740992'), 'a size that cannot be counted'],
    [body.replace(hash, `${hash}\r`), 'a carriage return'],
    [body.replace(hash, hash.slice(4)), 'a short hash'],
    [body.replace(hash, `AAAA${hash}`), 'a long hash'],
    [body.replace(hash, 'é'.repeat(44)), 'no base64'],
    [body.replace(hash, Array(64).fill(hash).join('\n')), '64 hashes'],
    [`${'old 2'.padEnd(4000)}\n\n${TEXT}`, 'a long line'],
  ])('refuses %j: %s', (text) => {
    expect(() => parseAddCheckpoint(utf8Bytes(text))).toThrow(
      expect.objectContaining({ code: 'tlog-witness-request' }),
    );
  });

  it('refuses what stands behind the proof by the code of its own format', () => {
    for (const [text, code] of [
      [body.slice(0, -1), 'signed-note-format'],
      [body.replace('\n3\n', '\n03\n'), 'tlog-checkpoint-text'],
      [`old 2\n\n${'a'.repeat(262_144)}\n\n`, 'signed-note-limit'],
    ] as const)
      expect(() => parseAddCheckpoint(utf8Bytes(text))).toThrow(expect.objectContaining({ code }));
  });

  it.each([{ oldSize: -1 }, { oldSize: 0.5 }, { proof: Array(64).fill(c) }, { proof: [c.subarray(1)] }])(
    'formatAddCheckpoint() writes nothing that cannot be read: %j',
    (wrong) => {
      expect(() => formatAddCheckpoint({ ...request, ...wrong })).toThrow(
        expect.objectContaining({ code: 'tlog-witness-request' }),
      );
    },
  );
});

describe('judgeCheckpoint()', () => {
  const judge = (change: Partial<Parameters<typeof judgeCheckpoint>[0]>, latest?: typeof two) => {
    const judgement = judgeCheckpoint({ oldSize: 2, proof: [c], checkpoint: three, ...change }, latest);
    return judgement.kind === 'refuse' ? judgement.status : judgement;
  };

  it('cosigns the first tree without a proof, and each that is proven to continue the last', () => {
    expect(judge({ oldSize: 0, proof: [] })).toEqual({ kind: 'cosign' });
    expect(judge({ oldSize: 0, proof: [] }, { size: 0, root: emptyRoot() })).toEqual({ kind: 'cosign' });
    expect(judge({}, two)).toEqual({ kind: 'cosign' });
    expect(judge({ oldSize: 3, proof: [] }, three)).toEqual({ kind: 'cosign' });
    expect(judge({ oldSize: 0, proof: [], checkpoint: { size: 0, root: emptyRoot() } })).toEqual({ kind: 'cosign' });
  });

  it('tells the size that it knows to a log that thinks of another', () => {
    expect(judge({ oldSize: 1 }, two)).toEqual({ kind: 'conflict', size: 2 });
    expect(judge({ oldSize: 0, proof: [] }, two)).toEqual({ kind: 'conflict', size: 2 });
    expect(judge({})).toEqual({ kind: 'conflict', size: 0 });
    // Smaller than what was cosigned, so it is no tree to go back to.
    expect(judge({ oldSize: 2, proof: [], checkpoint: two }, three)).toEqual({ kind: 'conflict', size: 3 });
  });

  it('refuses what cannot be, with 400, and what is not proven, with 422', () => {
    expect(judge({ oldSize: 4 }, two)).toBe(400);
    expect(judge({ oldSize: 0, proof: [c] })).toBe(422);
    expect(judge({ oldSize: 0, proof: [], checkpoint: { size: 0, root: a } })).toBe(422);
    expect(judge({ proof: [] }, two)).toBe(422);
    expect(judge({ proof: [a] }, two)).toBe(422);
    expect(judge({ proof: [c, c] }, two)).toBe(422);
    expect(judge({}, { size: 2, root: a })).toBe(422);
    expect(judge({ oldSize: 3, proof: [] }, { size: 3, root: a })).toBe(422);
    expect(judge({ oldSize: 3, proof: [c] }, three)).toBe(422);
  });

  it('judges by any proof that a log makes', async () => {
    const hashes = [a, b, c];
    const proof = await proveConsistency(2, 3, async (nodes) =>
      nodes.map(({ level, index }) => (level === 1 ? two.root : (hashes[index] ?? a))),
    );
    expect(judge({ proof }, two)).toEqual({ kind: 'cosign' });
  });
});

describe('openCosignatures()', () => {
  const verifiers = [cosignatureVerifier(witness.key)];

  it('takes what the witness made of this checkpoint, to stand beside the signature of the log', async () => {
    const cosignature = await cosign(TEXT, 1, witness.key, witness.sign);
    const other = { ...cosignature, name: 'other' };
    const answer = utf8Bytes(formatSignatureLines([other, cosignature]));
    const taken = await openCosignatures(answer, note, verifiers);
    expect(taken).toEqual([cosignature]);
    const all = { text: TEXT, signatures: [...note.signatures, ...taken] };
    expect(await verifyNote(all, [ed25519Verifier(log.key), ...verifiers])).toHaveLength(2);
  });

  it('takes nothing else', async () => {
    const older = await cosign(TEXT.replace('\n3\n', '\n2\n'), 1, witness.key, witness.sign);
    const lines = formatSignatureLines([older]);
    for (const [text, code] of [
      [lines, 'signed-note-signature'],
      [formatSignatureLines(note.signatures), 'signed-note-unsigned'],
      ['', 'signed-note-format'],
      [`${lines}\n`, 'signed-note-format'],
      [lines.repeat(1000), 'tlog-witness-response'],
    ] as const)
      await expect(openCosignatures(utf8Bytes(text), note, verifiers)).rejects.toMatchObject({ code });
    await expect(openCosignatures(Uint8Array.of(0xff), note, verifiers)).rejects.toMatchObject({
      code: 'tlog-witness-response',
    });
  });
});

describe('parseConflict()', () => {
  it('reads the size that a witness tells', () => {
    expect(parseConflict(utf8Bytes('20852163\n'))).toBe(20_852_163);
    expect(parseConflict(utf8Bytes('0\n'))).toBe(0);
  });

  it.each(['', '\n', '7', '07\n', '7\n\n', '-7\n', ' 7\n', `${'9'.repeat(40)}\n`, '9007199254740992\n'])(
    'refuses %j',
    (text) => {
      expect(() => parseConflict(utf8Bytes(text))).toThrow(expect.objectContaining({ code: 'tlog-witness-response' }));
    },
  );
});
