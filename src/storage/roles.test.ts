/** The two roles of the database: what the server's may not do, and how folders without them get them. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, openSync, statSync } from 'node:fs';
import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Logger, runMigrations } from 'graphile-worker';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runningConnections } from './backup.ts';
import { migrate, openDb, openPool } from './database.ts';
import { grantServer } from './grants.ts';
import { databaseUser, reachableNative } from './native.ts';
import { type BundledDatabase, livingPostmaster, startBundled } from './supervisor.ts';
import { type TestDatabase, testDatabase } from './testing.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pavise-roles-'));
  await chmod(folder, 0o711);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function prepare({ ownerConnection, connection }: Pick<BundledDatabase, 'ownerConnection' | 'connection'>) {
  const [owner, server] = [openPool(ownerConnection, 2), openPool(connection, 2)];
  await migrate(openDb(owner));
  await runMigrations({ pgPool: owner, logger: new Logger(() => () => {}) });
  await grantServer(openDb(owner), openDb(server));
  return { owner, server, close: () => Promise.all([owner.end(), server.end()]) };
}

const refusal = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'allowed',
    (error: unknown) => (error instanceof pg.DatabaseError ? String(error.code) : String(error)),
  );

describe("the server's role", () => {
  let test: TestDatabase;
  beforeAll(async () => {
    test = await testDatabase();
  });
  afterAll(() => test.close());

  it('adds to the audit log and seals it, and has no other right to a table of it', async () => {
    const { rows } = await test.pool.query(`select c.relname as name,
        array(select p from unnest(array['insert','update','delete','truncate','trigger','references']) p
          where has_table_privilege(c.oid, p)) as whole,
        array(select a.attname || ' ' || p from pg_attribute a, unnest(array['insert','update']) p
          where a.attrelid = c.oid and a.attnum > 0 and not has_table_privilege(c.oid, p)
            and has_column_privilege(c.oid, a.attnum, p) order by a.attnum) as columns
      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and c.relname like 'audit\\_%' order by 1`);
    const added = ['actor', 'action', 'object_type', 'object_id', 'detail'].map((column) => `${column} insert`);
    expect(rows).toEqual([
      { name: 'audit_entries', whole: [], columns: ['seq update', ...added, 'hash update'] },
      { name: 'audit_heads', whole: ['insert'], columns: [] },
      { name: 'audit_keys', whole: ['insert'], columns: [] },
    ]);
  });

  it('reads and writes the rows of every other table, and changes none', async () => {
    const { rows } = await test.pool.query(`select c.oid::regclass::text as name,
        array(select p from unnest(array['select','insert','update','delete','truncate','trigger','references']) p
          where has_table_privilege(c.oid, p)) as may, pg_has_role(current_user, c.relowner, 'member') as owns
      from pg_class c where c.relnamespace in ('public'::regnamespace, 'graphile_worker'::regnamespace)
        and c.relkind in ('r', 'p', 'v') and c.relname not like 'audit\\_%' order by 1`);
    expect(rows.length).toBeGreaterThan(60);
    const bookkeeping = /^(kysely_migration.*|graphile_worker\.migrations)$/;
    for (const { name, may, owns } of rows) {
      const wanted = bookkeeping.test(name) ? ['select'] : ['select', 'insert', 'update', 'delete'];
      expect({ name, may, owns }).toEqual({ name, may: wanted, owns: false });
    }
  });

  it.each([
    ['makes no table', 'create table mine (n int)'],
    ['makes no function', `create function mine() returns int language sql as 'select 1'`],
    ['switches no trigger off', 'alter table audit_entries disable trigger all'],
    [
      'replaces no function',
      `create or replace function audit_entries_guard() returns trigger language plpgsql as 'begin return new; end'`,
    ],
    ['becomes no other role', 'set role pavise_owner'],
    ['makes no role', 'create role another'],
    ['empties no table', 'truncate people cascade'],
    ['undoes no migration', 'delete from kysely_migration'],
    ['leaves the triggers on', 'set session_replication_role = replica'],
  ])('%s', async (_what, statement) => {
    expect(await refusal(test.pool.query(statement))).toMatch(/^(42501|22023)$/); // insufficient_privilege; no such role to become
  });

  it('may do to a table of a later migration what it may do to the others, but to one of the audit log only add', async () => {
    await test.owner.query(
      'create table later (id int generated always as identity, n int); create table audit_later (n int)',
    );
    await grantServer(openDb(test.owner), test.db);
    await test.pool.query('insert into later (n) values (1); update later set n = 2; delete from later');
    await test.pool.query('insert into audit_later values (1)');
    for (const statement of ['update audit_later set n = 2', 'delete from audit_later', 'truncate audit_later, later'])
      expect(await refusal(test.pool.query(statement))).toBe('42501');
    await test.owner.query('drop table later, audit_later');
  });

  it('loses what somebody gave it beside, at the next start', async () => {
    const { rows } = await test.pool.query<{ role: string }>('select current_user as role');
    await test.owner.query(
      `grant all on audit_entries, people to ${rows[0]?.role}; grant delete on audit_heads to public`,
    );
    await grantServer(openDb(test.owner), test.db);
    for (const statement of ['delete from audit_entries', 'delete from audit_heads', 'truncate people cascade'])
      expect(await refusal(test.pool.query(statement))).toBe('42501');
  });

  it('is told which role owns the tables when another one is to say what it may do', async () => {
    const refused = grantServer(test.db, openDb(test.owner));
    await expect(refused).rejects.toMatchObject({
      code: 'storage-roles',
      message: expect.stringMatching(/^Give PAVISE_MIGRATION_URL the role that owns the tables/),
    });
  });
});

describe('the bundled database', () => {
  it('lets in its two roles by passwords of mode 0600, and nobody else', async () => {
    const data = join(folder, 'doors');
    const bundled = await startBundled(data, { noSync: true });
    for (const role of ['owner', 'server']) {
      const path = join(data, 'secrets', `database-${role}`);
      expect([statSync(path).mode & 0o777, await readFile(path, 'utf8')]).toEqual([
        0o600,
        expect.stringMatching(/^[0-9a-f]{64}\n$/),
      ]);
    }
    expect(statSync(join(data, 'secrets')).mode & 0o777).toBe(0o700);
    const tried = async (changed: pg.ClientConfig): Promise<string> => {
      const client = new pg.Client({ ...bundled.connection, ...changed });
      client.on('error', () => {});
      const said = await refusal(client.connect());
      await client.end().catch(() => {});
      return said;
    };
    expect(await tried({})).toBe('allowed');
    expect(await tried({ password: 'a'.repeat(64) })).toBe('28P01');
    expect(await tried({ user: 'pavise_owner' })).toBe('28P01'); // by the server's password
    expect(await tried({ user: 'pavise' })).toBe('28000');
    expect(await tried({ user: 'postgres' })).toBe('28000');
    await bundled.stop();
  });

  it('gets the roles anew when passwords or client rules were lost or are of another time', {
    timeout: 120_000,
  }, async () => {
    const data = join(folder, 'lost');
    const first = await startBundled(data, { noSync: true });
    const prepared = await prepare(first);
    await prepared.server.query(
      `insert into people (display_name, email, role, state, created_at) values ('A', 'a@b.c', 'member', 'active', now())`,
    );
    await prepared.close();
    await first.stop();
    const changes = [
      () => rm(join(data, 'secrets'), { recursive: true }),
      () => writeFile(join(data, 'secrets', 'database-server'), 'b'.repeat(64)),
      () => writeFile(join(data, 'secrets', 'database-owner'), 'no password'),
      () => writeFile(join(data, 'postgres', 'pg_hba.conf'), 'local all all trust\n'),
    ];
    for (const change of changes) {
      await change();
      const again = await startBundled(data, { noSync: true });
      const client = new pg.Client(again.connection);
      await client.connect();
      expect((await client.query('select display_name from people')).rows).toEqual([{ display_name: 'A' }]);
      await client.end();
      expect(await readFile(join(data, 'postgres', 'pg_hba.conf'), 'utf8')).not.toContain('trust');
      await again.stop();
    }
  });
});

/** A data folder as versions before the roles made it: one superuser, whom everybody on the socket may be. */
async function oldInstallation(data: string): Promise<ChildProcess> {
  await mkdir(join(data, 'run'), { recursive: true });
  await chmod(data, 0o711);
  await mkdir(join(data, 'postgres'));
  const user = databaseUser();
  if ('uid' in user)
    for (const name of ['run', 'postgres']) await chown(join(data, name), Number(user.uid), Number(user.gid));
  const native = await reachableNative(folder);
  const options = { cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' }, ...user };
  const args = ['-U', 'pavise', '-A', 'trust', '-E', 'UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const made = spawnSync(
    join(native, 'bin', 'initdb'),
    ['-D', join(data, 'postgres'), ...args, '--locale=C', '--data-checksums', '--no-sync'],
    options,
  );
  expect(made.status, made.stderr.toString()).toBe(0);
  const log = openSync(join(data, 'postgres.log'), 'a');
  const child = spawn(
    join(native, 'bin', 'postgres'),
    ['-D', join(data, 'postgres'), '-c', 'listen_addresses=', '-k', join(data, 'run'), '-c', 'fsync=off'],
    { ...options, detached: true, stdio: ['ignore', 'ignore', log] },
  );
  closeSync(log);
  const connection = { host: join(data, 'run'), port: 5432, user: 'pavise', database: 'postgres' };
  await expect
    .poll(
      async () => {
        const client = new pg.Client(connection);
        client.on('error', () => {});
        const said = await refusal(client.connect());
        await client.end().catch(() => {});
        return said;
      },
      { timeout: 30_000 },
    )
    .toBe('allowed');
  const pool = openPool(connection, 2);
  await migrate(openDb(pool));
  await runMigrations({ pgPool: pool, logger: new Logger(() => () => {}) });
  await pool.query(
    `insert into people (display_name, email, role, state, created_at) values ('Old', 'o@l.d', 'owner', 'active', now())`,
  );
  await pool.query(
    `insert into audit_entries (actor, action, object_type, detail) values ('{}', 'test.old', 'test', '{}')`,
  );
  await pool.query(`select graphile_worker.add_job('test.old', '{}'::json)`);
  await pool.end();
  return child;
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill('SIGINT');
  if (child.exitCode === null) await new Promise((done) => child.once('close', done));
}

describe('a data folder of a version before the roles', () => {
  it.each([
    ['stopped', true],
    ['left running by a killed server', false],
  ])('%s, is given them at the next start, with all that it holds', { timeout: 120_000 }, async (_how, stopped) => {
    const data = join(folder, stopped ? 'old-stopped' : 'old-running');
    const child = await oldInstallation(data);
    if (stopped) await ended(child);
    else await expect(runningConnections(data)).rejects.toMatchObject({ code: 'storage-roles', status: 409 });

    const bundled = await startBundled(data, { noSync: true });
    const { owner, server, close } = await prepare(bundled);
    expect({ adopted: bundled.adopted, runs: await livingPostmaster(bundled.dataDir) }).toEqual({
      adopted: false,
      runs: bundled.pid,
    });
    expect((await server.query('select display_name from people')).rows).toEqual([{ display_name: 'Old' }]);
    expect((await server.query('select task_identifier from graphile_worker.jobs')).rowCount).toBe(1);
    await server.query(
      `insert into audit_entries (actor, action, object_type, detail) values ('{}', 'test', 'test', '{}')`,
    );
    expect(await refusal(server.query('truncate audit_entries'))).toBe('42501');
    const { rows } = await owner.query(`select distinct pg_get_userbyid(owner) as owner from (
      select relowner as owner, relnamespace as n from pg_class where relkind in ('r', 'p', 'v', 'S')
      union all select proowner, pronamespace from pg_proc union all select nspowner, oid from pg_namespace where nspname = 'graphile_worker') o
      where n in ('public'::regnamespace, 'graphile_worker'::regnamespace)`);
    expect(rows).toEqual([{ owner: 'pavise_owner' }]);
    const { rows: roles } = await owner.query(
      `select rolname, rolsuper or rolcreaterole or rolbypassrls as high from pg_roles where rolname like 'pavise\\_%' order by 1`,
    );
    expect(roles).toEqual([
      { rolname: 'pavise_owner', high: false },
      { rolname: 'pavise_server', high: false },
    ]);
    await close();
    await bundled.stop();
  });
});
