import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Logger, runMigrations } from 'graphile-worker';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBackup } from './backup.ts';
import { openBlobs } from './blobs.ts';
import { restoreBackup } from './restore.ts';
import { type TestDatabase, testDatabase } from './testing.ts';

let folder: string;
let test: TestDatabase;
let names: string[];
const prepareJobs = (pool: pg.Pool): Promise<void> =>
  runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pavise-logical-'));
  test = await testDatabase();
  names = [1, 2].map(() => `pavise_target_${randomBytes(6).toString('hex')}`);
  for (const name of names) await test.pool.query(`create database ${name} template template0 encoding 'UTF8'`);
});
afterAll(async () => {
  for (const name of names) await test.pool.query(`drop database ${name} with (force)`);
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

function urlOf(database?: string): string {
  const { connectionString, host, user, database: own } = test.connection;
  const url = new URL(
    connectionString ?? `postgresql:///${own}?host=${encodeURIComponent(host ?? '')}&user=${user}&port=5432`,
  );
  if (database !== undefined) url.pathname = `/${database}`;
  return url.href;
}

async function contents(database: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: urlOf(database) });
  await client.connect();
  const entries = await client.query('select * from audit_entries order by id');
  const parts = await client.query('select device_id from sightings order by vhash');
  const jobs = await client.query(`select task_identifier, key, locked_at from graphile_worker.jobs order by key`);
  const later = await client.query(
    `select (graphile_worker.add_job('later', '{}'::json)).id > (select min(id::bigint) from graphile_worker.jobs) as ok`,
  );
  await client.end();
  return [entries.rows, parts.rows, jobs.rows, later.rows];
}

describe('a logical backup', () => {
  it('restores rows, pending jobs, sequences and blobs into an empty database, and nothing into one in use', {
    timeout: 120_000,
  }, async () => {
    const data = join(folder, 'source');
    const blob = await (await openBlobs(data)).put(Readable.from([Buffer.from('cipher')]), 100);
    for (let n = 0; n < 500; n++) {
      await test.pool.query(
        `insert into audit_entries (actor, action, object_type, object_id, detail) values ('{}', $1, 'test', $2, $3)`,
        [`test.${n}`, n % 3 === 0 ? null : `tab\t back\\slash \n é ${n}`, { n }],
      );
    }
    await test.pool.query(
      `select graphile_worker.add_job('access.reassess', '{"personId":null}'::json, job_key := 'kept')`,
    );
    // A table in partitions.
    await test.pool.query(`insert into sightings select n, n, 1, 2, 9 from generate_series(1, 40) n`);
    const file = join(folder, 'rows.pavise');
    expect(await writeBackup({ data, file, databaseUrl: urlOf() })).toMatchObject({ kind: 'logical', auditHead: null });

    const [name = '', other = ''] = names;
    const restored = join(folder, 'restored');
    const manifest = await restoreBackup({ data: restored, file, databaseUrl: urlOf(name), prepareJobs });
    expect(manifest.migrations.length).toBeGreaterThan(0);
    const source = (await test.pool.query('select * from audit_entries order by id')).rows;
    expect(await contents(name)).toEqual([
      source,
      Array.from({ length: 40 }, (_, i) => ({ device_id: i + 1 })),
      [{ task_identifier: 'access.reassess', key: 'kept', locked_at: null }],
      [{ ok: true }],
    ]);
    expect(await readFile(join(restored, 'blobs', blob.hash.slice(0, 2), blob.hash), 'utf8')).toBe('cipher');

    const second = { data: join(folder, 'again'), file, prepareJobs };
    await expect(restoreBackup({ ...second, databaseUrl: urlOf(name) })).rejects.toMatchObject({
      code: 'storage-restore-not-empty',
    });
    const user = new pg.Client({ connectionString: urlOf(other) });
    await user.connect();
    await expect(restoreBackup({ ...second, databaseUrl: urlOf(other) })).rejects.toMatchObject({
      code: 'storage-restore-running',
    });
    await user.end();
    expect(await readdir(second.data)).toEqual([]);
  });
});
