import { type FormatError, fromCanonicalBase64 } from '../../base/index.ts';
import { HASH_BYTES } from '../merkle-tree/index.ts';

/** Makes the error of the format that a line stands in. */
type Wrong = (why: string) => FormatError;

const NUMBER = /^(0|[1-9]\d{0,18})$/;
const NEWLINE = 0x0a;

/** Reads a number of leaves or the index of one, ASCII digits without zeroes before them, up to 2^53 - 1. */
export function parseNumber(text: string, wrong: Wrong): number {
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (Number.isNaN(value)) throw wrong('a size or index is no decimal number');
  if (!Number.isSafeInteger(value)) throw wrong('a size or index is over 2^53 - 1');
  return value;
}

/** Reads a hash, base64 of 32 bytes. */
export function parseHash(text: string, wrong: Wrong): Uint8Array {
  try {
    const hash = fromCanonicalBase64(text);
    if (hash.length === HASH_BYTES) return hash;
  } catch {
    // told below
  }
  throw wrong('a hash is not 32 bytes of base64');
}

/** Parts lines from the note that stands behind the first empty one; what is no ASCII comes out as other characters, which no line may have. */
export function splitLines(
  bytes: Uint8Array,
  maxBytes: number,
  wrong: Wrong,
): { readonly lines: readonly string[]; readonly note: Uint8Array } {
  let end = 0;
  while (end < bytes.length && !(bytes[end] === NEWLINE && bytes[end + 1] === NEWLINE)) end += 1;
  if (end === bytes.length) throw wrong('no empty line before the checkpoint');
  if (end > maxBytes) throw wrong(`over ${maxBytes} bytes before the checkpoint`);
  const lines = new TextDecoder('latin1').decode(bytes.subarray(0, end)).split('\n');
  return { lines, note: bytes.subarray(end + 2) };
}
