import { FormatError, utf8TextLoose } from '../../base/index.ts';

export const BLOCK_BYTES = 512;

/** The fields of a header block (POSIX pax, ustar interchange format). */
export interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly modifiedAtSeconds: number;
  /** One character; NUL of V7 reads as "0". */
  readonly type: string;
  readonly linkName: string;
  /** GNU sparse files: more header blocks follow. */
  readonly extended: boolean;
}

/** Parses a header block; undefined for a block of zeros. Throws FormatError `tar-checksum`, `tar-number`. */
export function parseHeader(block: Uint8Array, offset: number): TarHeader | undefined {
  if (block.every((byte) => byte === 0)) return undefined;
  const { unsigned, signed } = checksumOf(block);
  const claimed = number(block, 148, 8, offset);
  if (claimed !== unsigned && claimed !== signed) {
    throw new FormatError('tar-checksum', offset, 'Cannot read tar: header checksum differs');
  }
  const posix = text(block, 257, 6) === 'ustar' && block[262] === 0;
  const prefix = posix ? text(block, 345, 155) : '';
  const name = text(block, 0, 100);
  const type = String.fromCharCode(block[156] ?? 0);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: number(block, 100, 8, offset),
    sizeBytes: number(block, 124, 12, offset),
    modifiedAtSeconds: number(block, 136, 12, offset),
    type: type === '\0' ? '0' : type,
    linkName: text(block, 157, 100),
    extended: block[482] === 1,
  };
}

/** Sums a header block, its own field taken for spaces; old tools summed signed bytes. */
export function checksumOf(block: Uint8Array): { readonly unsigned: number; readonly signed: number } {
  let unsigned = 0;
  let signed = 0;
  for (let i = 0; i < BLOCK_BYTES; i++) {
    const byte = i >= 148 && i < 156 ? 0x20 : (block[i] ?? 0);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  return { unsigned, signed };
}

function text(block: Uint8Array, at: number, length: number): string {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return utf8TextLoose(end < 0 ? field : field.subarray(0, end));
}

/** Octal digits, or GNU's base 256 when the first bit is set. */
function number(block: Uint8Array, at: number, length: number, offset: number): number {
  const first = block[at] ?? 0;
  if (first >= 0x80) {
    const negative = first === 0xff;
    let value = negative ? -1 : first & 0x7f;
    for (let i = at + 1; i < at + length; i++) value = value * 256 + (block[i] ?? 0);
    if (Number.isSafeInteger(value)) return value;
  } else {
    const digits = text(block, at, length).trim();
    if (/^[0-7]{0,12}$/.test(digits)) return digits === '' ? 0 : Number.parseInt(digits, 8);
  }
  throw new FormatError('tar-number', offset + at, 'Cannot read tar: a header field is no number');
}

/**
 * Parses pax records, `length key=value` and a line feed each.
 *
 * Throws FormatError `tar-pax`. An empty value takes a record back (POSIX pax, "pax Header Block").
 */
export function parsePax(bytes: Uint8Array, into: Map<string, string>, offset: number): void {
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 || space > at + 10 ? '' : utf8TextLoose(bytes.subarray(at, space));
    const end = /^[1-9]\d*$/.test(digits) ? at + Number(digits) : -1;
    const equals = bytes.indexOf(0x3d, space);
    if (end < 0 || end > bytes.length || bytes[end - 1] !== 0x0a || equals <= space || equals >= end) {
      throw new FormatError('tar-pax', offset + at, 'Cannot read tar: a pax record is malformed');
    }
    const key = utf8TextLoose(bytes.subarray(space + 1, equals));
    const value = utf8TextLoose(bytes.subarray(equals + 1, end - 1));
    if (value === '') into.delete(key);
    else into.set(key, value);
    at = end;
  }
}
