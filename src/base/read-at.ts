/**
 * Reads up to `length` bytes at `offset`; fewer only at the end of the input. Big inputs come as this capability, never as a path.
 */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

/** A file inside an evidence tree: `path` with forward slashes, relative to the root. */
export interface Entry {
  readonly path: string;
  readonly sizeBytes: number;
}

/** A folder of evidence, wherever it lies: disk, upload, dropped folder, literal of a test. */
export interface EvidenceTree {
  list(): AsyncIterable<Entry>;
  /** @returns undefined when there is no such file */
  open(path: string): Promise<ReadAt | undefined>;
}

/** Gives `bytes` as a ReadAt. */
export function readAtOf(bytes: Uint8Array): ReadAt {
  return (offset, length) => Promise.resolve(bytes.subarray(offset, offset + length));
}
