import { FormatError } from '../base/index.ts';
import { readTar, type TarSource } from '../formats/tar/index.ts';
import type { ArchiveTree } from './archive-trees.ts';
import { type Artefact, type EvidenceFile, type OpenFile, unreadable } from './evidence.ts';

/** Between two headers little is read: the content of members is leapt over. */
const CHUNK_BYTES = 64 * 1024;
/** Refused members that get a row of their own. */
const MAX_REFUSED = 200;

/** Whether a file begins as a tar of today does (POSIX ustar and GNU: "ustar" at byte 257). */
export function isTar(file: OpenFile): boolean {
  return new TextDecoder('latin1').decode(file.read(257, 5)) === 'ustar';
}

/**
 * Gives a tar that lies on a disk as a folder of evidence: only its headers are read, and each member is a window on the file. So a dump of
 * a whole phone takes no more memory than the names in it. Links are not followed.
 *
 * @param file stays open until `close`
 * @throws FormatError `tar-…` when nothing could be read
 */
export async function tarFileTree(name: string, file: OpenFile): Promise<ArchiveTree> {
  const members = new Map<string, { readonly offset: number; readonly listed: EvidenceFile }>();
  const refused: Artefact[] = [];
  let left = 0;
  const refuse = (path: string, why: string): void => {
    if (refused.length < MAX_REFUSED) refused.push(unreadable('files', path, 0, why));
    else left++;
  };
  try {
    for await (const member of readTar(leaping(file))) {
      const { path, kind, sizeBytes, offset, modifiedAtSeconds } = member;
      if (member.refused !== undefined) refuse(path, `refused: ${member.refused}`);
      // Links are part of every file system; that they are not followed costs nothing, since what they lead to is a member itself.
      else if (kind === 'file') {
        members.set(path, { offset, listed: { path, sizeBytes, modifiedAtMs: modifiedAtSeconds * 1000 } });
      }
    }
  } catch (error) {
    if (!(error instanceof FormatError) || members.size === 0) throw error;
    refused.push(unreadable('archive', name, members.size, `read in part, ${members.size} files: ${error.message}`));
  }
  if (left > 0) refused.push(unreadable('files', '*', 0, `${left} more members were refused`));
  return {
    name,
    single: false,
    refused,
    *files() {
      for (const { listed } of members.values()) yield listed;
    },
    open(path) {
      const member = members.get(path);
      return member === undefined ? undefined : windowOn(file, member.offset, member.listed.sizeBytes);
    },
    close: () => file.close(),
  };
}

function leaping(file: OpenFile): TarSource {
  let at = 0;
  return {
    skip(bytes) {
      const skipped = Math.min(bytes, file.sizeBytes - at);
      at += skipped;
      return skipped;
    },
    async *[Symbol.asyncIterator]() {
      while (at < file.sizeBytes) {
        // A copy: another read may use the same buffer.
        const bytes = file.read(at, CHUNK_BYTES).slice();
        if (bytes.length === 0) return;
        at += bytes.length;
        yield bytes;
      }
    },
  };
}

function windowOn(file: OpenFile, from: number, claimedBytes: number): OpenFile {
  const sizeBytes = Math.max(0, Math.min(claimedBytes, file.sizeBytes - from));
  return {
    sizeBytes,
    ...(sizeBytes < claimedBytes ? { damage: `cut off: ${sizeBytes} of ${claimedBytes} bytes are there` } : {}),
    read: (offset, length) => file.read(from + offset, Math.max(0, Math.min(length, sizeBytes - offset))),
    close() {},
  };
}
