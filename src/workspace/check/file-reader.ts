import type { OpenFile } from '../../evidence/index.ts';

const BLOCK_BYTES = 256 * 1024;
const BLOCKS = 12;

/**
 * Reads a file synchronously, in a worker. Databases ask for single pages, and each request to the browser costs as much as a hundred
 * pages: blocks around them are kept.
 */
export function openBlob(file: File): OpenFile {
  const reader = new FileReaderSync();
  const blocks = new Map<number, Uint8Array>();
  const load = (from: number, to: number): Uint8Array =>
    new Uint8Array(reader.readAsArrayBuffer(file.slice(from, Math.min(to, file.size))));
  const block = (index: number): Uint8Array => {
    const known = blocks.get(index);
    if (known !== undefined) return known;
    const loaded = load(index * BLOCK_BYTES, (index + 1) * BLOCK_BYTES);
    if (blocks.size >= BLOCKS) for (const [oldest] of blocks) if (blocks.delete(oldest)) break;
    blocks.set(index, loaded);
    return loaded;
  };
  return {
    sizeBytes: file.size,
    read(offset, length) {
      const end = Math.min(offset + length, file.size);
      if (offset < 0 || offset >= end) return new Uint8Array(0);
      const first = Math.floor(offset / BLOCK_BYTES);
      if (length > BLOCK_BYTES || Math.floor((end - 1) / BLOCK_BYTES) !== first) return load(offset, end);
      return block(first).subarray(offset - first * BLOCK_BYTES, end - first * BLOCK_BYTES);
    },
    close: () => blocks.clear(),
  };
}
