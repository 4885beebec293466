import { FormatError, type ReadAt } from '../../base/index.ts';
import { type ArchiveInput, memberPath, readAtFrom, readStream, refusalOf } from '../archive/index.ts';
import { inflateStream } from '../gzip/index.ts';
import { crc32 } from './crc32.ts';
import { ENCRYPTED, findDirectory, parseDirectory, type RawEntry, readExactly, viewOf } from './directory.ts';

/** An entry of a zip that is evidence. */
export interface ZipMember {
  readonly kind: 'file' | 'folder';
  /** Forward slashes; as it stands in the archive when `refused`. */
  readonly path: string;
  /** Why the entry is not read, or undefined: its name, a double, encryption, overlap, an unknown method, an impossible size. */
  readonly refused: string | undefined;
  /** A claim of the directory, which reading holds it to. */
  readonly sizeBytes: number;
  readonly compressedBytes: number;
  /** Local time of the machine that packed it, as "2024-05-01T13:07:58"; undefined when it is no date. */
  readonly modifiedLocal: string | undefined;
}

export interface ZipFolder {
  /** In the order of the directory. */
  readonly members: readonly ZipMember[];
  /** Streams the content; throws FormatError `zip-refused`, `zip-damaged` (size or checksum differs, compression broken), `zip-limit`. */
  stream(member: ZipMember): AsyncGenerator<Uint8Array>;
  /** The whole content; throws also FormatError `zip-limit` when it has more than `limitBytes`. */
  read(member: ZipMember, limitBytes: number): Promise<Uint8Array>;
}

export interface ZipLimits {
  /** Of all entries together, unpacked. */
  readonly maxTotalBytes?: number;
  /** Most bytes unpacked for one packed, in entries over 16 MiB. */
  readonly maxRatio?: number;
}

const MAX_TOTAL_BYTES = 64 * 1024 ** 3;
const MAX_RATIO = 250;
const RATIO_FREE_BYTES = 16 * 1024 * 1024;
/** Deflate cannot do better (RFC 1951: 258 bytes for two bits). */
const DEFLATE_MAX_RATIO = 1032;
const READ_BYTES = 64 * 1024;

/**
 * Opens a zip as a folder of evidence with random access: one bad entry is refused with its reason, and the others stay readable.
 *
 * @throws FormatError `zip-truncated`, `zip-limit`, `zip-multi-disk`, `zip-bounds` when there is no readable directory
 */
export async function openZip(input: ArchiveInput, limits: ZipLimits = {}): Promise<ZipFolder> {
  const readAt = readAtFrom(input);
  const end = await findDirectory(readAt, input.sizeBytes);
  const raw = parseDirectory(await readExactly(readAt, end.offset, end.sizeBytes), end);
  const total = raw.reduce((sum, entry) => sum + entry.sizeBytes, 0);
  if (total > (limits.maxTotalBytes ?? MAX_TOTAL_BYTES)) {
    throw new FormatError('zip-limit', -1, `Cannot read zip: it claims ${total} bytes unpacked`);
  }
  const overlapping = findOverlaps(raw, end.offset);
  const seen = new Set<string>();
  const entries = new Map<ZipMember, RawEntry>();
  for (const entry of raw) {
    const member = memberOf(entry, seen, overlapping, limits.maxRatio ?? MAX_RATIO);
    entries.set(member, entry);
  }
  const stream = (member: ZipMember): AsyncGenerator<Uint8Array> => {
    const entry = entries.get(member);
    if (entry === undefined)
      throw new FormatError('zip-refused', -1, 'Cannot read zip entry: it is of another archive');
    return contentOf(readAt, member, entry);
  };
  return {
    members: [...entries.keys()],
    stream,
    async read(member, limitBytes) {
      if (member.sizeBytes > limitBytes) {
        throw new FormatError('zip-limit', -1, `Cannot read zip entry: it has over ${limitBytes} bytes`);
      }
      return readStream(stream(member), limitBytes, 'zip-limit');
    },
  };
}

