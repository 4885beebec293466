/**
 * Reads up to `length` bytes at `offset`; fewer only at the end of the input. Big inputs come as this capability, never as a path.
 */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

/** Gives `bytes` as a ReadAt. */
export function readAtOf(bytes: Uint8Array): ReadAt {
  return (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length));
}
