import { FormatError, toBase64 } from '../../base/index.ts';
import { HASH_BYTES, type TreeHead } from '../merkle-tree/index.ts';
import { type Note, type NoteSignature, type NoteVerifier, verifyNote } from '../signed-note/index.ts';
import { parseHash, parseNumber } from './lines.ts';

/** What a log says that its tree is. */
export interface Checkpoint extends TreeHead {
  /** Who the log is, for ever; often, but not necessarily, a URL without scheme. */
  readonly origin: string;
  /** Lines beyond the specified three, which mean nothing here and are signed all the same. */
  readonly extensions: readonly string[];
}

/** A checkpoint whose signatures were verified. */
export interface SignedCheckpoint extends Checkpoint {
  readonly note: Note;
  /** Those of known keys, at least one. */
  readonly signatures: readonly NoteSignature[];
}

const LINE = /^[^\n]+$/;

/** Reads the text of a checkpoint; throws FormatError `tlog-checkpoint-text`, also for a tree of over 2^53 - 1 leaves. */
export function parseCheckpoint(text: string): Checkpoint {
  if (!text.endsWith('\n')) throw wrong('the last line does not end');
  const [origin = '', size = '', root = '', ...extensions] = text.slice(0, -1).split('\n');
  if (origin === '' || extensions.some((line) => line === '')) throw wrong('a line is empty');
  return { origin, size: parseNumber(size, wrong), root: parseHash(root, wrong), extensions };
}

/** Writes the text of a checkpoint, to be signed; throws FormatError as `parseCheckpoint` does for what would not be read again. */
export function formatCheckpoint({ origin, size, root, extensions }: Checkpoint): string {
  if (![origin, ...extensions].every((line) => LINE.test(line))) throw wrong('a line is empty, or several');
  if (root.length !== HASH_BYTES) throw wrong('the root is not 32 bytes');
  parseNumber(String(size), wrong);
  return [origin, size, toBase64(root), ...extensions, ''].join('\n');
}

/**
 * Reads a checkpoint from its note and verifies that its log has signed it.
 *
 * @param of.origin whose checkpoint it must be; a key that signs for several logs must not let one pass for another
 * @throws FormatError of `verifyNote`; `tlog-checkpoint-text`, `tlog-checkpoint-origin`
 */
export async function openCheckpoint(
  note: Note,
  of: { readonly origin: string; readonly verifiers: readonly NoteVerifier[] },
): Promise<SignedCheckpoint> {
  const signatures = await verifyNote(note, of.verifiers);
  const checkpoint = parseCheckpoint(note.text);
  if (checkpoint.origin !== of.origin)
    throw new FormatError(
      'tlog-checkpoint-origin',
      -1,
      `Cannot trust checkpoint: it is of "${checkpoint.origin}" and not of "${of.origin}"`,
    );
  return { ...checkpoint, note, signatures };
}

function wrong(why: string): FormatError {
  return new FormatError('tlog-checkpoint-text', -1, `Cannot read checkpoint: ${why}`);
}
