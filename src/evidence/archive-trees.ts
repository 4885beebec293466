import { FormatError } from '../base/index.ts';
import { readTar } from '../formats/tar/index.ts';
import { openZip, type ZipMember } from '../formats/zip/index.ts';
import { blockFile, memoryFile } from './block-file.ts';
import { type Artefact, type EvidenceFile, type EvidenceTree, type OpenFile, unreadable } from './evidence.ts';
import { reasonOf } from './failure.ts';

/** An archive as evidence: nothing of it is written anywhere. */
export interface ArchiveTree extends EvidenceTree {
  /** Members that are not read, with the reason. */
  readonly refused: readonly Artefact[];
  /** Gives the archive back. */
  close(): void;
}

/** Files in memory as evidence. */
export function memoryTree(name: string, files: ReadonlyMap<string, Uint8Array>): EvidenceTree {
  return {
    name,
    single: false,
    files: () => [...files].map(([path, bytes]) => ({ path, sizeBytes: bytes.length })),
    open(path) {
      const bytes = files.get(path);
      return bytes === undefined ? undefined : memoryFile(bytes);
    },
  };
}

/** One member in memory: dumpstate files reach some hundred megabytes. */
const MAX_MEMBER_BYTES = 1024 * 1024 * 1024;
/** Unpacked members kept for their next reader: a dozen modules read the same dumpstate. */
const CACHE_BYTES = 256 * 1024 * 1024;
/** Larger members are rather unpacked once more for each pass than kept. */
const STREAMED_OVER_BYTES = 32 * 1024 * 1024;
/** Refused members that get a row of their own. */
const MAX_REFUSED = 200;

/** Whether a file begins as a zip does. */
export function isZip(file: OpenFile): boolean {
  const [p, k, a, b] = file.read(0, 4);
  return p === 0x50 && k === 0x4b && ((a === 3 && b === 4) || (a === 5 && b === 6));
}

/**
 * Gives a zip as a folder of evidence. A member is unpacked into memory when it is opened, held to its size and checksum; members whose
 * names leave their folder, that share bytes, are encrypted or claim impossible sizes are in `refused`, the others stay readable.
 *
 * @param file stays open until `close`
 * @throws FormatError `zip-…` when there is no readable directory
 */
export async function zipTree(name: string, file: OpenFile, maxMemberBytes = MAX_MEMBER_BYTES): Promise<ArchiveTree> {
  const folder = await openZip(file);
  const members = new Map<string, ZipMember>();
  const refused: Artefact[] = [];
  for (const member of folder.members) {
    if (member.refused !== undefined) refused.push(unreadable('files', member.path, 0, `refused: ${member.refused}`));
    else if (member.kind === 'file') members.set(member.path, member);
  }
  const cache = contentCache();
  return {
    name,
    single: false,
    refused: firstOf(refused),
    files: () => listed(members.values()),
    async open(path) {
      const member = members.get(path);
      if (member === undefined) return undefined;
      return cache.get(path) ?? cache.put(path, await blockFile(folder.stream(member), maxMemberBytes));
    },
    stream(path) {
      const member = members.get(path);
      return member === undefined || member.sizeBytes <= STREAMED_OVER_BYTES ? undefined : folder.stream(member);
    },
    close: () => file.close(),
  };
}

function* listed(members: Iterable<ZipMember>): Generator<EvidenceFile> {
  for (const { path, sizeBytes, modifiedLocal } of members) {
    const modifiedAtMs = modifiedLocal === undefined ? Number.NaN : Date.parse(`${modifiedLocal}Z`);
    yield { path, sizeBytes, ...(Number.isNaN(modifiedAtMs) ? {} : { modifiedAtMs }) };
  }
}

/** Keeps what was read last, and the very last whatever its size: it is mostly read again at once. */
function contentCache() {
  const kept = new Map<string, OpenFile>();
  let total = 0;
  return {
    get(path: string): OpenFile | undefined {
      const file = kept.get(path);
      if (file === undefined) return undefined;
      kept.delete(path);
      kept.set(path, file);
      return file;
    },
    put(path: string, file: OpenFile): OpenFile {
      kept.set(path, file);
      total += file.sizeBytes;
      for (const [oldest, { sizeBytes }] of kept) {
        if (total <= CACHE_BYTES || oldest === path) break;
        kept.delete(oldest);
        total -= sizeBytes;
      }
      return file;
    },
  };
}

export interface TarTreeLimits {
  readonly maxMemberBytes?: number;
  /** Of all members kept. */
  readonly maxTotalBytes?: number;
  /** Members that are kept even when the total is used up. */
  readonly wanted?: (path: string) => boolean;
}

const MAX_TAR_MEMBER_BYTES = 256 * 1024 * 1024;
/** ECMAScript, section 21.4.1.1. */
const MAX_TIME_MS = 8.64e15;
const MAX_TAR_TOTAL_BYTES = 256 * 1024 * 1024;

/**
 * Takes the members of a tar into memory in one pass, since it cannot be read twice. Links and special files are not followed. What is too
 * large, refused or lost to damage is in `refused`; what stood before damage stays.
 *
 * @throws FormatError when nothing could be read
 */
export async function tarTree(
  name: string,
  stream: AsyncIterable<Uint8Array>,
  {
    maxMemberBytes = MAX_TAR_MEMBER_BYTES,
    maxTotalBytes = MAX_TAR_TOTAL_BYTES,
    wanted = () => false,
  }: TarTreeLimits = {},
): Promise<ArchiveTree> {
  const files = new Map<string, { file: OpenFile; modifiedAtMs?: number }>();
  const refused: Artefact[] = [];
  let total = 0;
  try {
    for await (const member of readTar(stream)) {
      const { path, kind, sizeBytes } = member;
      const why = member.refused ?? (kind === 'symlink' || kind === 'hardlink' ? 'it is a link' : undefined);
      if (why !== undefined) refused.push(unreadable('files', path, 0, `refused: ${why}`));
      if (why !== undefined || kind !== 'file') continue;
      if (sizeBytes > maxMemberBytes || (total + sizeBytes > maxTotalBytes && !wanted(path))) {
        refused.push(unreadable('files', path, 0, `not read: ${sizeBytes} bytes are more than are kept in memory`));
        continue;
      }
      const file = await blockFile(member.stream(), maxMemberBytes);
      total += file.sizeBytes;
      const modifiedAtMs = member.modifiedAtSeconds * 1000;
      // A header may claim a time that no calendar has.
      files.set(path, { file, ...(Math.abs(modifiedAtMs) <= MAX_TIME_MS ? { modifiedAtMs } : {}) });
    }
  } catch (error) {
    if (files.size === 0) throw error;
    const rest = error instanceof FormatError ? error.message : reasonOf(error);
    refused.push(unreadable('files', name, files.size, `read in part, ${files.size} files: ${rest}`));
  }
  return {
    name,
    single: false,
    refused: firstOf(refused),
    files: () => [...files].map(([path, { file, ...rest }]) => ({ path, sizeBytes: file.sizeBytes, ...rest })),
    open: (path) => files.get(path)?.file,
    close() {},
  };
}

/** The first rows, and one that counts the others. */
function firstOf(refused: readonly Artefact[]): readonly Artefact[] {
  if (refused.length <= MAX_REFUSED) return refused;
  const rest = refused.length - MAX_REFUSED;
  return [...refused.slice(0, MAX_REFUSED), unreadable('files', '*', 0, `${rest} more members were refused`)];
}
