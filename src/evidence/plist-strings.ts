import { FormatError, utf8TextLoose } from '../base/index.ts';
import { isPlistDict, type PlistValue, parsePlist } from '../formats/plist/index.ts';

const TRAILER_BYTES = 32; // CFBinaryPList.c, CFBinaryPlistTrailer
/** A link preview has some fifty objects, a page's session some thousands. */
const MAX_OBJECTS = 1_000_000;
const MAX_DEPTH = 128;

/**
 * Calls `found` with every string of a property list that holds "://", whatever its structure (keyed archives too).
 *
 * Binary lists are read by their table of objects, without building them. What is no property list gives nothing: the byte scan sees it still.
 */
export function plistLinkStrings(bytes: Uint8Array, found: (text: string) => void): void {
  if (bytes.length > 40 && bytes[0] === 0x62 && bytes[1] === 0x70 && bytes[7] === 0x30) {
    binaryStrings(bytes, found);
    return;
  }
  if (bytes.length === 0) return;
  let list: PlistValue;
  try {
    list = parsePlist(bytes);
  } catch (error) {
    if (error instanceof FormatError) return;
    throw error;
  }
  stringsOf(list, found);
}

/** Calls `found` with every string with "://" in a value that was parsed. */
export function stringsOf(value: PlistValue | undefined, found: (text: string) => void, depth = 0): void {
  if (typeof value === 'string') {
    if (value.includes('://')) found(value);
    return;
  }
  if (depth > MAX_DEPTH) return;
  if (Array.isArray(value)) for (const item of value) stringsOf(item, found, depth + 1);
  else if (isPlistDict(value)) for (const key of Object.keys(value)) stringsOf(value[key], found, depth + 1);
}

function binaryStrings(bytes: Uint8Array, found: (text: string) => void): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const trailer = bytes.length - TRAILER_BYTES;
  const offsetSize = bytes[trailer + 6] ?? 0;
  const count = Math.min(Number(view.getBigUint64(trailer + 8)), MAX_OBJECTS);
  const tableAt = Number(view.getBigUint64(trailer + 24));
  if (offsetSize < 1 || offsetSize > 4 || tableAt + count * offsetSize > trailer) return;
  for (let i = 0; i < count; i++) {
    let at = 0;
    for (let k = 0; k < offsetSize; k++) at = at * 256 + (bytes[tableAt + i * offsetSize + k] ?? 0);
    const marker = bytes[at] ?? 0;
    const kind = marker >> 4;
    if (at >= tableAt || (kind !== 5 && kind !== 6)) continue;
    const { from, length } = lengthAt(view, at, marker & 0x0f);
    const end = from + length * (kind === 5 ? 1 : 2);
    // "a://b" is the shortest that could be one.
    if (length < 5 || end > tableAt) continue;
    const text = kind === 5 ? asciiLink(bytes.subarray(from, end)) : utf16Link(view, from, length);
    if (text !== undefined) found(text);
  }
}

function lengthAt(view: DataView, at: number, low: number): { from: number; length: number } {
  if (low !== 0x0f || at + 6 > view.byteLength) return { from: at + 1, length: low === 0x0f ? 0 : low };
  const marker = view.getUint8(at + 1);
  if (marker === 0x10) return { from: at + 3, length: view.getUint8(at + 2) };
  if (marker === 0x11) return { from: at + 4, length: view.getUint16(at + 2) };
  return marker === 0x12 ? { from: at + 6, length: view.getUint32(at + 2) } : { from: at, length: 0 };
}

function asciiLink(bytes: Uint8Array): string | undefined {
  for (let at = bytes.indexOf(0x3a); at >= 0; at = bytes.indexOf(0x3a, at + 1)) {
    if (bytes[at + 1] === 0x2f && bytes[at + 2] === 0x2f) return utf8TextLoose(bytes);
  }
  return undefined;
}

function utf16Link(view: DataView, from: number, length: number): string | undefined {
  const units: string[] = [];
  for (let i = 0; i < length; i++) units.push(String.fromCharCode(view.getUint16(from + 2 * i)));
  const text = units.join('');
  return text.includes('://') ? text : undefined;
}
