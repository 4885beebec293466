import { concatBytes, FormatError, fromCanonicalBase64, toBase64, utf8Bytes, utf8Text } from '../../base/index.ts';
import { isKeyName } from './verifier-key.ts';

/** A signature as it stands in a note: whose it says to be, and not yet verified. */
export interface NoteSignature {
  readonly name: string;
  readonly keyId: number;
  /** Without the key id; what it holds is its type's own. */
  readonly signature: Uint8Array;
}

/** A text and who says to have signed it. */
export interface Note {
  /** Ends in a newline. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Room for 16 post-quantum signatures of 5 kB, the least that is asked for, and a text beside them. */
const MAX_BYTES = 262_144;
/** Each one from a known key costs a verification. */
const MAX_SIGNATURES = 100;
const KEY_ID_BYTES = 4;
const PREFIX = '\u2014 ';
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

/** Reads a signed note, without verifying it; throws FormatError `signed-note-format` or `signed-note-limit`. */
export function parseNote(bytes: Uint8Array): Note {
  if (bytes.length > MAX_BYTES) throw tooLarge(`${bytes.length} bytes, ${MAX_BYTES} at most`);
  let all: string;
  try {
    all = utf8Text(bytes);
  } catch {
    throw wrong('not UTF-8');
  }
  // The text may have empty lines itself: the last one parts it from the signatures.
  const end = all.lastIndexOf('\n\n');
  const text = all.slice(0, end + 1);
  checkText(text);
  return { text, signatures: parseSignatureLines(all.slice(end + 2)) };
}

/** Reads lines of signatures, at least one; throws FormatError `signed-note-format` or `signed-note-limit`. */
export function parseSignatureLines(text: string): readonly NoteSignature[] {
  if (!text.endsWith('\n')) throw wrong('the last line does not end');
  const lines = text.slice(0, -1).split('\n', MAX_SIGNATURES + 1);
  if (lines.length > MAX_SIGNATURES) throw tooLarge(`over ${MAX_SIGNATURES} signatures`);
  return lines.map((line) => parseLine(line));
}

/** Writes a note; throws FormatError `signed-note-format` for what would not be read again, `signed-note-limit`. */
export function formatNote({ text, signatures }: Note): Uint8Array {
  checkText(text);
  const bytes = utf8Bytes(`${text}\n${formatSignatureLines(signatures)}`);
  if (bytes.length > MAX_BYTES) throw tooLarge(`${bytes.length} bytes, ${MAX_BYTES} at most`);
  return bytes;
}

/** Writes lines of signatures; throws FormatError `signed-note-format`, `signed-note-limit`. */
export function formatSignatureLines(signatures: readonly NoteSignature[]): string {
  if (signatures.length === 0) throw wrong('no signature');
  if (signatures.length > MAX_SIGNATURES) throw tooLarge(`over ${MAX_SIGNATURES} signatures`);
  return signatures
    .map(({ name, keyId, signature }) => {
      if (!isKeyName(name) || signature.length === 0) throw wrong('a signature without a name, or an empty one');
      const id = new Uint8Array(KEY_ID_BYTES);
      new DataView(id.buffer).setUint32(0, keyId);
      return `${PREFIX}${name} ${toBase64(concatBytes([id, signature]))}\n`;
    })
    .join('');
}

function parseLine(line: string): NoteSignature {
  const [name = '', base64 = '', ...more] = line.startsWith(PREFIX) ? line.slice(PREFIX.length).split(' ', 3) : [];
  let bytes: Uint8Array;
  try {
    bytes = fromCanonicalBase64(base64);
  } catch {
    throw wrong('a signature is not base64');
  }
  if (!isKeyName(name) || more.length > 0 || bytes.length <= KEY_ID_BYTES)
    throw wrong('a line is not an em dash, a name and a signature');
  const keyId = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return { name, keyId, signature: bytes.subarray(KEY_ID_BYTES) };
}

function checkText(text: string): void {
  if (!text.endsWith('\n') || CONTROL.test(text) || !text.isWellFormed())
    throw wrong('the text does not end in a newline, or has a control character');
}

function wrong(why: string): FormatError {
  return new FormatError('signed-note-format', -1, `Cannot read signed note: ${why}`);
}

function tooLarge(why: string): FormatError {
  return new FormatError('signed-note-limit', -1, `Cannot take signed note: ${why}`);
}
