import { FormatError, type ReadAt } from '../../base/index.ts';
import { refusalOf } from '../archive/index.ts';
import { ENCRYPTED, findDirectory, parseDirectory, type RawEntry, readExactly, viewOf } from './directory.ts';

/** One entry as the central directory tells it. */
export interface ZipEntry {
  readonly name: string;
  /** 0 stored, 8 deflated, … (APPNOTE 4.4.5); nothing is decompressed here. */
  readonly method: number;
  readonly flags: number;
  readonly crc32: number;
  /** Bytes in the archive; equals `sizeBytes` when stored. */
  readonly compressedBytes: number;
  /** A claim of the archive: bound it before allocating. */
  readonly sizeBytes: number;
  readonly headerOffset: number;
  /** Where the next entry or the directory begins: the data must end before it. */
  readonly endOffset: number;
}

export interface ZipArchive {
  readonly readAt: ReadAt;
  readonly entries: readonly ZipEntry[];
}

/**
 * Reads the central directory.
 *
 * @throws FormatError `zip-truncated`, `zip-limit`, `zip-multi-disk`, `zip-bounds`, `zip-encrypted`, `zip-name`, `zip-duplicate`, `zip-overlap`
 */
export async function readZip(readAt: ReadAt, sizeBytes: number): Promise<ZipArchive> {
  const end = await findDirectory(readAt, sizeBytes);
  const bytes = await readExactly(readAt, end.offset, end.sizeBytes);
  const raw = parseDirectory(bytes, end);
  for (const entry of raw) check(entry);
  refuseDoubledNames(raw);
  return { readAt, entries: withEnds(raw, end.offset) };
}

/**
 * Gives the range of the entry's bytes in the archive.
 *
 * @throws FormatError `zip-truncated`, `zip-local-header`, `zip-overlap`
 */
export async function locateZipEntry(zip: ZipArchive, entry: ZipEntry): Promise<{ offset: number; length: number }> {
  const header = viewOf(await readExactly(zip.readAt, entry.headerOffset, 30));
  if (header.getUint32(0, true) !== 0x04034b50) {
    throw new FormatError(
      'zip-local-header',
      entry.headerOffset,
      'Cannot read zip entry: no local header where the directory points',
    );
  }
  // The local lengths differ from the directory's: writers put other extra fields here.
  const offset = entry.headerOffset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (offset + entry.compressedBytes > entry.endOffset) {
    throw new FormatError(
      'zip-overlap',
      entry.headerOffset,
      'Cannot read zip entry: its data runs into the next entry',
    );
  }
  return { offset, length: entry.compressedBytes };
}

/** Refuses names that mean another place, or another thing to another tool, and what nobody can read. */
function check({ name, flags, recordOffset }: RawEntry): void {
  const refusal = refusalOf(name);
  if (refusal !== undefined) {
    const shown = JSON.stringify(name.slice(0, 80));
    throw new FormatError('zip-name', recordOffset, `Cannot read zip: entry ${refusal} (${shown})`);
  }
  if (flags & ENCRYPTED) throw new FormatError('zip-encrypted', recordOffset, 'Cannot read zip: entry is encrypted');
}

function refuseDoubledNames(entries: readonly RawEntry[]): void {
  const seen = new Set<string>();
  for (const entry of entries) {
    if (seen.has(entry.name)) {
      throw new FormatError(
        'zip-duplicate',
        entry.headerOffset,
        `Cannot read zip: two entries named ${JSON.stringify(entry.name.slice(0, 80))}`,
      );
    }
    seen.add(entry.name);
  }
}

function withEnds(entries: readonly RawEntry[], directoryOffset: number): ZipEntry[] {
  const sorted = [...entries].sort((a, b) => a.headerOffset - b.headerOffset);
  const ends = new Map<RawEntry, number>();
  for (const [i, entry] of sorted.entries()) {
    const endOffset = sorted[i + 1]?.headerOffset ?? directoryOffset;
    if (entry.headerOffset + 30 + entry.nameBytes + entry.compressedBytes > endOffset) {
      throw new FormatError(
        'zip-overlap',
        entry.headerOffset,
        'Cannot read zip: two entries share bytes, or one runs into the directory',
      );
    }
    ends.set(entry, endOffset);
  }
  return entries.map((raw) => {
    const { nameBytes: _, dosTime: _time, recordOffset: _at, ...entry } = raw;
    return { ...entry, endOffset: ends.get(raw) ?? directoryOffset };
  });
}
