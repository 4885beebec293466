import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { concatBytes } from '../base/index.ts';
import { StorageError } from './storage-error.ts';

// POSIX.1-2017 pax, "ustar Interchange Format": 512-byte blocks, octal fields, two zero blocks at the end.
const BLOCK = 512;
const NAME_BYTES = 100;
const OCTAL_SIZE_LIMIT = 8 ** 11;
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
      await write(header(`${name}/`, 0, '5'));
    },
    async file(name, sizeBytes, chunks) {
      await write(header(name, sizeBytes, '0'));
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
      if (sizeBytes % BLOCK !== 0) await write(new Uint8Array(BLOCK - (sizeBytes % BLOCK)));
      files.push({ path: name, sizeBytes, sha256: sum.digest('hex') });
    },
    async finish() {
      await write(new Uint8Array(2 * BLOCK));
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
  const bytes = reader(gunzip);
  const seen = new Set<string>();
  try {
    for (;;) {
      const block = await bytes.exactly(BLOCK);
      if (block.every((byte) => byte === 0)) break;
      const entry = parseHeader(block);
      if (seen.has(entry.path) || seen.size >= ENTRY_LIMIT) throw damaged(`"${entry.path}" is there twice`);
      seen.add(entry.path);
      let left = entry.sizeBytes;
      const chunks = async function* (): AsyncGenerator<Uint8Array> {
        while (left > 0) {
          const chunk = await bytes.some(left);
          left -= chunk.length;
          yield chunk;
        }
      };
      yield { ...entry, chunks: chunks() };
      if (left > 0) throw new Error('entry was not read to its end');
      if (entry.sizeBytes % BLOCK !== 0) await bytes.exactly(BLOCK - (entry.sizeBytes % BLOCK));
    }
    await bytes.drain();
    await piped;
  } finally {
    input.destroy();
    gunzip.destroy();
  }
}

function damaged(why: string): StorageError {
  return new StorageError('storage-backup-damaged', `Cannot restore this backup: ${why}`, 400);
}

function header(name: string, sizeBytes: number, type: '0' | '5'): Uint8Array {
  const block = Buffer.alloc(BLOCK);
  if (Buffer.byteLength(name) > NAME_BYTES)
    throw new StorageError('storage-backup-name', `Cannot back up "${name}": the name is too long`);
  block.write(name, 0, 'utf8');
  block.write(type === '5' ? '0000700\0' : '0000600\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  if (sizeBytes < OCTAL_SIZE_LIMIT) block.write(`${sizeBytes.toString(8).padStart(11, '0')}\0`, 124);
  else {
    block.writeUInt8(0x80, 124); // GNU base-256 for 8 GiB and more
    block.writeBigUInt64BE(BigInt(sizeBytes), 128);
  }
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\x0000', 257, 'latin1');
  block.write(`${checksum(block).toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

function checksum(block: Uint8Array): number {
  let sum = 0;
  for (const [at, byte] of block.entries()) sum += at >= 148 && at < 156 ? 0x20 : byte;
  return sum;
}

function parseHeader(block: Buffer): Omit<ArchiveEntry, 'chunks'> {
  const text = (from: number, length: number): string =>
    block.toString('latin1', from, from + length).replace(/[\0 ].*$/s, '');
  if (Number.parseInt(text(148, 8), 8) !== checksum(block)) throw damaged('an entry has a wrong checksum');
  const type = text(156, 1);
  const name = text(0, NAME_BYTES);
  const path = type === '5' ? name.replace(/\/$/, '') : name;
  if ((type !== '0' && type !== '5') || text(345, 155) !== '' || !SAFE_PATH.test(path)) {
    throw damaged(`an entry is neither a plain file nor a folder inside it ("${name}")`);
  }
  const sizeBytes = block[124] === 0x80 ? Number(block.readBigUInt64BE(128)) : Number.parseInt(text(124, 12), 8);
  if (!Number.isSafeInteger(sizeBytes) || (type === '5' && sizeBytes !== 0))
    throw damaged(`"${path}" has no sound size`);
  return { path, kind: type === '5' ? 'folder' : 'file', sizeBytes };
}

function reader(source: AsyncIterable<Buffer>) {
  const iterator = source[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const advance = async (): Promise<IteratorResult<Buffer>> => {
    try {
      return await iterator.next();
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? ''; // system and zlib errors carry one
      if (code.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE') throw damaged('it is cut or not gzip');
      throw error;
    }
  };
  const some = async (atMost: number): Promise<Buffer> => {
    while (rest.length === 0) {
      const next = await advance();
      if (next.done === true) throw damaged('it ends too early');
      rest = next.value;
    }
    const chunk = rest.subarray(0, atMost);
    rest = rest.subarray(chunk.length);
    return chunk;
  };
  return {
    some,
    async exactly(count: number): Promise<Buffer> {
      const parts: Uint8Array[] = [];
      for (let left = count; left > 0; ) {
        const part = await some(left);
        parts.push(part);
        left -= part.length;
      }
      return Buffer.from(concatBytes(parts));
    },
    async drain(): Promise<void> {
      while ((await advance()).done !== true);
    },
  };
}
