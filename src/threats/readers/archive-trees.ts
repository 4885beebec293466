import type { EvidenceFile, EvidenceTree, OpenFile } from './evidence.ts';

/** Bytes in memory as a file. */
export function memoryFile(bytes: Uint8Array): OpenFile {
  return {
    sizeBytes: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + Math.max(0, length)),
    close() {},
  };
}

/** Files in memory as evidence. */
export function memoryTree(name: string, files: ReadonlyMap<string, Uint8Array>): EvidenceTree {
  return {
    name,
    single: false,
    files: () => listOf(files),
    open(path) {
      const bytes = files.get(path);
      return bytes === undefined ? undefined : memoryFile(bytes);
    },
  };
}

function* listOf(files: ReadonlyMap<string, Uint8Array>): Generator<EvidenceFile> {
  for (const [path, bytes] of files) yield { path, sizeBytes: bytes.length };
}
