import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { inspect } from './inspect.ts';
import { open } from './open.ts';
import { protect } from './protect.ts';

const folder = mkdtempSync(join(tmpdir(), 'protect-'));
const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const publicPath = join(folder, 'public.pem');
const privatePath = join(folder, 'private.pem');
writeFileSync(publicPath, pair.publicKey.export({ type: 'spki', format: 'pem' }));
writeFileSync(privatePath, pair.privateKey.export({ type: 'pkcs8', format: 'pem' }));
const offline = ['--kas-url', 'https://files.example.org/kas', '--kas-key', publicPath];

async function run(command: typeof protect, args: string[]): Promise<{ code: number; out: string; err: string }> {
  const result = { code: 0, out: '', err: '' };
  result.code = await command(args, {
    out: (text) => {
      result.out += text;
    },
    err: (text) => {
      result.err += text;
    },
  });
  return result;
}

describe('pavise protect, open, inspect', () => {
  test('a file goes round without a server, and unzip accepts it', async () => {
    const path = join(folder, 'note.txt');
    writeFileSync(path, 'meet at the usual place');
    const made = await run(protect, [
      path,
      '--to',
      'A@example.org,b@example.org',
      '--expires',
      '7d',
      '--view',
      'client',
      '--json',
      ...offline,
    ]);
    expect(made).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(made.out)).toMatchObject({ file: `${path}.tdf`, fileId: null });
    expect(execFileSync('unzip', ['-t', `${path}.tdf`], { encoding: 'utf8' })).toContain('No errors detected');

    const seen = JSON.parse((await run(inspect, [`${path}.tdf`, '--json'])).out) as unknown;
    expect(seen).toMatchObject({
      mimeType: 'text/plain',
      policy: { dissem: ['a@example.org', 'b@example.org'], view: 'client' },
    });
    expect((await run(inspect, [`${path}.tdf`])).out).not.toContain('usual place');

    const out = join(folder, 'note.out');
    expect(await run(open, [`${path}.tdf`, '-o', out, '--kas-private-key', privatePath])).toEqual({
      code: 0,
      out: `${out}\n`,
      err: '',
    });
    expect(readFileSync(out, 'utf8')).toBe('meet at the usual place');
    expect(statSync(out).mode & 0o777).toBe(0o600);
  });

  test('usage errors and damaged files end with 2 and a sentence', async () => {
    const path = join(folder, 'short.txt');
    writeFileSync(path, 'x');
    expect(await run(protect, [path])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Name who can open it') as string,
    });
    expect(await run(protect, [path, '--expires', 'soon', ...offline])).toMatchObject({ code: 2 });
    expect(await run(protect, [path, '--view', 'pixels', ...offline])).toMatchObject({ code: 2 });
    expect(await run(inspect, [path])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Cannot read zip') as string,
    });
    expect(await run(open, [path, '--kas-private-key', privatePath])).toMatchObject({ code: 2 });
    expect(await run(open, ['--bogus'])).toMatchObject({ code: 2 });
    expect((await run(open, ['--help'])).code).toBe(0);
  });

  test('what a server would refuse is refused before anything is encrypted', async () => {
    const path = join(folder, 'early.txt');
    writeFileSync(path, 'x');
    const server = ['--server', 'http://127.0.0.1:1'];
    expect(await run(protect, [path, ...server, '--token', 'pvt_x'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Give --owner EMAIL') as string,
    });
    expect(await run(protect, [path, ...server, '--owner', 'a@example.org'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Give --token') as string,
    });
    expect(existsSync(`${path}.tdf`)).toBe(false);
  });

  const golden = fileURLToPath(new URL('../../../shared/data/tdf-golden/', import.meta.url));
  test
    .skipIf(!existsSync(golden))
    .each(['small-java-4.3.0-e0f8caf', 'no-splitids-java', 'xstext-java-v0.7.8-7f487c2-DSP2.0.4'])(
    'open reads golden %s with the published key file (needs ../shared/data)',
    async (name) => {
      const out = join(folder, name);
      const result = await run(open, [
        `${golden}${name}.tdf`,
        '-o',
        out,
        '--kas-private-key',
        `${golden}extra-keys.json`,
      ]);
      expect(result).toEqual({ code: 0, out: `${out}\n`, err: '' });
      expect(statSync(out).size).toBeGreaterThan(90);
    },
  );
});
