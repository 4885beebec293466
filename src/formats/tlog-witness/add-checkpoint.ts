import { concatBytes, FormatError, toBase64, utf8Bytes } from '../../base/index.ts';
import { HASH_BYTES } from '../merkle-tree/index.ts';
import { formatNote, type Note, parseNote } from '../signed-note/index.ts';
import { type Checkpoint, parseCheckpoint, parseHash, parseNumber, splitLines } from '../tlog-checkpoint/index.ts';

/** What a log asks a witness to cosign. */
export interface AddCheckpoint {
  /** Size of the tree that the witness cosigned last, as far as the log knows; 0 for none. */
  readonly oldSize: number;
  /** Consistency proof from that tree, hashes of 32 bytes. */
  readonly proof: readonly Uint8Array[];
  /** The new checkpoint with its signatures. */
  readonly note: Note;
}

// "The client MUST NOT send more than 63 consistency proof lines."
const MAX_PROOF = 63;
/** Of all before the note: the line of the old size and 63 hashes in base64 take 2,856. */
const MAX_HEAD_BYTES = 4096;
const OLD = 'old ';

/**
 * Reads the body of a request to add a checkpoint; nothing of it is verified.
 *
 * @throws FormatError `tlog-witness-request`, or a code of signed-note or tlog-checkpoint; each of them is an answer of 400
 */
export function parseAddCheckpoint(body: Uint8Array): AddCheckpoint & { readonly checkpoint: Checkpoint } {
  const { lines, note: rest } = splitLines(body, MAX_HEAD_BYTES, wrong);
  const [old = '', ...proof] = lines;
  if (!old.startsWith(OLD)) throw wrong('no old size');
  if (proof.length > MAX_PROOF) throw wrong(`over ${MAX_PROOF} hashes`);
  const oldSize = parseNumber(old.slice(OLD.length), wrong);
  const note = parseNote(rest);
  return { oldSize, proof: proof.map((line) => parseHash(line, wrong)), note, checkpoint: parseCheckpoint(note.text) };
}

/** Writes the body of a request; throws FormatError as `parseAddCheckpoint` does. */
export function formatAddCheckpoint({ oldSize, proof, note }: AddCheckpoint): Uint8Array {
  parseNumber(String(oldSize), wrong);
  if (proof.length > MAX_PROOF || proof.some(({ length }) => length !== HASH_BYTES))
    throw wrong(`over ${MAX_PROOF} hashes, or one that is not 32 bytes`);
  const lines = [`${OLD}${oldSize}`, ...proof.map((hash) => toBase64(hash)), '', ''];
  return concatBytes([utf8Bytes(lines.join('\n')), formatNote(note)]);
}

function wrong(why: string): FormatError {
  return new FormatError('tlog-witness-request', -1, `Cannot add checkpoint: ${why}`);
}
