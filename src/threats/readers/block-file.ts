import { FormatError } from '../../base/index.ts';
import type { OpenFile } from './evidence.ts';

const BLOCK_BYTES = 1024 * 1024;

/** Bytes in memory as a file. */
export function memoryFile(bytes: Uint8Array): OpenFile {
  return {
    sizeBytes: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + Math.max(0, length)),
    close() {},
  };
}

/**
 * Takes a stream into memory in blocks, so that nothing is copied at the end and no claim of an archive is allocated.
 *
 * @throws FormatError `evidence-size` when it has more than `limitBytes`
 */
export async function blockFile(stream: AsyncIterable<Uint8Array>, limitBytes: number): Promise<OpenFile> {
  const blocks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const part of stream) {
    if (sizeBytes + part.length > limitBytes) {
      throw new FormatError('evidence-size', limitBytes, `is larger than ${limitBytes} bytes unpacked`);
    }
    for (let at = 0; at < part.length; ) {
      const within = sizeBytes % BLOCK_BYTES;
      if (within === 0) blocks.push(new Uint8Array(BLOCK_BYTES));
      const piece = part.subarray(at, at + BLOCK_BYTES - within);
      blocks.at(-1)?.set(piece, within);
      at += piece.length;
      sizeBytes += piece.length;
    }
  }
  const last = blocks.pop();
  if (last !== undefined) blocks.push(last.slice(0, sizeBytes - blocks.length * BLOCK_BYTES));
  return { sizeBytes, read: reader(blocks, sizeBytes), close() {} };
}

function reader(blocks: readonly Uint8Array[], sizeBytes: number): OpenFile['read'] {
  let buffer = new Uint8Array(0);
  return (offset, length) => {
    const wanted = Math.max(0, Math.min(length, sizeBytes - offset));
    const first = blocks[Math.floor(offset / BLOCK_BYTES)];
    const within = offset % BLOCK_BYTES;
    if (wanted === 0 || first === undefined) return new Uint8Array(0);
    if (within + wanted <= first.length) return first.subarray(within, within + wanted);
    if (buffer.length < wanted) buffer = new Uint8Array(wanted);
    for (let filled = 0; filled < wanted; ) {
      const at = offset + filled;
      const block = blocks[Math.floor(at / BLOCK_BYTES)];
      const piece = block?.subarray(at % BLOCK_BYTES, (at % BLOCK_BYTES) + wanted - filled);
      if (piece === undefined || piece.length === 0) return buffer.subarray(0, filled);
      buffer.set(piece, filled);
      filled += piece.length;
    }
    return buffer.subarray(0, wanted);
  };
}
