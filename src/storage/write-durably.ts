import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a small file of this server's own whole or not at all, for its user alone (mode 0600), and returns once it lies on the disk.
 *
 * Makes the folder (mode 0700) where there is none.
 */
export async function writeDurably(path: string, text: string): Promise<void> {
  const folder = dirname(path);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const half = `${path}.${randomUUID()}.half`;
  try {
    const file = await open(half, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(half, path);
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
  const entry = await open(folder, 'r'); // the rename is on the disk once its folder is
  await entry.sync();
  await entry.close();
}
