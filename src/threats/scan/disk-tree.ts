import { closeSync, constants, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { EvidenceTree, OpenFile } from '../readers/index.ts';

/** Gives a folder or file on disk as evidence: read-only, synchronous, links not followed. */
export function diskTree(path: string): EvidenceTree {
  // One buffer for all files of the tree: an answer of read() is used before the next read of any file.
  const shared = { buffer: new Uint8Array(0) };
  const single = statSync(path).isFile();
  const root = single ? dirname(path) : path;
  return {
    name: path,
    single,
    files: () => (single ? [{ path: basename(path), sizeBytes: -1 }] : walk(root, '')),
    open(name) {
      if (single && name !== basename(path)) return undefined;
      return openFile(join(root, ...name.split('/').filter((part) => part !== '..')), shared);
    },
  };
}

const MAX_DEPTH = 40;
/** As much as the byte scan reads at once. */
const MIN_BUFFER_BYTES = 4 * 1024 * 1024;

function* walk(root: string, folder: string, depth = 0): Generator<{ path: string; sizeBytes: number }> {
  if (depth > MAX_DEPTH) return;
  for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) yield* walk(root, path, depth + 1);
    // The size is read when the file is opened: one system call less per file.
    else if (entry.isFile()) yield { path, sizeBytes: -1 };
  }
}

function openFile(path: string, shared: { buffer: Uint8Array }): OpenFile | undefined {
  let fd: number;
  try {
    // O_NOFOLLOW: a link in a hostile backup must not lead out of it; O_NONBLOCK: a named pipe must not hold the check.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))
      return undefined;
    throw error;
  }
  const stat = fstatSync(fd);
  if (!stat.isFile()) {
    closeSync(fd);
    return undefined;
  }
  return {
    sizeBytes: stat.size,
    read(offset, length) {
      const wanted = Math.max(0, Math.min(length, stat.size - offset));
      if (shared.buffer.length < wanted) shared.buffer = new Uint8Array(Math.max(wanted, MIN_BUFFER_BYTES));
      const { buffer } = shared;
      let filled = 0;
      while (filled < wanted) {
        const count = readSync(fd, buffer, filled, wanted - filled, offset + filled);
        if (count === 0) break;
        filled += count;
      }
      return buffer.subarray(0, filled);
    },
    close: () => closeSync(fd),
  };
}
