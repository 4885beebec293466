import { closeSync, constants, fstatSync, lstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Artefact, type EvidenceTree, type OpenFile, unreadable } from '../../evidence/index.ts';

/**
 * Gives a folder or file on disk as evidence: read-only, synchronous, links not followed.
 *
 * Names that are not UTF-8 stay readable: their odd bytes are written as "\\xff" in the path. Links, what is neither file nor folder, and
 * folders that are nested too deep are in `skipped`.
 */
export function diskTree(path: string): EvidenceTree {
  // One buffer for all files of the tree: an answer of read() is used before the next read of any file.
  const shared = { buffer: new Uint8Array(0) };
  const single = statSync(path).isFile();
  const root = single ? dirname(path) : path;
  const walked: Walked = { root, oddPaths: new Map(), skipped: new Map() };
  return {
    name: path,
    single,
    files: () => (single ? [{ path: basename(path), sizeBytes: -1 }] : walk(walked, '', Buffer.from(root))),
    skipped: (withLinks) => skippedRows(walked.skipped, withLinks),
    open(name) {
      if (single && name !== basename(path)) return undefined;
      return openFile(placeOf(walked, name), shared);
    },
    modifiedAtMs: (name) => lstatSync(placeOf(walked, name), { throwIfNoEntry: false })?.mtimeMs,
  };
}

interface Walked {
  readonly root: string;
  /** Places on the disk of paths that text cannot name. */
  readonly oddPaths: Map<string, Buffer>;
  readonly skipped: Map<string, string>;
}

const LINK = 'refused: it is a link';
const MAX_DEPTH = 40;
/** Rows of what was passed over. */
const MAX_SKIPPED = 200;
/** As much as the byte scan reads at once. */
const MIN_BUFFER_BYTES = 4 * 1024 * 1024;

function* walk(
  walked: Walked,
  folder: string,
  place: Buffer,
  depth = 0,
): Generator<{ path: string; sizeBytes: number }> {
  if (depth > MAX_DEPTH) {
    walked.skipped.set(folder, `not read: folders are nested deeper than ${MAX_DEPTH}`);
    return;
  }
  const odd = walked.oddPaths.has(folder);
  for (const { entry, name, bytes } of entriesOf(place)) {
    const path = folder === '' ? name : `${folder}/${name}`;
    const below = Buffer.concat([place, Buffer.from('/'), bytes ?? Buffer.from(name)]);
    if (odd || bytes !== undefined) walked.oddPaths.set(path, below);
    if (entry.isDirectory()) yield* walk(walked, path, below, depth + 1);
    // The size is read when the file is opened: one system call less per file.
    else if (entry.isFile()) yield { path, sizeBytes: -1 };
    else walked.skipped.set(path, entry.isSymbolicLink() ? LINK : 'refused: it is no file');
  }
}

function entriesOf(place: Buffer) {
  const entries = readdirSync(place, { withFileTypes: true });
  if (!entries.some(({ name }) => name.includes('\ufffd')))
    return entries.map((entry) => ({ entry, name: entry.name, bytes: undefined }));
  return readdirSync(place, { withFileTypes: true, encoding: 'buffer' }).map((entry) => {
    const name = entry.name.toString('utf8');
    const plain = Buffer.from(name).equals(entry.name);
    return { entry, name: plain ? name : spelled(entry.name), bytes: plain ? undefined : entry.name };
  });
}

/** Bytes that are no UTF-8, spelled out: ASCII as it is, all others as "\\xff". */
function spelled(name: Uint8Array): string {
  return [...name].map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`)).join('');
}

function placeOf({ root, oddPaths }: Walked, name: string): string | Buffer {
  return oddPaths.get(name) ?? join(root, ...name.split('/').filter((part) => part !== '..'));
}

function skippedRows(skipped: ReadonlyMap<string, string>, withLinks: boolean): Artefact[] {
  const told = [...skipped].filter(([, why]) => withLinks || why !== LINK);
  const rows = told.slice(0, MAX_SKIPPED).map(([path, why]) => unreadable('files', path, 0, why));
  const rest = told.length - rows.length;
  return rest === 0 ? rows : [...rows, unreadable('files', '*', 0, `${rest} more links and folders were not read`)];
}

function openFile(path: string | Buffer, shared: { buffer: Uint8Array }): OpenFile | undefined {
  const fd = openForReading(path);
  if (fd === undefined) return undefined;
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

// O_NOFOLLOW: a link in a hostile backup must not lead out of it; O_NONBLOCK: a named pipe must not hold the check.
const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Opens so that the time of the last access stays as well, where the system can (Linux) and lets us (its owner, or root). */
function openForReading(path: string | Buffer): number | undefined {
  try {
    return openSync(path, READ | (constants.O_NOATIME ?? 0));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    if (code !== 'EPERM') throw error;
    return openSync(path, READ);
  }
}
