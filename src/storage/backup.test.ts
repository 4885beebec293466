import { createHash, randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArchive, writeArchive } from './archive.ts';
import { writeBackup } from './backup.ts';
import { openBlobs } from './blobs.ts';
import { migrate, openDb, openPool } from './database.ts';
import { lockData } from './lock.ts';
import { restoreBackup } from './restore.ts';
import { openSecrets } from './secrets.ts';
import { type BundledDatabase, livingPostmaster, startBundled } from './supervisor.ts';

let folder: string;
let data: string;
let source: BundledDatabase;
let pool: pg.Pool;
const prepareJobs = async (): Promise<void> => {};
const hash = 'ab'.repeat(32);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pavise-backup-'));
  await chmod(folder, 0o711);
  data = join(folder, 'source');
  source = await startBundled(data, { noSync: true });
  await openSecrets(data, undefined);
  pool = openPool(source.ownerConnection, 3);
  await migrate(openDb(pool));
  await pool.query(`create table written (n int primary key, filler text not null)`);
  await pool.query(`insert into audit_keys values (1, '\\x01', '\\x02')`);
  await pool.query(
    `insert into audit_entries (seq, actor, action, object_type, detail, hash) values (1, '{}', 'test', 'test', '{}', decode($1, 'hex'))`,
    [hash],
  );
  await pool.query(`insert into audit_heads values (1, decode($1, 'hex'), now(), '\\x03')`, [hash]);
});
afterAll(async () => {
  await pool.end();
  await source.stop();
  await rm(folder, { recursive: true, force: true });
});