function memberOf(entry: RawEntry, seen: Set<string>, overlapping: ReadonlySet<RawEntry>, maxRatio: number): ZipMember {
  const { sizeBytes, compressedBytes, method } = entry;
  // Packers on Windows have written "\\" between folders (APPNOTE 4.4.17.1 forbids it); judged like any other name once it is "/".
  const name = entry.name.replaceAll('\\', '/');
  const unsafe = refusalOf(name);
  const path = unsafe === undefined ? memberPath(name) : name;
  const reason = (): string | undefined => {
    if (unsafe !== undefined) return unsafe;
    if (seen.has(path)) return 'another entry has the same name';
    if (entry.flags & ENCRYPTED) return 'entry is encrypted';
    if (overlapping.has(entry)) return 'entry shares bytes with another';
    if (method !== 0 && method !== 8) return `entry is packed by method ${method}, which is not known`;
    if (method === 0 && sizeBytes !== compressedBytes) return 'entry is stored, but its sizes differ';
    if (sizeBytes > DEFLATE_MAX_RATIO * compressedBytes + RATIO_FREE_BYTES) return 'entry claims an impossible size';
    if (sizeBytes > RATIO_FREE_BYTES && sizeBytes > maxRatio * compressedBytes)
      return `entry unpacks to over ${maxRatio} times its size`;
    return undefined;
  };
  const refused = reason();
  seen.add(path);
  const kind = name.endsWith('/') ? 'folder' : 'file';
  return { kind, path, refused, sizeBytes, compressedBytes, modifiedLocal: dosTime(entry.dosTime) };
}

/** Entries whose claimed bytes reach into the next one's or into the directory: a bomb, or damage. */
function findOverlaps(entries: readonly RawEntry[], directoryOffset: number): Set<RawEntry> {
  const sorted = [...entries].sort((a, b) => a.headerOffset - b.headerOffset);
  const overlapping = new Set<RawEntry>();
  for (const [i, entry] of sorted.entries()) {
    const next = sorted[i + 1];
    const end = entry.headerOffset + 30 + entry.nameBytes + entry.compressedBytes;
    if (end > (next?.headerOffset ?? directoryOffset)) {
      overlapping.add(entry);
      if (next !== undefined && next.headerOffset === entry.headerOffset) overlapping.add(next);
    }
  }
  return overlapping;
}

async function* contentOf(readAt: ReadAt, member: ZipMember, entry: RawEntry): AsyncGenerator<Uint8Array> {
  if (member.refused !== undefined) {
    throw new FormatError('zip-refused', entry.headerOffset, `Cannot read zip entry: ${member.refused}`);
  }
  const header = viewOf(await readExactly(readAt, entry.headerOffset, 30));
  if (header.getUint32(0, true) !== 0x04034b50) {
    throw new FormatError('zip-damaged', entry.headerOffset, 'Cannot read zip entry: no local header at its place');
  }
  const from = entry.headerOffset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  const packed = rangeOf(readAt, from, entry.compressedBytes);
  const content = entry.method === 0 ? packed : unpack(packed, entry);
  let [sum, total] = [0, 0];
  for await (const part of content) {
    total += part.length;
    if (total > entry.sizeBytes) break;
    sum = crc32(part, sum);
    yield part;
  }
  if (total !== entry.sizeBytes || sum !== entry.crc32) {
    const what = total === entry.sizeBytes ? 'checksum' : 'size';
    throw new FormatError('zip-damaged', entry.headerOffset, `Cannot read zip entry: its ${what} differs`);
  }
}

async function* unpack(packed: AsyncIterable<Uint8Array>, entry: RawEntry): AsyncGenerator<Uint8Array> {
  try {
    yield* inflateStream(packed, 'deflate-raw', { maxRatio: DEFLATE_MAX_RATIO + 1 });
  } catch (error) {
    if (!(error instanceof FormatError) || error.code.startsWith('zip-')) throw error;
    throw new FormatError('zip-damaged', entry.headerOffset, 'Cannot read zip entry: its compressed data is damaged');
  }
}

async function* rangeOf(readAt: ReadAt, from: number, length: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < length; at += READ_BYTES) {
    yield await readExactly(readAt, from + at, Math.min(READ_BYTES, length - at));
  }
}

function dosTime(value: number): string | undefined {
  const [date, time] = [value >>> 16, value & 0xffff];
  const [month, day] = [(date >> 5) & 15, date & 31];
  const [hour, minute, second] = [time >> 11, (time >> 5) & 63, (time & 31) * 2];
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const two = (part: number): string => String(part).padStart(2, '0');
  return `${1980 + (date >> 9)}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}:${two(second)}`;
}
