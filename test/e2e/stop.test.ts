/** A server that a service manager or a container stops, by the ways of starting it that the README and the guides name. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { freePort } from './harness.ts';

const root = join(import.meta.dirname, '..', '..');

const WAYS: readonly (readonly [string, string, readonly string[]])[] = [
  ['npm start', 'npm', ['start', '--']],
  ['npm run pavise -- serve', 'npm', ['run', 'pavise', '--', 'serve']],
  ['pavise serve', process.execPath, [join(root, 'bin', 'pavise.mjs'), 'serve']],
];

it.each(WAYS)(
  'SIGTERM to "%s" ends server and database',
  async (_way, command, args) => {
    const data = mkdtempSync(join(tmpdir(), 'pavise-stop-'));
    const child = spawn(command, [...args, '--data', data, '--port', String(await freePort())], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const closed = new Promise((done) => child.once('exit', done));
    await heard(child, /workspace: /);
    const pid = Number(readFileSync(join(data, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
    child.kill('SIGTERM');
    await closed;
    await expect.poll(() => existsSync(join(data, 'server.lock')), { timeout: 20_000 }).toBe(false);
    expect(() => process.kill(pid, 0)).toThrow();
    rmSync(data, { recursive: true, force: true });
  },
  120_000,
);

function heard(child: ChildProcess, pattern: RegExp): Promise<void> {
  return new Promise((done, fail) => {
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk.toString('utf8');
      if (pattern.test(text)) done();
    });
    child.once('exit', () => fail(new Error(`ended: ${text}`)));
  });
}
