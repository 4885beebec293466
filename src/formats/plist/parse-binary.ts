import { FormatError } from '../../base/index.ts';
import { MAX_DEPTH, MAX_VALUES } from './limits.ts';
import { PlistUid, type PlistValue } from './value.ts';

// CFBinaryPList.c, CFBinaryPlistTrailer: 6 unused, offset size, reference size, object count, top object, offset table, 32 bytes.
const TRAILER = 32;
const APPLE_EPOCH_MS = 978_307_200_000;
/** Keys are short: letter by letter is quicker there than a call with many arguments. */
const SHORT_TEXT_BYTES = 32;

interface Source {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly offsetSize: number;
  readonly referenceSize: number;
  readonly count: number;
  readonly tableAt: number;
  /** Objects already parsed, by their number. */
  readonly done: (PlistValue | undefined)[];
  /** 1 for objects being parsed: meeting one again is a cycle. */
  readonly open: Uint8Array;
  /** References still allowed: a claim of many in few bytes ends here. */
  left: number;
}

/** Parses a binary property list. Throws FormatError `plist-…`. */
export function parseBinaryPlist(bytes: Uint8Array): PlistValue {
  if (bytes.length < 8 + TRAILER + 2) throw bad(bytes.length, 'plist-truncated', 'shorter than its trailer');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const trailer = bytes.length - TRAILER;
  const source: Source = {
    bytes,
    view,
    offsetSize: view.getUint8(trailer + 6),
    referenceSize: view.getUint8(trailer + 7),
    count: Number(view.getBigUint64(trailer + 8)),
    tableAt: Number(view.getBigUint64(trailer + 24)),
    done: [],
    open: new Uint8Array(0),
    left: MAX_VALUES,
  };
  const top = Number(view.getBigUint64(trailer + 16));
  const { offsetSize, referenceSize, count, tableAt } = source;
  if (offsetSize < 1 || offsetSize > 8 || referenceSize < 1 || referenceSize > 8)
    throw bad(trailer + 6, 'plist-trailer', 'bad integer size');
  if (count < 1 || top >= count || tableAt < 9 || tableAt + count * offsetSize > trailer) {
    throw bad(trailer + 8, 'plist-trailer', 'object table outside the file');
  }
  // No more objects than the file has bytes, as the table's bounds have shown.
  return readObject({ ...source, open: new Uint8Array(count) }, top, 0);
}

function bad(offset: number, code: string, why: string): FormatError {
  return new FormatError(code, offset, `Cannot parse binary property list: ${why}`);
}

/** Reads a big-endian unsigned integer of 1 to 8 bytes whose range was checked. */
function unsigned(source: Source, at: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + source.view.getUint8(at + i);
  return value;
}

function readObject(source: Source, index: number, depth: number): PlistValue {
  const known = source.done[index];
  if (known !== undefined) return known;
  if (index >= source.count) throw bad(-1, 'plist-reference', 'reference to an object that does not exist');
  const at = unsigned(source, source.tableAt + index * source.offsetSize, source.offsetSize);
  if (at < 8 || at >= source.tableAt) throw bad(at, 'plist-reference', 'object outside the file');
  if (depth > MAX_DEPTH) throw bad(at, 'plist-depth', `nested deeper than ${MAX_DEPTH}`);
  if (source.open[index] === 1) throw bad(at, 'plist-cycle', 'an object contains itself');
  source.open[index] = 1;
  const value = readAt(source, at, depth);
  source.open[index] = 0;
  source.done[index] = value;
  return value;
}

function readAt(source: Source, at: number, depth: number): PlistValue {
  const marker = source.view.getUint8(at);
  const low = marker & 0x0f;
  switch (marker >> 4) {
    case 0x0:
      if (low === 0x0) return null;
      if (low === 0x8) return false;
      if (low === 0x9) return true;
      throw bad(at, 'plist-marker', 'an object has an unknown type');
    case 0x1:
      return readInteger(source, at, low);
    case 0x2:
      if (low === 2) return source.view.getFloat32(body(source, at + 1, 4));
      if (low === 3) return source.view.getFloat64(body(source, at + 1, 8));
      throw bad(at, 'plist-number', 'a real has an unknown size');
    case 0x3:
      return readDate(source, at, low);
    case 0x4:
      return readSized(source, at, low, 1, (from, to) => source.bytes.slice(from, to));
    case 0x5:
      return readSized(source, at, low, 1, (from, to) => latin1(source.bytes.subarray(from, to)));
    case 0x6:
      return readSized(source, at, low, 2, (from, to) => utf16(source, from, to));
    case 0x8:
      return new PlistUid(unsigned(source, body(source, at + 1, low + 1), Math.min(low + 1, 8)));
    case 0xa:
    case 0xc:
      return readSized(source, at, low, source.referenceSize, (from, to) => readItems(source, from, to, depth));
    case 0xd:
      return readSized(source, at, low, 2 * source.referenceSize, (from, to) => readDict(source, from, to, depth));
    default:
      throw bad(at, 'plist-marker', 'an object has an unknown type');
  }
}

