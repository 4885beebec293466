import { sql } from 'kysely';
import pg from 'pg';
import { type Db, transaction } from './database.ts';
import { StorageError } from './storage-error.ts';

/** One server at a time states what the role may do: two at once would trip over the same row of the catalogue. */
const LOCK = 7014;

/** Tables to which rows are added, and from which none is changed or taken away; what else must be written there is named by column. */
const APPEND_ONLY = /^audit_/;
const COLUMN_RIGHTS: Readonly<Record<string, string>> = {
  // Neither time nor place are the writer's to choose; only the sealer fills the place, once.
  audit_entries: 'insert (actor, action, object_type, object_id, detail), update (seq, hash)',
};
/** What migrations have done is their owner's alone to say; the queue reads its own. */
const BOOKKEEPING = /^(public\.kysely_migration.*|graphile_worker\.migrations)$/;

interface Table {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'table' | 'sequence';
  /** True when rows are hidden from all but the owner unless a policy shows them, as the job queue's are. */
  readonly needsPolicy: boolean;
}

/**
 * Says anew what the server's role may do, after the migrations and as the owner of the tables: read and write rows, and to the audit log
 * add and nothing more. A table that a later migration makes is covered by the next start.
 *
 * @param server the role that the server signs in as; nothing is done where it is the owner's own
 * @throws StorageError `storage-roles` where the tables belong to another role than `owner` signs in as
 */
export async function grantServer(owner: Db, server: Db): Promise<void> {
  const [ownerRole, serverRole] = [await currentRole(owner), await currentRole(server)];
  if (ownerRole === serverRole) return;
  try {
    await transaction(owner, async (tx) => {
      await sql`select pg_advisory_xact_lock(${LOCK})`.execute(tx);
      for (const statement of statementsFor(serverRole, await findTables(tx, serverRole)))
        await sql.raw(statement).execute(tx);
    });
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== '42501') throw error; // insufficient_privilege
    throw new StorageError(
      'storage-roles',
      `Give PAVISE_MIGRATION_URL the role that owns the tables, and DATABASE_URL another one: ${ownerRole} may not say what ${serverRole} may do (${error.message})`,
    );
  }
}

async function currentRole(db: Db): Promise<string> {
  const { rows } = await sql<{ role: string }>`select current_user as role`.execute(db);
  return rows[0]?.role ?? '';
}

function statementsFor(role: string, tables: readonly Table[]): string[] {
  const to = pg.escapeIdentifier(role);
  const statements = ['public', 'graphile_worker'].flatMap((schema) => [
    `revoke all on all tables in schema ${schema} from public, ${to}`,
    `revoke all on all sequences in schema ${schema} from public, ${to}`,
    `revoke create on schema ${schema} from public, ${to}`,
    `grant usage on schema ${schema} to ${to}`,
  ]);
  for (const { schema, name, kind, needsPolicy } of tables) {
    const table = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`;
    statements.push(`grant ${rightsOn(schema, name, kind)} on ${kind} ${table} to ${to}`);
    if (needsPolicy) statements.push(`create policy ${to} on ${table} to ${to} using (true) with check (true)`);
  }
  return statements;
}

function rightsOn(schema: string, name: string, kind: Table['kind']): string {
  if (kind === 'sequence') return 'usage';
  if (BOOKKEEPING.test(`${schema}.${name}`)) return 'select';
  if (schema !== 'public' || !APPEND_ONLY.test(name)) return 'select, insert, update, delete';
  return `select, ${COLUMN_RIGHTS[name] ?? 'insert'}`;
}

async function findTables(tx: Db, role: string): Promise<readonly Table[]> {
  const { rows } = await sql<Table>`select n.nspname as schema, c.relname as name,
      case c.relkind when 'S' then 'sequence' else 'table' end as kind,
      c.relrowsecurity and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = ${role}) as "needsPolicy"
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('public', 'graphile_worker') and c.relkind in ('r', 'p', 'v', 'S')
    order by 1, 2`.execute(tx);
  return rows;
}
