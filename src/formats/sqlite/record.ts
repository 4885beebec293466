import { FormatError } from '../../base/index.ts';

export type SqliteValue = null | number | bigint | string | Uint8Array;

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

/** A varint: its value, and where the next field begins. */
export interface Varint {
  value: number;
  next: number;
}

/** Which values of a record are wanted, and what stands for those that it lacks. */
export interface RecordPlan {
  /** Positions in the record, in the order of the answer; -1 is none, -2 the rowid. */
  readonly positions: readonly number[];
  readonly fallbacks: readonly SqliteValue[];
  readonly highest: number;
}

/** More columns than SQLite's own upper limit (SQLITE_MAX_COLUMN can be raised to 32,767). */
const MAX_COLUMNS = 32_767;
/** Shorter ASCII text is quicker by hand than by TextDecoder. */
const SHORT_TEXT_BYTES = 24;

const decoders = {
  'utf-8': new TextDecoder('utf-8', { ignoreBOM: true }),
  'utf-16le': new TextDecoder('utf-16le', { ignoreBOM: true }),
  'utf-16be': new TextDecoder('utf-16be', { ignoreBOM: true }),
};
/** Bytes of the serial types 0 to 11 (file format, section 2.1); 10 and 11 are reserved. */
const SIZES = Int32Array.of(0, 1, 2, 3, 4, 6, 8, 8, 0, 0, -1, -1);
// Scratch of one decodeRecord call, which never yields between filling and using it.
const types = new Float64Array(MAX_COLUMNS + 1);
const offsets = new Float64Array(MAX_COLUMNS + 1);
const cursor: Varint = { value: 0, next: 0 };

/**
 * Reads a varint (file format, section 1.6); values beyond 2^53 lose low bits, which bounds checks then refuse.
 *
 * @param into receives the answer, so that a hot loop allocates nothing
 */
export function readVarint(bytes: Uint8Array, at: number, into: Varint): void {
  let value = 0;
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw new FormatError('sqlite-truncated', at, 'Cannot read varint: cell ends inside it');
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      into.value = value;
      into.next = at + i + 1;
      return;
    }
  }
  into.value = Number(longVarint(bytes, at));
  into.next = at + 9;
}

/** Reads a rowid exactly: a bigint beyond 2^53. */
export function readRowid(bytes: Uint8Array, at: number, into: Varint): number | bigint {
  readVarint(bytes, at, into);
  return Number.isSafeInteger(into.value) ? into.value : longVarint(bytes, at, into.next - at);
}

function longVarint(bytes: Uint8Array, at: number, length = 9): bigint {
  let value = 0n;
  for (let i = 0; i < length; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) throw new FormatError('sqlite-truncated', at, 'Cannot read varint: cell ends inside it');
    value = i === 8 ? (value << 8n) | BigInt(byte) : (value << 7n) | BigInt(byte & 0x7f);
  }
  return BigInt.asIntN(64, value);
}

/** Size of a value of a serial type in bytes; -1 for a reserved type. */
export function serialSize(type: number): number {
  return type >= 12 ? Math.floor((type - 12) / 2) : (SIZES[type] ?? -1);
}

/** Decodes the wanted columns of the record in `bytes` from `start` to `end` (file format, section 2.1). */
export function decodeRecord(
  bytes: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  rowid: number | bigint | null,
  plan: RecordPlan,
  encoding: TextEncoding,
): SqliteValue[] {
  const count = readHeader(bytes, start, end, plan.highest);
  const { positions, fallbacks } = plan;
  const values: SqliteValue[] = new Array(positions.length);
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i] ?? -1;
    if (position >= 0 && position < count) {
      values[i] = decodeValue(bytes, view, types[position] ?? 0, offsets[position] ?? 0, encoding);
    } else values[i] = position === -2 ? rowid : (fallbacks[i] ?? null);
  }
  return values;
}

/** Reads types and offsets of the first columns into the scratch; gives how many there are. */
function readHeader(bytes: Uint8Array, start: number, end: number, highest: number): number {
  readVarint(bytes, start, cursor);
  const headerEnd = start + cursor.value;
  if (headerEnd < cursor.next || headerEnd > end) {
    throw new FormatError('sqlite-record', start, 'Cannot read record: header is longer than the payload');
  }
  let at = cursor.next;
  let body = headerEnd;
  let count = 0;
  while (at < headerEnd && count <= highest) {
    let type = bytes[at] ?? 0;
    if (type < 0x80) at++;
    else {
      readVarint(bytes, at, cursor);
      type = cursor.value;
      at = cursor.next;
    }
    const size = serialSize(type);
    if (size < 0 || body + size > end || count >= MAX_COLUMNS) {
      throw new FormatError('sqlite-record', at, 'Cannot read record: a value reaches beyond the payload');
    }
    types[count] = type;
    offsets[count++] = body;
    body += size;
  }
  return count;
}

/** Decodes one value whose bounds were checked. */
export function decodeValue(
  bytes: Uint8Array,
  view: DataView,
  type: number,
  at: number,
  encoding: TextEncoding,
): SqliteValue {
  if (type >= 12) {
    const end = at + Math.floor((type - 12) / 2);
    return type % 2 === 0 ? bytes.slice(at, end) : decodeText(bytes, at, end, encoding);
  }
  switch (type) {
    case 0:
      return null;
    case 1:
      return view.getInt8(at);
    case 2:
      return view.getInt16(at);
    case 3:
      return view.getInt8(at) * 65_536 + view.getUint16(at + 1);
    case 4:
      return view.getInt32(at);
    case 5:
      return view.getInt16(at) * 4_294_967_296 + view.getUint32(at + 2);
    case 6: {
      const high = view.getInt32(at);
      // Within 2^53 by its high word: no bigint is made for what a number holds.
      if (high >= -0x20_0000 && high < 0x20_0000) {
        const value = high * 4_294_967_296 + view.getUint32(at + 4);
        if (Number.isSafeInteger(value)) return value;
      }
      return view.getBigInt64(at);
    }
    case 7:
      return view.getFloat64(at);
    default:
      return type - 8;
  }
}

function decodeText(bytes: Uint8Array, from: number, to: number, encoding: TextEncoding): string {
  if (encoding === 'utf-8' && to - from < SHORT_TEXT_BYTES) {
    let text = '';
    let i = from;
    for (; i < to; i++) {
      const byte = bytes[i] ?? 0;
      if (byte >= 0x80) break;
      text += String.fromCharCode(byte);
    }
    if (i === to) return text;
  }
  return decoders[encoding].decode(bytes.subarray(from, to));
}
