import type { OpenFile } from '../../threats/readers/index.ts';

const BLOCK_BYTES = 256 * 1024;
const BLOCKS = 12;

/**
 * Buffers that nobody reads any more: an answer of read() is used before the next read of any file. Left to the collector, a hundred megabytes of
 * them stand in memory before it looks.
 */
const stale: ArrayBuffer[] = [];

/** Gives their memory back at once; browsers that cannot leave them to the collector. */
function freeStale(): void {
  for (const buffer of stale.splice(0)) if ('transfer' in buffer) buffer.transfer(0);
}

/**
 * Reads a file synchronously, in a worker. Databases ask for single pages, and each request to the browser costs as much as a hundred
 * pages: blocks around them are kept.
 */
export function openBlob(file: File): OpenFile {
  const reader = new FileReaderSync();
  const blocks = new Map<number, ArrayBuffer>();
  const load = (from: number, to: number): ArrayBuffer => {
    freeStale();
    return reader.readAsArrayBuffer(file.slice(from, Math.min(to, file.size)));
  };
  const block = (index: number): Uint8Array => {
    const known = blocks.get(index);
    if (known !== undefined) return new Uint8Array(known);
    const loaded = load(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES);
    const [oldest] = blocks;
    if (oldest !== undefined && blocks.size >= BLOCKS) {
      blocks.delete(oldest[0]);
      stale.push(oldest[1]);
    }
    blocks.set(index, loaded);
    return new Uint8Array(loaded);
  };
  return {
    sizeBytes: file.size,
    read(offset, length) {
      const end = Math.min(offset + length, file.size);
      if (offset < 0 || offset >= end) return new Uint8Array(0);
      const first = Math.floor(offset / BLOCK_BYTES);
      if (length > BLOCK_BYTES || Math.floor((end - 1) / BLOCK_BYTES) !== first) {
        const loaded = load(offset, end);
        stale.push(loaded);
        return new Uint8Array(loaded);
      }
      return block(first).subarray(offset - first * BLOCK_BYTES, end - first * BLOCK_BYTES);
    },
    close() {
      stale.push(...blocks.values());
      blocks.clear();
    },
  };
}
