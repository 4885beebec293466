import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runs } from '../base/testing.ts';
import { openSecrets, secretsOf } from './secrets.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pavise-secrets-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('secrets', () => {
  it('open() gives back what seal() took, and refuses any other purpose, key or bit', () => {
    const secrets = secretsOf(new Uint8Array(32).fill(1));
    const bytes = fc.uint8Array({ maxLength: 200 });
    fc.assert(
      fc.property(bytes, fc.nat(), fc.integer({ min: 0, max: 7 }), (plain, at, bit) => {
        const sealed = secrets.seal('test', plain);
        expect(secrets.open('test', sealed)).toEqual(plain);
        const changed = Uint8Array.from(sealed);
        const index = at % changed.length;
        changed[index] = (changed[index] ?? 0) ^ (1 << bit);
        for (const attempt of [
          () => secrets.open('test', changed),
          () => secrets.open('other', sealed),
          () => secretsOf(new Uint8Array(32)).open('test', sealed),
          () => secrets.open('test', sealed.subarray(0, index)),
        ]) {
          expect(attempt).toThrow(expect.objectContaining({ code: 'storage-secret' }));
        }
      }),
      { numRuns: runs(100) },
    );
  });

  it('openSecrets() makes the root key once, readable by its owner alone', async () => {
    const first = await openSecrets(folder, undefined);
    const path = join(folder, 'secrets', 'root.key');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
    const again = await openSecrets(folder, undefined);
    expect(Buffer.from(again.open('test', first.seal('test', Buffer.from('x')))).toString()).toBe('x');
  });

  it('openSecrets() never makes up a key file that was named, nor takes one of another form', async () => {
    await expect(openSecrets(folder, join(folder, 'none.key'))).rejects.toMatchObject({ code: 'storage-root-key' });
    const restored = join(folder, 'restored');
    await expect(openSecrets(restored, undefined, { sealedAlready: true })).rejects.toMatchObject({
      code: 'storage-root-key',
      message: expect.stringContaining(`Put the kept root key into ${join(restored, 'secrets', 'root.key')}`),
    });
    expect(existsSync(restored)).toBe(false);
    await writeFile(join(folder, 'short.key'), 'abc\n');
    await expect(openSecrets(folder, join(folder, 'short.key'))).rejects.toMatchObject({ code: 'storage-root-key' });
  });
});
