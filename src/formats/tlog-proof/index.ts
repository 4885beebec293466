/**
 * tlog-proof: one file that proves offline that an entry is in a transparency log (https://c2sp.org/tlog-proof): its index, the inclusion proof, and
 * the checkpoint with the signatures of log and witnesses. What it proves is not in it: whoever verifies it hashes the entry.
 */
import { concatBytes, FormatError, fromCanonicalBase64, toBase64, utf8Bytes } from '../../base/index.ts';
import { HASH_BYTES, verifyInclusion } from '../merkle-tree/index.ts';
import { formatNote, type Note, type NoteVerifier, parseNote } from '../signed-note/index.ts';
import { openCheckpoint, parseHash, parseNumber, type SignedCheckpoint, splitLines } from '../tlog-checkpoint/index.ts';

export interface TlogProof {
  /** Of the entry, from 0. */
  readonly index: number;
  /** Hashes of 32 bytes, from the leaf's sibling upwards. */
  readonly proof: readonly Uint8Array[];
  /** The checkpoint. */
  readonly note: Note;
  /** What an application adds to find the entry; nobody has signed it. */
  readonly extra?: Uint8Array;
}

const VERSION = 'c2sp.org/tlog-proof@v1';
const EXTRA = 'extra ';
const INDEX = 'index ';
const MAX_PROOF = 63;
const MAX_EXTRA_BYTES = 262_144;
const MAX_HEAD_BYTES = 400_000;

/** Reads a proof, without verifying it; throws FormatError `tlog-proof-format`, or a code of signed-note. */
export function parseTlogProof(bytes: Uint8Array): TlogProof {
  const { lines, note } = splitLines(bytes, MAX_HEAD_BYTES, wrong);
  const [version, second = '', ...more] = lines;
  if (version !== VERSION) throw wrong('the first line is not the one of version 1');
  const extra = second.startsWith(EXTRA) ? parseExtra(second.slice(EXTRA.length)) : undefined;
  const [index = '', ...proof] = extra === undefined ? [second, ...more] : more;
  if (!index.startsWith(INDEX)) throw wrong('no index');
  if (proof.length > MAX_PROOF) throw wrong(`over ${MAX_PROOF} hashes`);
  return {
    index: parseNumber(index.slice(INDEX.length), wrong),
    proof: proof.map((line) => parseHash(line, wrong)),
    note: parseNote(note),
    ...(extra && { extra }),
  };
}

/** Writes a proof; throws FormatError as `parseTlogProof` does for what would not be read again. */
export function formatTlogProof({ index, proof, note, extra }: TlogProof): Uint8Array {
  parseNumber(String(index), wrong);
  if (proof.length > MAX_PROOF || proof.some(({ length }) => length !== HASH_BYTES))
    throw wrong(`over ${MAX_PROOF} hashes, or one that is not 32 bytes`);
  if (extra !== undefined) checkExtra(extra);
  const head = [VERSION, ...(extra === undefined ? [] : [`${EXTRA}${toBase64(extra)}`]), `${INDEX}${index}`];
  const lines = [...head, ...proof.map((hash) => toBase64(hash)), '', ''];
  return concatBytes([utf8Bytes(lines.join('\n')), formatNote(note)]);
}

/**
 * Verifies that a log has this entry, and gives the checkpoint that says so, with the signatures of the known keys.
 *
 * @param leaf hash of the entry
 * @throws FormatError of signed-note, tlog-checkpoint and merkle-tree
 */
export async function verifyTlogProof(
  { index, proof, note }: TlogProof,
  leaf: Uint8Array,
  of: { readonly origin: string; readonly verifiers: readonly NoteVerifier[] },
): Promise<SignedCheckpoint> {
  const checkpoint = await openCheckpoint(note, of);
  verifyInclusion({ index, hash: leaf }, checkpoint, proof);
  return checkpoint;
}

function parseExtra(base64: string): Uint8Array {
  let extra: Uint8Array;
  try {
    extra = fromCanonicalBase64(base64);
  } catch {
    throw wrong('the extra data is not base64');
  }
  checkExtra(extra);
  return extra;
}

/** "If no extra data is present, this line is omitted." */
function checkExtra({ length }: Uint8Array): void {
  if (length === 0 || length > MAX_EXTRA_BYTES) throw wrong(`${length} bytes of extra data`);
}

function wrong(why: string): FormatError {
  return new FormatError('tlog-proof-format', -1, `Cannot read proof: ${why}`);
}
