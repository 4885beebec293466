import { FormatError } from '../../base/index.ts';
import { isPlistDict, PlistUid, type PlistValue, parsePlist } from '../../formats/plist/index.ts';
import { unixTimeMs } from '../times.ts';

/** What `Files.file` of Manifest.db tells of a file: an archived MBFile. */
export interface FileRecord {
  readonly sizeBytes: number | undefined;
  /** Unix mode with the type of the file. */
  readonly mode: number | undefined;
  readonly userId: number | undefined;
  readonly protectionClass: number | undefined;
  readonly bornAtMs: number | undefined;
  readonly modifiedAtMs: number | undefined;
  readonly statusChangedAtMs: number | undefined;
}

const FIELDS = ['Size', 'Mode', 'UserID', 'ProtectionClass', 'Birth', 'LastModified', 'LastStatusChange'] as const;
type Field = (typeof FIELDS)[number];

/**
 * Reads the record of a file.
 *
 * A backup has tens of thousands of them with some twenty objects each, so that the usual shape (an archive whose object 1 holds integers) is
 * read without building objects; any other shape, such as the dates of old systems, takes the whole parser. Throws FormatError `plist-…`.
 */
export function parseFileRecord(bytes: Uint8Array): FileRecord {
  const found = readFast(bytes) ?? readSlow(bytes);
  return {
    sizeBytes: found.get('Size'),
    mode: found.get('Mode'),
    userId: found.get('UserID'),
    protectionClass: found.get('ProtectionClass'),
    bornAtMs: unixTimeMs(found.get('Birth')),
    modifiedAtMs: unixTimeMs(found.get('LastModified')),
    statusChangedAtMs: unixTimeMs(found.get('LastStatusChange')),
  };
}

const TRAILER_BYTES = 32; // CFBinaryPList.c, CFBinaryPlistTrailer
const OBJECTS_KEY = '$objects';

/** @returns undefined when the bytes have not the usual shape */
function readFast(bytes: Uint8Array): Map<Field, number> | undefined {
  const trailer = bytes.length - TRAILER_BYTES;
  if (trailer < 9 || bytes[0] !== 0x62 || bytes[7] !== 0x30) return undefined;
  const [offsetSize = 0, referenceSize = 0] = [bytes[trailer + 6], bytes[trailer + 7]];
  // Both are one or two bytes for lists of this size; everything else goes the slow way.
  if (offsetSize < 1 || offsetSize > 2 || referenceSize !== 1) return undefined;
  const count = big(bytes, trailer + 12, 4);
  const tableAt = big(bytes, trailer + 28, 4);
  if (tableAt + count * offsetSize > trailer) return undefined;
  const at = (index: number): number =>
    index < count ? big(bytes, tableAt + index * offsetSize, offsetSize) : bytes.length;
  const top = collection(bytes, at(big(bytes, trailer + 20, 4)), 0xd);
  if (top === undefined) return undefined;
  for (let i = 0; i < top.length; i++) {
    if (shortText(bytes, at(bytes[top.from + i] ?? 255)) !== OBJECTS_KEY) continue;
    const objects = collection(bytes, at(bytes[top.from + top.length + i] ?? 255), 0xa);
    if (objects === undefined || objects.length < 2) return undefined;
    const file = collection(bytes, at(bytes[objects.from + 1] ?? 255), 0xd);
    return file === undefined ? undefined : readFields(bytes, file, at);
  }
  return undefined;
}

function readFields(
  bytes: Uint8Array,
  { from, length }: { from: number; length: number },
  at: (index: number) => number,
): Map<Field, number> | undefined {
  const found = new Map<Field, number>();
  for (let i = 0; i < length; i++) {
    const key = shortText(bytes, at(bytes[from + i] ?? 255));
    const field = FIELDS.find((name) => name === key);
    if (field === undefined) continue;
    const start = at(bytes[from + length + i] ?? 255);
    const marker = bytes[start] ?? 0;
    // CFBinaryPList.c: integers of 1, 2 and 4 bytes are unsigned; one of 8 may be negative.
    if (marker >> 4 !== 1 || marker > 0x12) return undefined;
    found.set(field, big(bytes, start + 1, 1 << (marker & 0x0f)));
  }
  return found;
}

/** First reference and number of entries of an array (0xa) or dictionary (0xd). */
function collection(bytes: Uint8Array, at: number, kind: number): { from: number; length: number } | undefined {
  return (bytes[at] ?? 0) >> 4 === kind ? extent(bytes, at) : undefined;
}

function shortText(bytes: Uint8Array, at: number): string {
  const text = (bytes[at] ?? 0) >> 4 === 5 ? extent(bytes, at) : undefined;
  if (text === undefined || text.length > MAX_NAME_CHARS) return '';
  return String.fromCharCode(...bytes.subarray(text.from, text.from + text.length));
}

/** Longer than every name that is looked for. */
const MAX_NAME_CHARS = 40;

/** Where the content of an object begins, and its count: in the marker, or in an integer of one or two bytes behind it. */
function extent(bytes: Uint8Array, at: number): { from: number; length: number } | undefined {
  const low = (bytes[at] ?? 0) & 0x0f;
  if (low !== 0x0f) return { from: at + 1, length: low };
  if (bytes[at + 1] === 0x10) return { from: at + 3, length: bytes[at + 2] ?? 0 };
  return bytes[at + 1] === 0x11 ? { from: at + 4, length: big(bytes, at + 2, 2) } : undefined;
}

function big(bytes: Uint8Array, at: number, size: number): number {
  let value = 0;
  for (let i = 0; i < size; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

function readSlow(bytes: Uint8Array): Map<Field, number> {
  const archive = parsePlist(bytes);
  const objects = isPlistDict(archive) ? archive[OBJECTS_KEY] : undefined;
  const file = Array.isArray(objects) ? objects[1] : undefined;
  if (!Array.isArray(objects) || !isPlistDict(file))
    throw new FormatError('plist-shape', -1, 'Cannot read file record: no archived MBFile');
  const found = new Map<Field, number>();
  for (const field of FIELDS) {
    const value = numberIn(objects, file[field]);
    if (value !== undefined) found.set(field, value);
  }
  return found;
}

/** An integer, or an archived NSDate as Unix seconds. */
function numberIn(objects: readonly PlistValue[], value: PlistValue | undefined): number | undefined {
  const target = value instanceof PlistUid ? objects[value.uid] : value;
  if (typeof target === 'number') return target;
  if (target instanceof Date) return target.getTime() / 1000;
  const time = isPlistDict(target) ? target['NS.time'] : undefined;
  return typeof time === 'number' ? time + 978_307_200 : undefined;
}
