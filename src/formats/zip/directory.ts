import { FormatError, type ReadAt, utf8TextLoose } from '../../base/index.ts';

// A bug report holds some hundred entries, a sysdiagnose some ten thousand, a large backup of a phone half a million of some 140 bytes each.
const MAX_ENTRIES = 600_000;
const MAX_DIRECTORY_BYTES = 128 * 1024 * 1024;
// 22 bytes of end record, 65535 of comment, 20 of zip64 locator.
const MAX_TAIL_BYTES = 22 + 0xffff + 20;

/** Bits of an entry that is encrypted: its data, strongly, or its directory record (APPNOTE 4.4.4). */
export const ENCRYPTED = 0x2041;

export interface DirectoryEnd {
  readonly count: number;
  readonly sizeBytes: number;
  readonly offset: number;
}

/** Finds the end record; throws FormatError `zip-truncated`, `zip-limit`, `zip-bounds`, `zip-multi-disk`. */
export async function findDirectory(readAt: ReadAt, fileBytes: number): Promise<DirectoryEnd> {
  const tailBytes = Math.min(fileBytes, MAX_TAIL_BYTES);
  const tailOffset = fileBytes - tailBytes;
  const tail = viewOf(await readExactly(readAt, tailOffset, tailBytes));
  for (let at = tailBytes - 22; at >= 0; at--) {
    // The comment must reach the end exactly, or a comment could hide a second end record.
    if (tail.getUint32(at, true) !== 0x06054b50 || at + 22 + tail.getUint16(at + 20, true) !== tailBytes) continue;
    const zip64 = at >= 20 && tail.getUint32(at - 20, true) === 0x07064b50;
    const plain = readPlainEnd(tail, at);
    const end = zip64 ? await readZip64End(readAt, uint64(tail, at - 12), tailOffset + at - 20, plain) : plain;
    if (end.count > MAX_ENTRIES || end.sizeBytes > MAX_DIRECTORY_BYTES) {
      throw new FormatError(
        'zip-limit',
        end.offset,
        `Cannot read zip: directory of ${end.count} entries is over the limit`,
      );
    }
    if (end.offset + end.sizeBytes > tailOffset + at) {
      throw new FormatError('zip-bounds', tailOffset + at, 'Cannot read zip: directory lies outside the file');
    }
    return end;
  }
  throw new FormatError('zip-truncated', fileBytes, 'Cannot read zip: no end of central directory');
}

function readPlainEnd(tail: DataView, at: number): DirectoryEnd {
  // 0xffff defers to the zip64 record.
  if (tail.getUint16(at + 4, true) % 0xffff !== 0 || tail.getUint16(at + 6, true) % 0xffff !== 0) throw multiDisk(at);
  return {
    count: tail.getUint16(at + 10, true),
    sizeBytes: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  };
}

async function readZip64End(readAt: ReadAt, offset: number, limit: number, plain: DirectoryEnd): Promise<DirectoryEnd> {
  if (offset + 56 > limit)
    throw new FormatError('zip-bounds', limit, 'Cannot read zip: zip64 end record lies outside the file');
  const record = viewOf(await readExactly(readAt, offset, 56));
  if (record.getUint32(0, true) !== 0x06064b50) {
    throw new FormatError('zip-bounds', offset, 'Cannot read zip: no zip64 end record where its locator points');
  }
  if (record.getUint32(16, true) !== 0 || record.getUint32(20, true) !== 0) throw multiDisk(offset);
  const end = { count: uint64(record, 32), sizeBytes: uint64(record, 40), offset: uint64(record, 48) };
  // A tool without zip64 reads the plain record: where it does not defer, both must say the same.
  const agrees = (slot: number, value: number, deferred: number) => slot === deferred || slot === value;
  if (
    !agrees(plain.count, end.count, 0xffff) ||
    !agrees(plain.sizeBytes, end.sizeBytes, 0xffffffff) ||
    !agrees(plain.offset, end.offset, 0xffffffff)
  ) {
    throw new FormatError('zip-bounds', offset, 'Cannot read zip: its two end records disagree');
  }
  return end;
}

