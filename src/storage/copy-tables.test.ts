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
import type { Connections } from './supervisor.ts';
import { emptyDatabase, type TestDatabase, testDatabase } from './testing.ts';

let folder: string;
let test: TestDatabase;
let targets: Awaited<ReturnType<typeof emptyDatabase>>[];
const prepareJobs = (pool: pg.Pool): Promise<void> =>
  runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pavise-logical-'));
  test = await testDatabase();
  targets = [await emptyDatabase(), await emptyDatabase()];
});
afterAll(async () => {
  for (const target of targets) await target.close();
  await test.close();
  await rm(folder, { recursive: true, force: true });
});

/** As the role that owns the tables. */
function urlOf({ ownerConnection }: Connections): string {
  const { connectionString, host, user, password, database } = ownerConnection;
  const socket = `postgresql:///${database}?host=${encodeURIComponent(host ?? '')}&port=5432`;
  return connectionString ?? `${socket}&user=${user}&password=${String(password)}`;
}

async function contents(database: Connections): Promise<unknown[]> {
  const client = new pg.Client(database.ownerConnection);
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
    expect(await writeBackup({ data, file, databaseUrl: urlOf(test) })).toMatchObject({
      kind: 'logical',
      auditHead: null,
    });

    const [target, other] = targets;
    if (target === undefined || other === undefined) throw new Error('no targets');
    const restored = join(folder, 'restored');
    const manifest = await restoreBackup({ data: restored, file, databaseUrl: urlOf(target), prepareJobs });
    expect(manifest.migrations.length).toBeGreaterThan(0);
    const source = (await test.pool.query('select * from audit_entries order by id')).rows;
    expect(await contents(target)).toEqual([
      source,
      Array.from({ length: 40 }, (_, i) => ({ device_id: i + 1 })),
      [{ task_identifier: 'access.reassess', key: 'kept', locked_at: null }],
      [{ ok: true }],
    ]);
    expect(await readFile(join(restored, 'blobs', blob.hash.slice(0, 2), blob.hash), 'utf8')).toBe('cipher');

    const second = { data: join(folder, 'again'), file, prepareJobs };
    await expect(restoreBackup({ ...second, databaseUrl: urlOf(target) })).rejects.toMatchObject({
      code: 'storage-restore-not-empty',
    });
    const user = new pg.Client(other.connection);
    await user.connect();
    await expect(restoreBackup({ ...second, databaseUrl: urlOf(other) })).rejects.toMatchObject({
      code: 'storage-restore-running',
    });
    await user.end();
    expect(await readdir(second.data)).toEqual([]);
  });
});
