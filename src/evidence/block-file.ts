import { FormatError } from '../base/index.ts';
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

/**
 * Gives a stream window by window, for one pass over what is too large for memory.
 *
 * @param take looks at a window whose first byte is byte `at` of the stream, and says how many bytes it is done with, at least one: the next
 * window begins behind them
 * @returns bytes of the stream
 */
export async function passWindows(
  stream: AsyncIterable<Uint8Array>,
  windowBytes: number,
  take: (bytes: Uint8Array, at: number, last: boolean) => number,
): Promise<number> {
  const window = new Uint8Array(windowBytes);
  let [at, filled] = [0, 0];
  for await (const part of stream) {
    for (let used = 0; used < part.length; ) {
      if (filled === windowBytes) {
        const done = take(window, at, false);
        window.copyWithin(0, done, filled);
        at += done;
        filled -= done;
      }
      const piece = part.subarray(used, used + windowBytes - filled);
      window.set(piece, filled);
      filled += piece.length;
      used += piece.length;
    }
  }
  if (filled > 0) take(window.subarray(0, filled), at, true);
  return at + filled;
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