function multiDisk(offset: number): FormatError {
  return new FormatError('zip-multi-disk', offset, 'Cannot read zip: archive spans several disks');
}

/** An entry as its directory record has it, nothing checked yet but the bounds. */
export interface RawEntry {
  readonly name: string;
  readonly nameBytes: number;
  readonly method: number;
  readonly flags: number;
  readonly crc32: number;
  readonly compressedBytes: number;
  readonly sizeBytes: number;
  readonly headerOffset: number;
  /** DOS time and date, APPNOTE 4.4.6. */
  readonly dosTime: number;
  readonly recordOffset: number;
}

/** Parses the directory's records; throws FormatError `zip-truncated`, `zip-bounds`, `zip-limit`. */
export function parseDirectory(bytes: Uint8Array, end: DirectoryEnd): RawEntry[] {
  const view = viewOf(bytes);
  const entries: RawEntry[] = [];
  let at = 0;
  for (let i = 0; i < end.count; i++) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== 0x02014b50) {
      throw new FormatError(
        'zip-truncated',
        end.offset + at,
        `Cannot read zip: directory ends after ${i} of ${end.count} entries`,
      );
    }
    const nameBytes = view.getUint16(at + 28, true);
    const extraAt = at + 46 + nameBytes;
    const next = extraAt + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
    if (next > bytes.length)
      throw new FormatError('zip-truncated', end.offset + at, 'Cannot read zip: directory entry is cut');
    const flags = view.getUint16(at + 8, true);
    const sizes = readSizes(view, at, extraAt, extraAt + view.getUint16(at + 30, true));
    entries.push({
      name: utf8TextLoose(bytes.subarray(at + 46, extraAt)),
      nameBytes,
      flags,
      method: view.getUint16(at + 10, true),
      crc32: view.getUint32(at + 16, true),
      dosTime: view.getUint32(at + 12, true),
      recordOffset: end.offset + at,
      ...sizes,
    });
    at = next;
  }
  if (at !== bytes.length)
    throw new FormatError('zip-bounds', end.offset + at, 'Cannot read zip: directory has bytes left over');
  return entries;
}

/** APPNOTE 4.5.3: the zip64 extra has only the fields whose 32-bit slot is all ones, in this order. */
function readSizes(view: DataView, at: number, extraAt: number, extraEnd: number) {
  const slots = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)];
  let field = -1;
  let fieldEnd = -1;
  for (let e = extraAt; e + 4 <= extraEnd; e += 4 + view.getUint16(e + 2, true)) {
    if (view.getUint16(e, true) !== 1) continue;
    field = e + 4;
    fieldEnd = Math.min(extraEnd, field + view.getUint16(e + 2, true));
    break;
  }
  const values = slots.map((slot) => {
    if (slot !== 0xffffffff || field < 0) return slot;
    if (field + 8 > fieldEnd)
      throw new FormatError('zip-truncated', field, 'Cannot read zip: zip64 extra field is cut');
    field += 8;
    return uint64(view, field - 8);
  });
  const [sizeBytes = 0, compressedBytes = 0, headerOffset = 0] = values;
  return { sizeBytes, compressedBytes, headerOffset };
}

/** Reads exactly `length` bytes; throws FormatError `zip-truncated`. */
export async function readExactly(readAt: ReadAt, offset: number, length: number): Promise<Uint8Array> {
  const bytes = await readAt(offset, length);
  if (bytes.length !== length) throw new FormatError('zip-truncated', offset, 'Cannot read zip: file ends early');
  return bytes;
}

function uint64(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER))
    throw new FormatError('zip-limit', at, 'Cannot read zip: 64-bit size over 2^53');
  return Number(value);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
