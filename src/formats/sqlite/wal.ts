const WAL_HEADER_BYTES = 32; // file format, section 4.1
const FRAME_HEADER_BYTES = 24;

/** The pages that a write-ahead log puts over the database, and its size in pages after the last commit. */
export interface WalImage {
  readonly pages: ReadonlyMap<number, Uint8Array>;
  readonly pageCount: number;
}

/**
 * Reads a write-ahead log up to its last commit frame; what stands after it is not part of the database.
 *
 * @returns undefined when the log is empty, of another page size, or holds no commit
 */
export function readWal(wal: Uint8Array, pageSizeBytes: number): WalImage | undefined {
  if (wal.length < WAL_HEADER_BYTES) return undefined;
  const view = new DataView(wal.buffer, wal.byteOffset, wal.byteLength);
  const magic = view.getUint32(0);
  if ((magic !== 0x377f0682 && magic !== 0x377f0683) || view.getUint32(8) !== pageSizeBytes) return undefined;
  const [saltA, saltB] = [view.getUint32(16), view.getUint32(20)];
  const pages = new Map<number, Uint8Array>();
  let pending = new Map<number, Uint8Array>();
  let pageCount = 0;
  const stepBytes = FRAME_HEADER_BYTES + pageSizeBytes;
  for (let at = WAL_HEADER_BYTES; at + stepBytes <= wal.length; at += stepBytes) {
    if (view.getUint32(at + 8) !== saltA || view.getUint32(at + 12) !== saltB) break;
    pending.set(view.getUint32(at), wal.subarray(at + FRAME_HEADER_BYTES, at + stepBytes));
    const committed = view.getUint32(at + 4);
    if (committed === 0) continue;
    for (const [number, page] of pending) pages.set(number, page);
    pending = new Map();
    pageCount = committed;
  }
  return pageCount === 0 ? undefined : { pages, pageCount };
}
