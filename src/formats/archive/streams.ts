import { concatBytes, FormatError, type ReadAt } from '../../base/index.ts';

/** Reads a stream to its end; throws FormatError `<code>` when it has more than `limitBytes`. */
export async function readStream(
  stream: AsyncIterable<Uint8Array>,
  limitBytes: number,
  code: string,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const part of stream) {
    total += part.length;
    if (total > limitBytes) throw new FormatError(code, total, `Cannot read content: over ${limitBytes} bytes`);
    // A copy: the source may reuse its buffer for the next part.
    parts.push(part.slice());
  }
  return concatBytes(parts);
}

/** Gives bytes as a stream of parts. */
export async function* chunksOf(bytes: Uint8Array, partBytes = 64 * 1024): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += partBytes) yield bytes.subarray(at, at + partBytes);
}

/** An archive with random access: synchronous as formats/sqlite takes files, or by promises. */
export type ArchiveInput =
  | { readonly sizeBytes: number; read(offset: number, length: number): Uint8Array }
  | { readonly sizeBytes: number; readonly readAt: ReadAt };

/** Gives one way to read either input; answers are the caller's own. */
export function readAtFrom(input: ArchiveInput): ReadAt {
  return 'readAt' in input ? input.readAt : async (offset, length) => input.read(offset, length).slice();
}