describe('writeBackup() and restoreBackup()', () => {
  it('restore under a steady writer with checkpoints: no acknowledged row is missing, none is torn', {
    timeout: 120_000,
  }, async () => {
    const bytes = randomBytes(100_000);
    const blob = await (await openBlobs(data)).put(Readable.from([bytes]), bytes.length);
    let acknowledged = 0;
    let writing = true;
    const writer = (async () => {
      while (writing) {
        await pool.query(`insert into written values ($1, repeat('x', 4000))`, [acknowledged + 1]);
        acknowledged += 1;
        if (acknowledged % 200 === 0) await pool.query('checkpoint');
      }
    })();
    while (acknowledged < 300) await new Promise((done) => setTimeout(done, 10));
    const before = acknowledged;
    const file = join(folder, 'hot.pavise');
    const summary = await writeBackup({ data, file });
    writing = false;
    await writer;
    expect(summary).toMatchObject({ kind: 'physical', auditHead: { seq: 1, hash, publicKey: 'AQ==' } });

    const restored = join(folder, 'restored');
    await restoreBackup({ data: restored, file, prepareJobs });
    const target = await startBundled(restored, { noSync: true });
    const client = new pg.Client(target.ownerConnection);
    await client.connect();
    const { rows } = await client.query(
      'select count(*)::int as n, max(n) as last, min(length(filler)) as short from written',
    );
    await client.end();
    await target.stop();
    expect(rows[0].n).toBe(rows[0].last);
    expect(rows[0].n).toBeGreaterThanOrEqual(before);
    expect(rows[0].n).toBeLessThanOrEqual(acknowledged);
    expect(rows[0].short).toBe(4000);
    const copy = await readFile(join(restored, 'blobs', blob.hash.slice(0, 2), blob.hash));
    expect(createHash('sha256').update(copy).digest('hex')).toBe(blob.hash);

    const paths: string[] = [];
    for await (const entry of readArchive(file)) {
      paths.push(entry.path);
      for await (const _ of entry.chunks);
    }
    expect(paths.filter((path) => path.includes('secret') || path.includes('root.key'))).toEqual([]);
    const { rows: slots } = await pool.query('select slot_name from pg_replication_slots');
    expect(slots).toEqual([]);
  });

  it('clear away what a killed backup left; refuse a file that is there, a running server, a folder that is not empty, and a stopped server', async () => {
    const file = join(folder, 'second.pavise');
    const [ofTheDead, ofTheLiving, notOurs] = [
      '.pavise-first.pavise.999999999.half',
      `.pavise-x.${process.ppid}.half`,
      'x.9.half',
    ];
    for (const name of [ofTheDead, ofTheLiving, notOurs]) await writeFile(join(folder, name), '');
    await writeBackup({ data, file });
    expect((await readdir(folder)).filter((name) => name.endsWith('.half'))).toEqual([ofTheLiving, notOurs]);
    await expect(writeBackup({ data, file })).rejects.toMatchObject({ code: 'storage-backup-exists' });
    await expect(restoreBackup({ data, file, prepareJobs })).rejects.toMatchObject({ code: 'storage-restore-running' });
    const full = await mkdtemp(join(folder, 'full-'));
    await writeFile(join(full, 'mine'), 'kept');
    await expect(restoreBackup({ data: full, file, prepareJobs })).rejects.toMatchObject({
      code: 'storage-restore-not-empty',
    });
    expect(await readFile(join(full, 'mine'), 'utf8')).toBe('kept');
    await expect(writeBackup({ data, file: join(folder, 'none', 'x.pavise') })).rejects.toMatchObject({
      code: 'storage-backup-folder',
      message: expect.stringContaining('Make the folder first'),
    });
    await expect(writeBackup({ data: full, file: join(folder, 'none.pavise') })).rejects.toMatchObject({
      code: 'storage-backup-none',
    });
  });

  it('leave a folder whose restore was killed to nobody, and end the database that was being proven', async () => {
    const file = join(folder, 'third.pavise');
    await writeBackup({ data, file });
    const target = join(folder, 'killed');
    await restoreBackup({ data: target, file, prepareJobs });
    // As after a kill between the two renames that put database and files in place.
    const proving = await startBundled(target, { noSync: true });
    await proving.leave();
    await mkdir(join(target, 'restoring', 'blobs'), { recursive: true });
    const broken = { code: 'storage-restore-broken', status: 409 };
    await expect(startBundled(target)).rejects.toMatchObject(broken);
    expect(await livingPostmaster(join(target, 'postgres'))).toBe(proving.pid);
    await expect(restoreBackup({ data: target, file, prepareJobs })).rejects.toMatchObject(broken);
    expect(await livingPostmaster(join(target, 'postgres'))).toBeUndefined();
    expect(await readdir(target)).toEqual(expect.arrayContaining(['postgres', 'restoring']));
    expect(await readdir(target)).not.toContain('server.lock');
  });

  it('take a folder that holds nothing but what a kill left of its lock, and none whose holder lives', async () => {
    const file = join(folder, 'lock.pavise');
    await writeBackup({ data, file });
    const target = await mkdtemp(join(folder, 'lock-'));
    const lock = await lockData(target, 0);
    await expect(restoreBackup({ data: target, file, prepareJobs })).rejects.toMatchObject({ code: 'storage-locked' });
    await lock.release();
    await writeFile(join(target, 'server.lock'), '999999999 x\n');
    await writeFile(join(target, 'server.lock.5c1f.half'), '999999999 x\n');
    await restoreBackup({ data: target, file, prepareJobs });
    expect(await readdir(target)).toEqual(expect.arrayContaining(['blobs', 'postgres']));
  });

  it('leave a folder alone that another restore works on', async () => {
    const file = join(folder, 'fourth.pavise');
    await writeBackup({ data, file });
    const target = join(folder, 'both');
    const both = [1, 2].map(() => restoreBackup({ data: target, file, prepareJobs }));
    const ends = await Promise.allSettled(both);
    expect(ends.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    const left = await readdir(target);
    expect(left).toEqual(expect.arrayContaining(['blobs', 'postgres']));
    expect(left.filter((name) => name === 'restoring' || name === 'server.lock')).toEqual([]);
  });

  it('refuse a backup with a changed byte or a cut tail, and leave the folder empty', async () => {
    const file = join(folder, 'sound.pavise');
    await writeBackup({ data, file });
    const packed = await readFile(file);
    const plain = gunzipSync(packed);
    const at = plain.indexOf(Buffer.from('postgres/PG_VERSION')) + 512;
    plain.write('19', at);
    const variants = {
      changed: gzipSync(plain, { level: 1 }),
      cut: packed.subarray(0, packed.length - 4000),
      noise: randomBytes(5000),
    };
    for (const [name, bytes] of Object.entries(variants)) {
      await writeFile(join(folder, name), bytes);
      const target = join(folder, `${name}-target`);
      await expect(restoreBackup({ data: target, file: join(folder, name), prepareJobs })).rejects.toMatchObject({
        code: 'storage-backup-damaged',
      });
      expect(await readdir(target)).toEqual([]);
    }
  });
});

describe('readArchive()', () => {
  it.each([
    ['a path that climbs out', 'postgres/../../escaped'],
    ['an absolute path', '/etc/passwd'],
    ['a hidden name', 'postgres/.ssh'],
  ])('refuses %s', async (_, name) => {
    const file = join(folder, `evil-${randomBytes(4).toString('hex')}`);
    const archive = writeArchive(file);
    await archive.folder('postgres');
    await archive.file(name, 4, Readable.from([Buffer.from('evil')]));
    await archive.finish();
    await expect(restoreBackup({ data: `${file}-target`, file, prepareJobs })).rejects.toMatchObject({
      code: 'storage-backup-damaged',
    });
    expect(await readdir(`${file}-target`)).toEqual([]);
  });

  it('refuses links and what comes twice', async () => {
    const file = join(folder, 'twice');
    const archive = writeArchive(file);
    await archive.folder('blobs');
    await archive.file('blobs/a', 1, Readable.from([Buffer.from('1')]));
    await archive.file('blobs/a', 1, Readable.from([Buffer.from('2')]));
    await archive.finish();
    await expect(restoreBackup({ data: `${file}-target`, file, prepareJobs })).rejects.toMatchObject({
      code: 'storage-backup-damaged',
    });
    const plain = gunzipSync(await readFile(file));
    plain.write('2', 512 + 156, 'latin1'); // a symbolic link; its checksum is one lower or higher then
    const sum = [...plain.subarray(512, 1024)].reduce(
      (all, byte, at) => all + (at >= 148 && at < 156 ? 0x20 : byte),
      0,
    );
    plain.write(`${sum.toString(8).padStart(6, '0')}\0 `, 512 + 148, 'latin1');
    await writeFile(`${file}-link`, gzipSync(plain));
    await expect(restoreBackup({ data: `${file}-target`, file: `${file}-link`, prepareJobs })).rejects.toThrow(
      'neither a plain file',
    );
  });

  it('gives back files of any length, padded or cut to the length that was announced', async () => {
    const file = join(folder, 'lengths');
    const archive = writeArchive(file);
    const bytes = randomBytes(3000);
    const cases = [0, 1, 511, 512, 513, 3000].map((sizeBytes) => ({ path: `f${sizeBytes}`, sizeBytes }));
    for (const { path, sizeBytes } of cases) await archive.file(path, sizeBytes, Readable.from([bytes]));
    await archive.file('shrunk', 600, Readable.from([bytes.subarray(0, 10)]));
    await archive.finish();
    const read: { path: string; bytes: Buffer }[] = [];
    for await (const entry of readArchive(file)) {
      const parts: Uint8Array[] = [];
      for await (const chunk of entry.chunks) parts.push(chunk);
      read.push({ path: entry.path, bytes: Buffer.concat(parts) });
    }
    expect(read).toEqual([
      ...cases.map(({ path, sizeBytes }) => ({ path, bytes: bytes.subarray(0, sizeBytes) })),
      { path: 'shrunk', bytes: Buffer.concat([bytes.subarray(0, 10), Buffer.alloc(590)]) },
    ]);
  });
});
