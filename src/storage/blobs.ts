import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadAt } from '../base/index.ts';
import { paced, UPLOAD_PACE } from './paced.ts';
import { StorageError } from './storage-error.ts';

/** Content-addressed files under the data folder: ciphertexts and uploads. */
export interface Blobs {
  /**
   * Stores the bytes, fsynced before it returns, so that the commit that names them never names what a crash could lose.
   * Throws StorageError `storage-blob-too-large` (413) past `limitBytes`, `storage-blob-slow` (408) when the source stops or trickles.
   */
  put(source: AsyncIterable<Uint8Array>, limitBytes: number): Promise<{ hash: string; sizeBytes: number }>;
  /** @returns undefined when there is no such blob; close it after use */
  open(hash: string): Promise<{ readAt: ReadAt; sizeBytes: number; close(): Promise<void> } | undefined>;
  /** Removes a blob, if it is there; the caller has made sure that nothing names it, nor is about to. */
  remove(hash: string): Promise<void>;
}

/** An upload that trickles longer than its pace allows is refused: a file that was not written to for so long belongs to nobody. */
const ABANDONED_MS = 3_600_000;

/** Opens the blob folder `<data>/blobs`, and clears away what uploads left that a kill cut off. */
export async function openBlobs(data: string): Promise<Blobs> {
  const root = join(data, 'blobs');
  await mkdir(join(root, 'incoming'), { recursive: true, mode: 0o700 });
  await removeAbandoned(join(root, 'incoming'));
  const pathOf = (hash: string): string => {
    if (!/^[0-9a-f]{64}$/.test(hash))
      throw new StorageError('storage-blob-hash', 'Cannot find blob: its name is not a SHA-256', 400);
    return join(root, hash.slice(0, 2), hash);
  };
  return {
    async put(source, limitBytes) {
      const incoming = join(root, 'incoming', randomUUID());
      const file = await open(incoming, 'wx', 0o600);
      try {
        const sum = createHash('sha256');
        let sizeBytes = 0;
        for await (const chunk of paced(source, UPLOAD_PACE)) {
          sizeBytes += chunk.length;
          if (sizeBytes > limitBytes) {
            throw new StorageError(
              'storage-blob-too-large',
              `Send a smaller file: the limit is ${limitBytes} bytes`,
              413,
            );
          }
          sum.update(chunk);
          await file.writeFile(chunk);
        }
        await file.sync();
        const hash = sum.digest('hex');
        const group = join(root, hash.slice(0, 2));
        const isNew = (await mkdir(group, { recursive: true, mode: 0o700 })) !== undefined;
        await rename(incoming, pathOf(hash));
        await syncFolder(group);
        if (isNew) await syncFolder(root); // else a power cut could take the folder away, and the blob with it
        return { hash, sizeBytes };
      } finally {
        await file.close();
        await rm(incoming, { force: true });
      }
    },
    async open(hash) {
      // Opened first and asked for its size then: between the two somebody may remove it.
      const file = await open(pathOf(hash), 'r').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return undefined;
        throw error;
      });
      if (file === undefined) return undefined;
      const { size } = await file.stat();
      return {
        sizeBytes: size,
        readAt: async (offset, length) => {
          const buffer = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
          const { bytesRead } = await file.read(buffer, 0, buffer.length, offset);
          return buffer.subarray(0, bytesRead);
        },
        close: () => file.close(),
      };
    },
    async remove(hash) {
      await rm(pathOf(hash), { force: true });
    },
  };
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Other servers may share the folder, and have uploads under way. */
async function removeAbandoned(incoming: string): Promise<void> {
  for (const name of await readdir(incoming)) {
    const path = join(incoming, name);
    const found = await stat(path).catch(() => undefined);
    if (found !== undefined && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
  }
}
