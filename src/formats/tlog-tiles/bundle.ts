import { concatBytes, FormatError } from '../../base/index.ts';
import { TILE_WIDTH } from './tile.ts';

// C2SP tlog-tiles, "Log entries": big-endian uint16 length before each entry.
const LENGTH_BYTES = 2;
const MAX_ENTRY_BYTES = 0xffff;

/** Writes up to 256 entries as a bundle; throws FormatError `tlog-tiles-bundle` for none, for more, and for one of over 65,535 bytes. */
export function formatBundle(entries: readonly Uint8Array[]): Uint8Array {
  if (entries.length < 1 || entries.length > TILE_WIDTH) throw wrong(0, `${entries.length} entries, 1 to 256 fit`);
  return concatBytes(
    entries.flatMap((entry) => {
      if (entry.length > MAX_ENTRY_BYTES) throw wrong(0, `an entry of ${entry.length} bytes, 65535 at most`);
      return [Uint8Array.of(entry.length >> 8, entry.length & 0xff), entry];
    }),
  );
}

/** Reads the entries of a bundle that holds exactly `width`; views of its bytes. @throws FormatError `tlog-tiles-bundle` */
export function parseBundle(bytes: Uint8Array, width: number): readonly Uint8Array[] {
  const entries: Uint8Array[] = [];
  let at = 0;
  while (entries.length < width) {
    const begin = at + LENGTH_BYTES;
    const end = begin + (((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
    if (end > bytes.length) throw wrong(at, `it ends within entry ${entries.length} of ${width}`);
    entries.push(bytes.subarray(begin, end));
    at = end;
  }
  if (at < bytes.length) throw wrong(at, `more than ${width} entries`);
  return entries;
}

function wrong(offset: number, why: string): FormatError {
  return new FormatError('tlog-tiles-bundle', offset, `Cannot use bundle: ${why}`);
}
