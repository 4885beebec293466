import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const BIN = '/usr/lib/postgresql/15/bin';

/** Starts Debian's PostgreSQL 15 on a folder of its own; undefined where it is not installed. */
export async function startPostgres15(): Promise<{ url: string; stop(): Promise<void> } | undefined> {
  if (!existsSync(join(BIN, 'postgres'))) return undefined;
  const folder = await mkdtemp(join(tmpdir(), 'pavise-pg15-'));
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  if ('uid' in user) await chown(folder, 65534, 65534);
  const options = { cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' }, ...user };
  const data = join(folder, 'data');
  const made = spawnSync(
    join(BIN, 'initdb'),
    ['-D', data, '-U', 'pavise', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    options,
  );
  if (made.status !== 0) throw new Error(`initdb of PostgreSQL 15: ${made.stderr.toString('utf8')}`);
  const child = spawn(
    join(BIN, 'postgres'),
    ['-D', data, '-c', 'listen_addresses=', '-k', folder, '-c', 'fsync=off', '-c', 'max_connections=100'],
    { ...options, stdio: 'ignore' },
  );
  while (!existsSync(join(folder, '.s.PGSQL.5432'))) {
    if (child.exitCode !== null) throw new Error('PostgreSQL 15 ended at its start');
    await sleep(50);
  }
  return {
    url: `postgresql://pavise@localhost/postgres?host=${encodeURIComponent(folder)}`,
    async stop() {
      child.kill('SIGINT');
      await new Promise((done) => child.once('close', done));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