/** Checks that `size` bytes at `at` lie in the object area. */
function body(source: Source, at: number, size: number): number {
  if (at + size > source.tableAt) throw bad(at, 'plist-truncated', 'an object reaches past the object area');
  return at;
}

function readInteger(source: Source, at: number, low: number): number | bigint {
  if (low > 4) throw bad(at, 'plist-number', 'an integer has an unknown size');
  const size = 1 << low;
  const from = body(source, at + 1, size);
  // CFBinaryPList.c: 1, 2 and 4 bytes are unsigned, 8 and 16 are signed.
  if (size <= 4) return unsigned(source, from, size);
  const low64 = source.view.getBigUint64(from + size - 8);
  const value = size === 8 ? BigInt.asIntN(64, low64) : (source.view.getBigInt64(from) << 64n) | low64;
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

function readDate(source: Source, at: number, low: number): Date {
  if (low !== 3) throw bad(at, 'plist-date', 'a date has an unknown size');
  const date = new Date(source.view.getFloat64(body(source, at + 1, 8)) * 1000 + APPLE_EPOCH_MS);
  if (Number.isNaN(date.getTime())) throw bad(at, 'plist-date', 'a date is out of range');
  return date;
}

function readSized<T>(source: Source, at: number, low: number, unit: number, read: (from: number, to: number) => T): T {
  let count = low;
  let from = at + 1;
  if (low === 0x0f) {
    const marker = source.view.getUint8(body(source, from, 1));
    if (marker >> 4 !== 1 || (marker & 0x0f) > 3) throw bad(from, 'plist-number', 'a length is not an integer');
    const size = 1 << (marker & 0x0f);
    count = unsigned(source, body(source, from + 1, size), size);
    from += 1 + size;
  }
  body(source, from, count * unit);
  return read(from, from + count * unit);
}

function latin1(bytes: Uint8Array): string {
  let out = '';
  if (bytes.length <= SHORT_TEXT_BYTES) {
    for (let i = 0; i < bytes.length; i++) out += String.fromCharCode(bytes[i] ?? 0);
    return out;
  }
  for (let i = 0; i < bytes.length; i += 8192) out += String.fromCharCode(...bytes.subarray(i, i + 8192));
  return out;
}

function utf16(source: Source, from: number, to: number): string {
  const units = new Uint16Array((to - from) / 2);
  for (let i = 0; i < units.length; i++) units[i] = source.view.getUint16(from + 2 * i);
  let out = '';
  for (let i = 0; i < units.length; i += 8192) out += String.fromCharCode(...units.subarray(i, i + 8192));
  return out;
}

function readReference(source: Source, at: number, depth: number): PlistValue {
  if (--source.left < 0) throw bad(at, 'plist-steps', `more than ${MAX_VALUES} values`);
  return readObject(source, unsigned(source, at, source.referenceSize), depth + 1);
}

function readItems(source: Source, from: number, to: number, depth: number): PlistValue {
  const items: PlistValue[] = [];
  for (let at = from; at < to; at += source.referenceSize) items.push(readReference(source, at, depth));
  return items;
}

function readDict(source: Source, from: number, to: number, depth: number): PlistValue {
  const dict: Record<string, PlistValue> = Object.create(null);
  const half = (to - from) / 2;
  for (let at = from; at < from + half; at += source.referenceSize) {
    const key = readReference(source, at, depth);
    if (typeof key !== 'string') throw bad(at, 'plist-key', 'a key is not a string');
    // CFBinaryPList keeps the first of two equal keys.
    if (!(key in dict)) dict[key] = readReference(source, at + half, depth);
  }
  return dict;
}
