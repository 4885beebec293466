import { spawn } from 'node:child_process';
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { DatabasePasswords } from './database-passwords.ts';
import { databaseUser, UNPRIVILEGED_ID } from './native.ts';
import { StorageError } from './storage-error.ts';

/** Owns every table: migrations, the job queue's migrations, backup and restore sign in as this one. */
export const OWNER_ROLE = 'pavise_owner';
/** Reads and writes rows, and nothing else: what the running server signs in as. */
export const SERVER_ROLE = 'pavise_server';
const DATABASE = 'postgres';
/** initdb's first role. Nobody signs in as it; it remains the owner of PostgreSQL's own catalogues. */
const SUPERUSER = 'pavise';

const CLIENT_RULES = `# Written by Pavise at each start: changes here are lost. Two roles, each with a password of its own, on the Unix socket; nobody else.
local all ${OWNER_ROLE},${SERVER_ROLE} scram-sha-256
local all all reject
`;

/** What PostgreSQL's own programs need to work on a folder on which nothing runs. */
interface OfflineDatabase {
  readonly native: string;
  readonly dataDir: string;
  /** For tests and benches: nothing is synced, and the owner may make databases. */
  readonly noSync: boolean;
}

/** The environment of PostgreSQL's programs: they obey PGPORT and friends, and get none of ours. */
export function childEnvironment(): Record<string, string> {
  return { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8', TZ: 'UTC' };
}

/** Makes a folder that PostgreSQL owns where the server is root. */
export async function ownFolder(path: string, mode: number, forDatabase: boolean): Promise<void> {
  await mkdir(path, { recursive: true, mode });
  if (forDatabase && process.getuid?.() === 0) await chown(path, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
  await chmod(path, mode);
}

/** Makes a new database in `dataDir`, in which there are no roles of ours yet. @throws StorageError `storage-initdb` */
export async function createDatabase({ native, dataDir, noSync }: OfflineDatabase): Promise<void> {
  // Beside and renamed, so that a killed initdb leaves nothing half made.
  const half = `${dataDir}.half`;
  await rm(half, { recursive: true, force: true });
  await ownFolder(half, 0o700, true);
  const args = ['-D', half, '-U', SUPERUSER, '-A', 'reject', '-E', 'UTF8', '--locale-provider=builtin'];
  args.push('--builtin-locale=C.UTF-8', '--locale=C', '--data-checksums', ...(noSync ? ['--no-sync'] : []));
  const { code, said } = await run(join(native, 'bin', 'initdb'), args, '');
  if (code !== 0)
    throw new StorageError(
      'storage-initdb',
      `Cannot create the database in ${dataDir}: initdb ended with ${code} ("${said.slice(-2000).trim()}")`,
    );
  await rename(half, dataDir);
}

/** @returns true when the folder lets in our two roles by their passwords and nobody else */
export async function hasClientRules(dataDir: string): Promise<boolean> {
  return (await readFile(join(dataDir, 'pg_hba.conf'), 'utf8').catch(() => '')) === CLIENT_RULES;
}

/** Lets in our two roles by their passwords and nobody else, from the next start of PostgreSQL on. */
export async function writeClientRules(dataDir: string): Promise<void> {
  const path = join(dataDir, 'pg_hba.conf');
  const half = `${path}.half`;
  await rm(half, { force: true });
  await writeFile(half, CLIENT_RULES, { mode: 0o600, flag: 'wx' });
  if (process.getuid?.() === 0) await chown(half, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
  await rename(half, path);
}

/**
 * Makes the two roles, or gives them these passwords, and gives every table to the owner: whole or not at all.
 *
 * In PostgreSQL's single-user mode, so that no socket is open while nobody has a password: on a new folder, on one of a version that let
 * everybody in as superuser, and on a restored one, whose passwords were kept elsewhere.
 * @throws StorageError `storage-roles`
 */
export async function setUpRoles(
  { native, dataDir, noSync }: OfflineDatabase,
  passwords: DatabasePasswords,
): Promise<void> {
  const args = ['--single', '-j', '-D', dataDir, '-c', 'password_encryption=scram-sha-256', ...(noSync ? ['-F'] : [])];
  const { code, said } = await run(join(native, 'bin', 'postgres'), [...args, DATABASE], rolesBlock(passwords, noSync));
  // Single-user mode ends with 0 whatever a statement did. The statement, which holds the passwords, is not repeated.
  const failure = /^.*(?:ERROR|FATAL|PANIC): +(.*)$/m.exec(said)?.[1];
  if (code !== 0 || failure !== undefined)
    throw new StorageError(
      'storage-roles',
      `Cannot set up the database's roles in ${dataDir}: PostgreSQL ended with ${code} ("${failure ?? 'no reason given'}")`,
    );
}

/** One block, so that a role has its new password only when all the rest was done too. */
function rolesBlock(passwords: DatabasePasswords, makesDatabases: boolean): string {
  const [owner, server] = [passwords.owner, passwords.server].map((text) => pg.escapeLiteral(text));
  return `do $roles$
declare
  wanted text;
  statement text;
begin
  foreach wanted in array array['${OWNER_ROLE}', '${SERVER_ROLE}'] loop
    if not exists (select from pg_roles where rolname = wanted) then execute format('create role %I', wanted); end if;
  end loop;
  alter role ${OWNER_ROLE} login nosuperuser ${makesDatabases ? 'createdb' : 'nocreatedb'} nocreaterole nobypassrls replication password ${owner};
  alter role ${SERVER_ROLE} login nosuperuser nocreatedb nocreaterole nobypassrls noreplication password ${server};
  revoke ${OWNER_ROLE} from ${SERVER_ROLE};
  alter database ${DATABASE} owner to ${OWNER_ROLE};
  grant pg_monitor, pg_checkpoint to ${OWNER_ROLE};
  grant execute on function pg_backup_start(text, boolean), pg_backup_stop(boolean) to ${OWNER_ROLE};
  -- Before there were roles, the superuser made every table. What belongs to a table follows it.
  for statement in
    select format('alter schema %I owner to ${OWNER_ROLE}', nspname) from pg_namespace
      where nspname = 'graphile_worker'
    union all
    select format('alter %s %I.%I owner to ${OWNER_ROLE}', case c.relkind when 'v' then 'view' when 'S' then 'sequence' else 'table' end,
        n.nspname, c.relname)
      from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('public', 'graphile_worker') and c.relkind in ('r', 'p', 'v', 'S')
        and not (c.relkind = 'S' and exists (select from pg_depend d where d.objid = c.oid and d.deptype in ('a', 'i')))
    union all
    select format('alter routine %s owner to ${OWNER_ROLE}', p.oid::regprocedure) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
      where n.nspname in ('public', 'graphile_worker')
    union all
    select format('alter type %s owner to ${OWNER_ROLE}', t.oid::regtype) from pg_type t join pg_namespace n on n.oid = t.typnamespace
      where n.nspname in ('public', 'graphile_worker') and (t.typtype in ('e', 'd', 'r')
        or (t.typtype = 'c' and (select relkind from pg_class where oid = t.typrelid) = 'c'))
  loop
    execute statement;
  end loop;
end $roles$;

`;
}

async function run(program: string, args: string[], input: string): Promise<{ code: number | null; said: string }> {
  const child = spawn(program, args, {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'pipe'],
    env: childEnvironment(),
    ...databaseUser(),
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-20_000);
  });
  child.stdin.on('error', () => {}); // it ended before it read: its code and words tell
  child.stdin.end(input);
  const code = await new Promise<number | null>((done, fail) => {
    child.on('error', fail);
    child.on('close', done);
  });
  return { code, said };
}
