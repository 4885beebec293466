import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockData } from './lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pavise-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('lockData()', () => {
  it('lets one hold the folder, and the next after it', async () => {
    const first = await lockData(folder, 0);
    await expect(lockData(folder, 0)).rejects.toMatchObject({
      code: 'storage-locked',
      message: expect.stringContaining(`process ${process.pid}`),
    });
    const waiting = lockData(folder, 5000);
    await first.release();
    await (await waiting).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('gives the folder to one of many that start at once', async () => {
    for (let round = 0; round < 50; round++) {
      await writeFile(join(folder, 'server.lock'), '999999999 x\n');
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => lockData(folder, 0)));
      const taken = results.filter((result) => result.status === 'fulfilled');
      expect(taken).toHaveLength(1);
      for (const { value } of taken) await value.release();
    }
  });

  it('is not held by a killed process, by a pid that recurred, nor by an unreadable lock', async () => {
    const child = spawn('sleep', ['60']);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    for (const left of [`${child.pid} \n`, `${process.pid} another-boot/1\n`, 'torn']) {
      await writeFile(join(folder, 'server.lock'), left);
      await (await lockData(folder, 0)).release();
    }
  });
});
