/** Synchronous access to a database file; `read` may return fewer bytes only at the end. The answer may be overwritten by the next read, also of another file. */
export interface PageSource {
  readonly sizeBytes: number;
  read(offset: number, length: number): Uint8Array;
}

/** Gives whole-file bytes as a source. */
export function sourceOf(input: Uint8Array | PageSource): PageSource {
  if (!(input instanceof Uint8Array)) return input;
  return { sizeBytes: input.length, read: (offset, length) => input.subarray(offset, offset + length) };
}
