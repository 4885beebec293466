import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { closedParent, databaseUser } from './native.ts';
import { placeData } from './place.ts';
import { livingPostmaster, startBundled } from './supervisor.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pavise-supervisor-'));
  await chmod(folder, 0o711);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function ask(connection: pg.ClientConfig, statement: string): Promise<unknown[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    return (await client.query({ text: statement, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

const asRoot = process.getuid?.() === 0;

describe('startBundled()', () => {
  it('creates, starts, stops and starts again with the rows still there', async () => {
    const data = join(folder, 'plain');
    const first = await startBundled(data, { noSync: true });
    expect({ adopted: first.adopted, running: await livingPostmaster(first.dataDir) }).toEqual({
      adopted: false,
      running: first.pid,
    });
    await ask(first.ownerConnection, 'create table kept (n int)');
    await ask(first.ownerConnection, 'insert into kept values (7)');
    await first.stop();
    expect(await livingPostmaster(first.dataDir)).toBeUndefined();
    const second = await startBundled(data, { noSync: true });
    expect(await ask(second.ownerConnection, 'select n from kept')).toEqual([7]);
    expect(await ask(second.connection, 'show listen_addresses')).toEqual(['']);
    await second.stop();
  });

  it('adopts the PostgreSQL that a killed server left, with every acknowledged row', async () => {
    const data = join(folder, 'killed');
    const script = `
      import { startBundled } from ${JSON.stringify(join(import.meta.dirname, 'supervisor.ts'))};
      import pg from ${JSON.stringify(import.meta.resolve('pg'))};
      const database = await startBundled(${JSON.stringify(data)}, { noSync: true });
      const client = new pg.Client(database.ownerConnection);
      await client.connect();
      await client.query('create table kept (n int)');
      for (let n = 1; ; n++) {
        await client.query('insert into kept values ($1)', [n]);
        console.log(n);
      }`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (said.includes('\n50\n')) child.kill('SIGKILL');
    });
    await once(child, 'close');
    const acknowledged = Number(said.slice(0, said.lastIndexOf('\n')).split('\n').at(-1));
    const adopted = await startBundled(data, { noSync: true });
    try {
      expect(adopted.adopted).toBe(true);
      const [count] = await ask(adopted.ownerConnection, 'select count(*)::int from kept');
      expect(acknowledged).toBeGreaterThanOrEqual(50);
      expect(count).toBeGreaterThanOrEqual(acknowledged);
    } finally {
      await adopted.stop();
    }
  });

  it('starts although the lock file names a process that is another program', async () => {
    const data = join(folder, 'recurred');
    const first = await startBundled(data, { noSync: true });
    await first.stop();
    await writeFile(join(first.dataDir, 'postmaster.pid'), `${process.pid}\n${first.dataDir}\n`);
    const second = await startBundled(data, { noSync: true });
    expect(second.adopted).toBe(false);
    await second.stop();
  });

  it('starts although the lock file names the PostgreSQL of somebody else, and leaves that one alone', async () => {
    const theirs = await startBundled(join(folder, 'theirs'), { noSync: true });
    const data = join(folder, 'ours');
    const first = await startBundled(data, { noSync: true });
    await first.stop();
    await writeFile(join(first.dataDir, 'postmaster.pid'), `${theirs.pid}\n${first.dataDir}\n`);
    const second = await startBundled(data, { noSync: true });
    expect([second.adopted, await ask(theirs.connection, 'select 1')]).toEqual([false, [1]]);
    await second.stop();
    await theirs.stop();
  });

  it('starts although the lock of its socket names a process that lives', async () => {
    const data = join(folder, 'socket');
    const first = await startBundled(data, { noSync: true });
    await first.stop();
    const other = spawn('sleep', ['600'], databaseUser());
    const socket = join(String(first.connection.host), '.s.PGSQL.5432');
    await writeFile(`${socket}.lock`, `${other.pid}\n${first.dataDir}\n0\n5432\n${first.connection.host}\n`);
    const second = await startBundled(data, { noSync: true });
    expect(await ask(second.connection, 'select 1')).toEqual([1]);
    await second.stop();
    other.kill();
  });

  it('refuses the data of another major version and names the way out', async () => {
    const data = join(folder, 'foreign');
    await mkdir(join(data, 'postgres'), { recursive: true });
    await writeFile(join(data, 'postgres', 'PG_VERSION'), '17\n');
    await expect(startBundled(data)).rejects.toMatchObject({
      code: 'storage-foreign-major',
      message: expect.stringContaining('pavise backup'),
    });
    expect(await readFile(join(data, 'postgres', 'PG_VERSION'), 'utf8')).toBe('17\n');
  });
});

describe('placeData()', () => {
  it.skipIf(!asRoot)(
    'moves below /var/lib/pavise as root under a folder that others cannot enter, always to the same place',
    async () => {
      const home = join(folder, 'home');
      await mkdir(join(home, 'checkout'), { recursive: true });
      await chmod(home, 0o700);
      const wanted = join(home, 'checkout', 'pavise-data');
      const placed = await placeData(undefined, wanted);
      expect(placed).toEqual({ data: expect.stringMatching(/^\/var\/lib\/pavise\/[0-9a-f]{16}$/), movedBecause: home });
      expect(await placeData(undefined, wanted)).toEqual(placed);
      expect(await closedParent(join(placed.data, 'postgres'))).toBeUndefined();
      // A folder that somebody chose is used, or refused with the reason: never another in its place.
      await expect(placeData(wanted)).rejects.toMatchObject({
        code: 'storage-data-closed',
        message: expect.stringContaining(`chmod o+x "${home}"`),
      });
    },
  );

  it('leaves an open place as it is', async () => {
    expect(await placeData(join(folder, 'open'))).toEqual({ data: join(folder, 'open'), movedBecause: undefined });
  });
});
