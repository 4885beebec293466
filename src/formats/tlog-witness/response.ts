import { FormatError, utf8Text } from '../../base/index.ts';
import {
  type Note,
  type NoteSignature,
  type NoteVerifier,
  parseSignatureLines,
  verifyNote,
} from '../signed-note/index.ts';
import { parseNumber } from '../tlog-checkpoint/index.ts';

const MAX_SIZE_BYTES = 32;
const MAX_BYTES = 65_536;

/**
 * Reads what a witness answered with 200, and gives its cosignatures of this checkpoint.
 *
 * @param witness its keys; signatures of others are left out
 * @throws FormatError `tlog-witness-response`, or a code of signed-note, also where none is of a known key
 */
export async function openCosignatures(
  body: Uint8Array,
  { text }: Pick<Note, 'text'>,
  witness: readonly NoteVerifier[],
): Promise<readonly NoteSignature[]> {
  if (body.length > MAX_BYTES) throw wrong(`${body.length} bytes, ${MAX_BYTES} at most`);
  return await verifyNote({ text, signatures: parseSignatureLines(textOf(body)) }, witness);
}

/** Reads what a witness answered with 409: the size of the tree that it cosigned last. @throws FormatError `tlog-witness-response` */
export function parseConflict(body: Uint8Array): number {
  const text = body.length > MAX_SIZE_BYTES ? '' : textOf(body);
  if (!text.endsWith('\n')) throw wrong('no size');
  return parseNumber(text.slice(0, -1), wrong);
}

function textOf(body: Uint8Array): string {
  try {
    return utf8Text(body);
  } catch {
    throw wrong('not UTF-8');
  }
}

function wrong(why: string): FormatError {
  return new FormatError('tlog-witness-response', -1, `Cannot use the answer of the witness: ${why}`);
}
