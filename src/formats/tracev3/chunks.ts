import { concatBytes, FormatError } from '../../base/index.ts';

/** Synchronous access to bytes; the answer may be overwritten by the next read. */
export interface ByteSource {
  readonly sizeBytes: number;
  read(offset: number, length: number): Uint8Array;
}

export interface Chunk {
  readonly tag: number;
  /** Where the preamble stands. */
  readonly offset: number;
  /** Of the data behind the preamble, as claimed and as there. */
  readonly sizeBytes: number;
}

export const HEADER = 0x1000;
export const CATALOG = 0x600b;
/** Tag, sub-tag, and the size of the data in 64 bits. */
export const PREAMBLE_BYTES = 16;
/** Offsets in a catalog have 16 bits, and count from behind its fixed part. */
export const MAX_CATALOG_BYTES = 24 + 0x1_0000;
/** A file holds ten megabytes, in chunks of some ten thousand bytes. */
const MAX_CHUNKS = 200_000;

/**
 * Walks the chunks of a file; zeros after the last one are its end.
 *
 * @throws FormatError `tracev3-header` when it does not begin as such a file does, `tracev3-truncated`, `tracev3-limit`
 */
export function* chunksOf(file: ByteSource): Generator<Chunk> {
  let count = 0;
  for (let at = 0; at < file.sizeBytes; ) {
    const head = file.read(at, PREAMBLE_BYTES);
    if (head.length < PREAMBLE_BYTES) throw bad('tracev3-truncated', at, 'it ends inside a chunk');
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
    const tag = view.getUint32(0, true);
    if (at === 0 && tag !== HEADER) throw bad('tracev3-header', 0, 'no header chunk');
    if (tag === 0) return;
    const claimed = view.getBigUint64(8, true);
    if (claimed > BigInt(file.sizeBytes - at - PREAMBLE_BYTES)) {
      throw bad('tracev3-truncated', at, 'a chunk reaches beyond the end');
    }
    if (++count > MAX_CHUNKS) throw bad('tracev3-limit', at, `more than ${MAX_CHUNKS} chunks`);
    const sizeBytes = Number(claimed);
    yield { tag, offset: at, sizeBytes };
    at += PREAMBLE_BYTES + Math.ceil(sizeBytes / 8) * 8;
  }
}

/**
 * Cuts a file down to its header and catalogs, which is one part in a hundred; what follows damage is left out, and the damage stays seen.
 * The answer is a file of the same format.
 */
export function keepCatalogs(file: ByteSource): Uint8Array {
  const parts: Uint8Array[] = [];
  try {
    for (const { tag, offset, sizeBytes } of chunksOf(file)) {
      if (tag !== HEADER && tag !== CATALOG) continue;
      const kept = Math.min(sizeBytes, MAX_CATALOG_BYTES);
      const part = new Uint8Array(PREAMBLE_BYTES + Math.ceil(kept / 8) * 8);
      part.set(file.read(offset, PREAMBLE_BYTES + kept));
      new DataView(part.buffer).setBigUint64(8, BigInt(kept), true);
      parts.push(part);
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    parts.push(file.read(Math.max(0, error.offset), PREAMBLE_BYTES).slice());
  }
  return concatBytes(parts);
}

export function bad(code: string, offset: number, why: string): FormatError {
  return new FormatError(code, offset, `Cannot read tracev3: ${why}`);
}
