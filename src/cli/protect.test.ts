import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
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
      policy: { dissem: ['a@example.org', 'b@example.org'], view: 'client', watermark: true },
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

  test('words of a protected file steer no terminal, nor turn the direction of its text', async () => {
    const path = join(folder, 'turned.txt');
    writeFileSync(path, 'x');
    const type = 'text/\u202egpj.exe\u001b[2J';
    await run(protect, [path, '--type', type, ...offline]);
    const { code, out } = await run(inspect, [`${path}.tdf`]);
    expect(code).toBe(0);
    expect(out).toContain('text/\ufffdgpj.exe\ufffd[2J');
    const missing = await run(inspect, [`${folder}/\u202egpj.tdf`]);
    expect(missing).toMatchObject({ code: 2, err: expect.not.stringContaining('\u202e') as string });
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
    const labelled = ['--owner', 'a@example.org', '--token', 'pvt_x', '--label', 'https://example.org/attr/a/value/b'];
    expect(await run(protect, [path, ...server, ...labelled])).toMatchObject({
      code: 2,
      err: expect.stringContaining('Leave out --label') as string,
    });
    expect(existsSync(`${path}.tdf`)).toBe(false);
    expect(await run(protect, [path, ...labelled.slice(4), ...offline])).toMatchObject({
      code: 0,
      err: expect.stringContaining('refuses everybody but the owner') as string,
    });
  });

  test('protects by default as the workspace does, and says what the viewer cannot show', async () => {
    const path = join(folder, 'pack.zip');
    writeFileSync(path, 'x');
    const made = await run(protect, [path, '--owner', 'Me@example.org', '--to', 'a@example.org', ...offline]);
    expect(made).toMatchObject({ code: 0, err: expect.stringContaining('Give --view download if') as string });
    const bare = JSON.parse((await run(inspect, [`${path}.tdf`, '--json'])).out) as { policy: object };
    expect(bare.policy).toMatchObject({
      owner: 'me@example.org',
      dissem: ['me@example.org', 'a@example.org'],
      view: 'client',
      watermark: true,
    });
    expect(bare.policy).not.toHaveProperty('notAfterMs');
    expect(await run(protect, [path, '--no-watermark', '--view', 'download', ...offline])).toMatchObject({ err: '' });
    const kept = JSON.parse((await run(inspect, [`${path}.tdf`, '--json'])).out) as { policy: object };
    expect(kept.policy).toMatchObject({ view: 'download' });
    expect(kept.policy).not.toMatchObject({ watermark: true });
  });

  test('writes the output once the server has it, and leaves nothing of a refused upload', async () => {
    const path = join(folder, 'sent.txt');
    writeFileSync(path, 'x');
    writeFileSync(`${path}.tdf`, 'of an earlier day');
    let status = 413;
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        const key = { publicKey: readFileSync(publicPath, 'utf8'), kid: 'r-1' };
        const isKey = request.url === '/kas.AccessService/PublicKey';
        response.statusCode = isKey ? 200 : status;
        response.end(JSON.stringify(isKey ? key : { id: 'f-1', detail: 'Ask for more room' }));
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    const url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}`;
    const args = [path, '--server', url, '--token', 'pvt_x', '--owner', 'a@example.org', '--json'];
    expect(await run(protect, args)).toEqual({
      code: 2,
      out: '',
      err: `"${path}.tdf" was not written, and "${path}" is as it was: mend what follows and run the same command again\nCannot upload "sent.txt": Ask for more room\n`,
    });
    expect(readFileSync(`${path}.tdf`, 'utf8')).toBe('of an earlier day');
    status = 201;
    expect(await run(protect, args)).toMatchObject({
      code: 0,
      out: expect.stringContaining('"fileId":"f-1"') as string,
    });
    expect((await run(inspect, [`${path}.tdf`])).code).toBe(0);
    expect(readdirSync(folder).filter((name) => /unsent|part/.test(name))).toEqual([]);
    await new Promise((done) => server.close(done));
  });

  test('keys that are none are told in plain words', async () => {
    const path = join(folder, 'keys.txt');
    writeFileSync(path, 'x');
    await run(protect, [path, ...offline]);
    const pem = (name: string, text: string | Buffer): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    const wrong = generateKeyPairSync('ed25519').privateKey;
    const encrypted = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' } as const;
    const plain = { type: 'pkcs8', format: 'pem' } as const;
    const tried: readonly (readonly [string, string])[] = [
      [pem('no.pem', 'hello'), 'Give a private key in PEM: '],
      [
        pem('half.pem', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'),
        'Give a private key in PEM: ',
      ],
      [publicPath, 'Give the private key: '],
      [pem('locked.pem', other.export(encrypted)), 'Take the passphrase off first'],
      [pem('ed.pem', wrong.export(plain)), 'Give an RSA or EC key: '],
      [pem('other.pem', other.export(plain)), 'Give the private key of the server that protected this file: '],
      [pem('list.json', '[{"kid":"a"}]'), 'Give a list with a "privateKey"'],
      [pem('broken.json', '[{'), 'Give a private key in PEM, or a JSON list of keys: '],
      [join(folder, 'gone.pem'), 'Name a file or folder that is there'],
    ];
    for (const [file, said] of tried) {
      const result = await run(open, [`${path}.tdf`, '-o', join(folder, 'never'), '--kas-private-key', file]);
      expect(result).toEqual({ code: 2, out: '', err: expect.stringContaining(said) });
      expect(result.err).not.toMatch(/DECODER|asn1|error:/i);
    }
    expect(existsSync(join(folder, 'never'))).toBe(false);
    const bad = ['--kas-url', 'https://files.example.org/kas', '--kas-key', join(folder, 'no.pem')];
    expect((await run(protect, [path, ...bad])).err).toMatch(/^Give a public key or certificate in PEM: /);
  });

  const golden = fileURLToPath(new URL('../../test/vectors/public/tdf-golden/', import.meta.url));
  test
    .skipIf(!existsSync(golden))
    .each(['small-java-4.3.0-e0f8caf', 'no-splitids-java', 'xstext-java-v0.7.8-7f487c2-DSP2.0.4'])(
    'open reads golden %s with the published key file',
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
