import type pg from 'pg';
import type { BackupManifest } from './backup-manifest.ts';

/** The last signed head with its public key; a backup carries it. Null before the first signature. */
export async function findAuditHead(session: pg.ClientBase): Promise<BackupManifest['auditHead']> {
  if (!(await tableExists(session, 'audit_heads'))) return null;
  const { rows } = await session.query<{
    seq: string;
    hash: string;
    signed_at: Date;
    signature: string;
    public_key: string;
  }>(
    `select h.seq::text, encode(h.hash, 'hex') as hash, h.signed_at, encode(h.signature, 'hex') as signature,
            translate(encode(k.public_key, 'base64'), E'\\n', '') as public_key
     from audit_heads h cross join audit_keys k order by h.seq desc limit 1`,
  );
  const row = rows[0];
  if (row === undefined) return null;
  return {
    seq: Number(row.seq),
    hash: row.hash,
    signedAt: row.signed_at.toISOString(),
    signature: row.signature,
    publicKey: row.public_key,
  };
}

/** True when the log still holds the entry that the head signed. */
export async function holdsAuditHead(
  session: pg.ClientBase,
  head: { readonly seq: number; readonly hash: string },
): Promise<boolean> {
  const { rowCount } = await session.query(`select 1 from audit_entries where seq = $1 and hash = decode($2, 'hex')`, [
    head.seq,
    head.hash,
  ]);
  return rowCount === 1;
}

/** Names of the migrations that were applied, in order. */
export async function findMigrations(session: pg.ClientBase): Promise<string[]> {
  if (!(await tableExists(session, 'kysely_migration'))) return [];
  const { rows } = await session.query<{ name: string }>('select name from kysely_migration order by name');
  return rows.map((row) => row.name);
}

async function tableExists(session: pg.ClientBase, name: string): Promise<boolean> {
  const { rows } = await session.query<{ there: boolean }>('select to_regclass($1) is not null as there', [name]);
  return rows[0]?.there === true;
}

/** Other client sessions on this database: a running server has some. */
export async function countOtherSessions(session: pg.ClientBase): Promise<number> {
  const { rows } = await session.query<{ n: number }>(
    `select count(*)::int as n from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and usesysid is not null
       -- without pg_monitor the kind of another role's session is not told
       and coalesce(backend_type, 'client backend') = 'client backend'`,
  );
  return rows[0]?.n ?? 0;
}

/** A table to copy: its plain columns (generated ones compute themselves) and the tables that it refers to. */
export interface TableShape {
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly refersTo: readonly string[];
}

/** Every table of ours and of the job queue, without the bookkeeping of migrations, which the target writes itself. */
export async function findTables(session: pg.ClientBase): Promise<readonly TableShape[]> {
  const { rows } = await session.query<TableShape>(
    `select n.nspname as schema, c.relname as name,
       (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
       coalesce((select array_agg(distinct fn.nspname || '.' || f.relname) from pg_constraint k
         join pg_class f on f.oid = k.confrelid join pg_namespace fn on fn.oid = f.relnamespace
         where k.conrelid = c.oid and k.contype = 'f' and k.confrelid <> c.oid), '{}') as "refersTo"
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p') and not c.relispartition and n.nspname in ('public', 'graphile_worker')
       and not (n.nspname = 'public' and c.relname like 'kysely\\_migration%')
       and not (n.nspname = 'graphile_worker' and c.relname in ('migrations', '_private_known_crontabs'))
     order by 1, 2`,
  );
  return rows;
}

/** Sets every identity sequence behind the rows that were copied in. */
export async function advanceSequences(session: pg.ClientBase): Promise<void> {
  await session.query(`do $$
    declare found record;
    begin
      for found in
        select n.nspname, c.relname, a.attname, pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) as seq
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
        where n.nspname in ('public', 'graphile_worker') and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
          and pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname) is not null
      loop
        execute format('select setval(%L, coalesce(max(%I), 0) + 1, false) from %I.%I', found.seq, found.attname, found.nspname, found.relname);
      end loop;
    end $$`);
}

/** Lets go of jobs that a worker held when the backup was made. */
export async function unlockJobs(session: pg.ClientBase): Promise<void> {
  await session.query(
    'update graphile_worker._private_jobs set locked_at = null, locked_by = null where locked_at is not null',
  );
  await session.query(
    'update graphile_worker._private_job_queues set locked_at = null, locked_by = null where locked_at is not null',
  );
}
