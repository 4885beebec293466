import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Blobs, openBlobs } from './blobs.ts';

let folder: string;
let blobs: Blobs;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pavise-blobs-'));
  blobs = await openBlobs(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('blobs', () => {
  it('open() reads what put() stored, by its hash, at any offset', async () => {
    const bytes = randomBytes(300_000);
    const stored = await blobs.put(Readable.from([bytes.subarray(0, 1000), bytes.subarray(1000)]), bytes.length);
    expect(stored).toEqual({ hash: createHash('sha256').update(bytes).digest('hex'), sizeBytes: bytes.length });
    const blob = await blobs.open(stored.hash);
    if (blob === undefined) throw new Error('blob is not there');
    expect(Buffer.from(await blob.readAt(250_000, 100_000))).toEqual(bytes.subarray(250_000));
    expect(await blob.readAt(400_000, 10)).toEqual(new Uint8Array(0));
    await blob.close();
  });

  it('put() refuses what is too large and what breaks off, and leaves nothing behind', async () => {
    await expect(blobs.put(Readable.from([randomBytes(11)]), 10)).rejects.toMatchObject({
      code: 'storage-blob-too-large',
      status: 413,
    });
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield randomBytes(5);
      throw new Error('upload broke off');
    };
    await expect(blobs.put(broken(), 10)).rejects.toThrow('upload broke off');
    expect(await readdir(join(folder, 'blobs', 'incoming'))).toEqual([]);
  });

  it('openBlobs() clears away what a killed upload left, and leaves one that is under way', async () => {
    const incoming = join(folder, 'blobs', 'incoming');
    for (const name of ['left', 'under-way']) await writeFile(join(incoming, name), 'half');
    const longAgo = new Date(Date.now() - 7_200_000);
    await utimes(join(incoming, 'left'), longAgo, longAgo);
    await openBlobs(folder);
    expect(await readdir(incoming)).toEqual(['under-way']);
    await rm(join(incoming, 'under-way'));
  });

  it('remove() takes a blob away, and does not mind one that is gone', async () => {
    const { hash } = await blobs.put(Readable.from([randomBytes(5)]), 10);
    await blobs.remove(hash);
    expect(await blobs.open(hash)).toBeUndefined();
    await blobs.remove(hash);
    await expect(blobs.remove('../secrets/root.key')).rejects.toMatchObject({ code: 'storage-blob-hash' });
  });

  it('open() knows no unknown hash and no path', async () => {
    expect(await blobs.open('0'.repeat(64))).toBeUndefined();
    await expect(blobs.open('../secrets/root.key')).rejects.toMatchObject({ code: 'storage-blob-hash' });
  });
});
