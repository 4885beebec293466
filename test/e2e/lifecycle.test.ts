/** Servers that meet on one machine, lose their database, and are told to stop. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, runCommand, type ServerProcess, startProcess } from './harness.ts';

let data: string;
let server: ServerProcess;
beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'pavise-life-'));
  server = await startProcess({ data });
}, 120_000);
afterAll(async () => {
  await server.stop();
  rmSync(data, { recursive: true, force: true });
});

const isReady = (): Promise<boolean> =>
  fetch(`${server.url}/readyz`).then(
    (reply) => reply.ok,
    () => false,
  );

function postgresPid(): number {
  return Number(readFileSync(join(data, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]);
}

describe('pavise serve', () => {
  it('refuses a data folder on which a server runs, and leaves that one alone', async () => {
    const before = postgresPid();
    const second = await runCommand(['serve', '--data', data, '--port', String(await freePort())]);
    expect(second).toMatchObject({
      code: 2,
      err: expect.stringContaining(`Stop the other server first, or give --data another folder`),
    });
    expect({ ready: await isReady(), pid: postgresPid() }).toEqual({ ready: true, pid: before });
  }, 60_000);

  it('refuses a port that is in use with a sentence, before anything is made', async () => {
    const other = mkdtempSync(join(tmpdir(), 'pavise-life-'));
    const port = new URL(server.url).port;
    const second = await runCommand(['serve', '--data', other, '--port', port]);
    expect({ ...second, made: readdirSync(other) }).toEqual({
      code: 2,
      out: '',
      err: expect.stringMatching(new RegExp(`^Port ${port} is in use: give --port .*\\n$`)),
      made: [],
    });
    rmSync(other, { recursive: true });
  }, 60_000);

  it('starts its database again when that ends under it', async () => {
    for (const signal of ['SIGKILL', 'SIGINT'] as const) {
      const before = postgresPid();
      process.kill(before, signal);
      await expect
        .poll(() => server.printed().split('database started again').length, { timeout: 30_000 })
        .toBe(signal === 'SIGKILL' ? 2 : 3);
      await expect.poll(isReady, { timeout: 20_000 }).toBe(true);
      expect(postgresPid()).not.toBe(before);
    }
  }, 90_000);

  it('stops on SIGINT at once, twice heard or with a page listening, and takes PostgreSQL with it', async () => {
    const postgres = postgresPid();
    const startedAt = Date.now();
    const closed = once(server.child);
    server.child.kill('SIGINT');
    server.child.kill('SIGINT');
    expect(await closed).toBe(0);
    // Five seconds on a machine that does nothing else; a part that does not end in time would stand in the output.
    expect(Date.now() - startedAt).toBeLessThan(20_000);
    expect(server.printed()).not.toMatch(/\n {4}at |stopping, /);
    expect(() => process.kill(postgres, 0)).toThrow();
    expect(readdirSync(data)).not.toContain('server.lock');
  }, 30_000);

  it('stops while it still starts', async () => {
    const child = spawn(
      process.execPath,
      [join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts'), 'serve', '--data', data, '--port', '0'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    const closed = once(child);
    await expect.poll(() => readdirSync(data).includes('server.lock'), { timeout: 20_000, interval: 5 }).toBe(true);
    child.kill('SIGINT');
    expect(await closed).toBe(0);
    expect(readdirSync(data)).not.toContain('server.lock');
  }, 30_000);
});

function once(child: ChildProcess): Promise<number | null> {
  return new Promise((done) => child.once('close', done));
}
