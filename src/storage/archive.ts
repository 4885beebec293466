import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { FormatError } from '../base/index.ts';
import { readTar, TAR_END, type TarMember, tarHeader, tarPadding } from '../formats/tar/index.ts';
import { StorageError } from './storage-error.ts';

const ENTRY_LIMIT = 20_000_000; // stops an archive of endless empty files
const SAFE_PATH = /^[A-Za-z0-9_][A-Za-z0-9_.-]*(\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/;

/** What the manifest says of each file. */
export interface ArchivedFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** One entry while an archive is read; read `chunks` to the end before asking for the next entry. */
export interface ArchiveEntry {
  readonly path: string;
  readonly kind: 'file' | 'folder';
  readonly sizeBytes: number;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** A gzipped tar file while it is written. */
export interface ArchiveWriter {
  readonly files: readonly ArchivedFile[];
  folder(path: string): Promise<void>;
  /** Takes exactly `sizeBytes`: more is cut, less is filled with zeros, as for a database file that shrinks while it is copied. */
  file(path: string, sizeBytes: number, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  finish(): Promise<void>;
  abort(): void;
}

/** Creates the archive at `path`, mode 0600; throws EEXIST when something is there. */
export function writeArchive(path: string): ArchiveWriter {
  const gzip = createGzip({ level: 1 });
  const done = pipeline(gzip, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }));
  done.catch(() => {}); // the next write, or finish(), reports it
  const files: ArchivedFile[] = [];
  const write = async (bytes: Uint8Array): Promise<void> => {
    if (gzip.destroyed) await done;
    if (!gzip.write(bytes)) await Promise.race([once(gzip, 'drain'), done]);
  };
  return {
    files,
    async folder(name) {
      await write(tarHeader({ name: `${name}/`, type: '5', sizeBytes: 0, mode: 0o700 }));
    },
    async file(name, sizeBytes, chunks) {
      await write(tarHeader({ name, type: '0', sizeBytes, mode: 0o600 }));
      const sum = createHash('sha256');
      let left = sizeBytes;
      const put = async (bytes: Uint8Array): Promise<void> => {
        sum.update(bytes);
        left -= bytes.length;
        await write(bytes);
      };
      for await (const chunk of chunks) {
        if (left === 0) break;
        await put(chunk.length > left ? chunk.subarray(0, left) : chunk);
      }
      while (left > 0) await put(new Uint8Array(Math.min(left, 1 << 20)));
      await write(tarPadding(sizeBytes));
      files.push({ path: name, sizeBytes, sha256: sum.digest('hex') });
    },
    async finish() {
      await write(TAR_END);
      gzip.end();
      await done;
    },
    abort() {
      gzip.destroy(new Error('aborted'));
    },
  };
}

/**
 * Reads the archive entry by entry, to its very end, so that the gzip checksum is checked too.
 *
 * Refuses everything but plain files and folders with plain relative names: no links, no `..`, no absolute path, nothing twice.
 * Throws StorageError `storage-backup-damaged`.
 */
export async function* readArchive(path: string): AsyncGenerator<ArchiveEntry> {
  const input = createReadStream(path, { highWaterMark: 1 << 20 });
  const gunzip = createGunzip();
  const piped = pipeline(input, gunzip);
  piped.catch(() => {}); // the same error ends the iteration below
  const seen = new Set<string>();
  try {
    const bytes = gunzip[Symbol.asyncIterator]();
    // The tar ends before the gzip does: what follows is read on below, so that nobody else may close it.
    const source = { [Symbol.asyncIterator]: () => ({ next: () => bytes.next().catch(rethrow) }) };
    for await (const member of readTar(source, { maxMembers: ENTRY_LIMIT, maxTotalBytes: Number.MAX_SAFE_INTEGER })) {
      const entry = entryOf(member);
      if (seen.has(entry.path)) throw damaged(`"${entry.path}" is there twice`);
      seen.add(entry.path);
      let left = entry.sizeBytes;
      const chunks = async function* (): AsyncGenerator<Uint8Array> {
        try {
          for await (const chunk of member.stream()) {
            left -= chunk.length;
            yield chunk;
          }
        } catch (error) {
          rethrow(error); // whoever reads the content gets it, not the loop around
        }
      };
      yield { ...entry, chunks: chunks() };
      if (left > 0) throw new Error('entry was not read to its end');
    }
    while ((await bytes.next()).done !== true); // to the checksum of the gzip
    await piped;
  } catch (error) {
    rethrow(error);
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

/** Throws what a broken tar or gzip means for the person at the terminal; any other error stays what it is. */
function rethrow(error: unknown): never {
  if (error instanceof FormatError) throw damaged(`it is cut or changed (${error.code})`);
  const code = (error as NodeJS.ErrnoException).code ?? ''; // system and zlib errors carry one
  throw code.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE' ? damaged('it is cut or not gzip') : error;
}

function entryOf({ kind, path, refused, sizeBytes }: TarMember): Omit<ArchiveEntry, 'chunks'> {
  if ((kind !== 'file' && kind !== 'folder') || refused !== undefined || !SAFE_PATH.test(path))
    throw damaged(`an entry is neither a plain file nor a folder inside it ("${path}")`);
  return { path, kind, sizeBytes };
}

function damaged(why: string): StorageError {
  return new StorageError('storage-backup-damaged', `Cannot restore this backup: ${why}`, 400);
}
