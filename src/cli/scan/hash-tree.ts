import { createHash, hash } from 'node:crypto';
import { type EvidenceTree, reasonOf } from '../../evidence/index.ts';

/** Every file of a tree with its SHA-256, and the one hash that stands for all of them. */
export interface HashTree {
  readonly files: readonly HashedFile[];
  readonly bytes: number;
  /** Merkle tree hash (RFC 6962, section 2.1) over the lines of `files` in their order, in hex. */
  readonly root: string;
}

export interface HashedFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Hex, or undefined where the file could not be read; `why` then says so. */
  readonly sha256: string | undefined;
  readonly why?: string;
}

const CHUNK_BYTES = 4 * 1024 * 1024;

/** Reads every file of a tree once more, as it lies there, and hashes it. */
export async function hashTree(tree: EvidenceTree): Promise<HashTree> {
  const files: HashedFile[] = [];
  let bytes = 0;
  for await (const { path } of tree.files()) {
    try {
      const file = await tree.open(path);
      if (file === undefined) continue;
      try {
        const sum = createHash('sha256');
        for (let at = 0; at < file.sizeBytes; ) {
          const chunk = file.read(at, CHUNK_BYTES);
          if (chunk.length === 0) break;
          sum.update(chunk);
          at += chunk.length;
        }
        bytes += file.sizeBytes;
        files.push({ path, sizeBytes: file.sizeBytes, sha256: sum.digest('hex') });
      } finally {
        file.close();
      }
    } catch (error) {
      files.push({ path, sizeBytes: 0, sha256: undefined, why: reasonOf(error) });
    }
  }
  files.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  return { files, bytes, root: rootOf(files) };
}

/** The root over files that are in order of their paths. */
export function rootOf(files: readonly HashedFile[]): string {
  return merkle(files.map((file) => sha256(Buffer.concat([Buffer.of(0), Buffer.from(leafOf(file))])))).toString('hex');
}

/** One line for a file: hash, size, path. A file that could not be read has "-" for its hash. */
export function leafOf({ path, sizeBytes, sha256: sum }: HashedFile): string {
  return `${sum ?? '-'} ${sizeBytes} ${path}`;
}

function merkle(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha256(Buffer.alloc(0));
  let level = leaves;
  while (level.length > 1) {
    const next: Buffer[] = [];
    // A last node without a sibling moves up, which is RFC 6962's tree for any number of leaves.
    for (let i = 0; i < level.length; i += 2) {
      const [left, right] = [level[i], level[i + 1]];
      if (left !== undefined)
        next.push(right === undefined ? left : sha256(Buffer.concat([Buffer.of(1), left, right])));
    }
    level = next;
  }
  return level[0] ?? sha256(Buffer.alloc(0));
}

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}
