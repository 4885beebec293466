import { type Generated, type JSONColumnType, sql } from 'kysely';
import type { Json } from '../base/index.ts';
import type { Db } from '../storage/index.ts';
import type { SealedEntry, SignedHead } from './entry.ts';
import type { LogState } from './log-state.ts';

type AuditTables = {
  audit_entries: {
    id: Generated<string>;
    seq: Generated<number | null>;
    at: Generated<Date>;
    actor: JSONColumnType<object, string, string>;
    action: string;
    object_type: string;
    object_id: string | null;
    detail: JSONColumnType<object, string, string>;
    hash: Generated<Buffer | null>;
  };
  audit_heads: { seq: number; hash: Buffer; signed_at: Date; signature: Buffer };
  audit_keys: { id: number; public_key: Buffer; sealed_private_key: Buffer };
};

const tables = (db: Db) => db.withTables<AuditTables>();

/** An entry as it is inserted, before the sealer gives it its place. */
export interface NewEntry {
  readonly actor: Json;
  readonly action: string;
  readonly objectType: string;
  readonly objectId: string | null;
  readonly detail: Json;
}

export async function insertEntry(tx: Db, entry: NewEntry): Promise<void> {
  await tables(tx)
    .insertInto('audit_entries')
    .values({
      actor: JSON.stringify(entry.actor),
      action: entry.action,
      object_type: entry.objectType,
      object_id: entry.objectId,
      detail: JSON.stringify(entry.detail),
    })
    .execute();
}

/** Microseconds are kept as text: a JavaScript Date would cut them and the hash would differ. */
const atText = sql<string>`to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

interface Row {
  readonly id: string;
  readonly seq: number | null;
  readonly at: string;
  readonly actor: object;
  readonly action: string;
  readonly object_type: string;
  readonly object_id: string | null;
  readonly detail: object;
  readonly hash: Buffer | null;
}

function entryOf(row: Row): Omit<SealedEntry, 'seq' | 'hash'> {
  return {
    id: row.id,
    at: row.at,
    actor: row.actor as Json, // jsonb column
    action: row.action,
    object: { type: row.object_type, id: row.object_id },
    detail: row.detail as Json, // jsonb column
  };
}

const columns = ['id', 'seq', 'actor', 'action', 'object_type', 'object_id', 'detail', 'hash'] as const;

/** Takes the sealer's lock for this transaction; false when another server seals now. */
export async function tryLockSealer(tx: Db): Promise<boolean> {
  const { rows } = await sql<{ locked: boolean }>`select pg_try_advisory_xact_lock(7011) as locked`.execute(tx);
  return rows[0]?.locked === true;
}

export async function findLastSealed(db: Db): Promise<LogState | undefined> {
  const row = await tables(db)
    .selectFrom('audit_entries')
    .select(['seq', 'hash'])
    .where('seq', 'is not', null)
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.seq === null || row === undefined || row.hash === null
    ? undefined
    : { size: row.seq, hash: row.hash.toString('hex') };
}

/** The hash that stands at a place; undefined where there is no sealed entry. */
export async function findHashAt(db: Db, seq: number): Promise<string | undefined> {
  const row = await tables(db).selectFrom('audit_entries').select('hash').where('seq', '=', seq).executeTakeFirst();
  return row?.hash?.toString('hex');
}

/** True once the log tells that a head is kept beside the database: from the first start of a version that does so. */
export async function tellsOfKeptHead(db: Db): Promise<boolean> {
  const { rows } = await sql<{ there: boolean }>`select exists(
    select from audit_entries where action in ('audit.adopted', 'audit.restored', 'audit.accepted')) as there`.execute(
    db,
  );
  return rows[0]?.there === true;
}

export async function findUnsealed(tx: Db, limit: number): Promise<readonly Omit<SealedEntry, 'seq' | 'hash'>[]> {
  const rows = await tables(tx)
    .selectFrom('audit_entries')
    .select([...columns, atText.as('at')])
    .where('seq', 'is', null)
    .orderBy('audit_entries.at')
    .orderBy('id')
    .limit(limit)
    .execute();
  return rows.map((row) => entryOf(row));
}

/** The entry that has waited longest for its place. */
export async function findOldestUnsealed(db: Db): Promise<string | undefined> {
  const [oldest] = await findUnsealed(db, 1);
  return oldest?.id;
}

export async function sealEntries(tx: Db, sealed: readonly { id: string; seq: number; hash: string }[]): Promise<void> {
  await sql`update audit_entries e set seq = v.seq, hash = decode(v.hash, 'hex')
    from unnest(${sealed.map((s) => s.id)}::uuid[], ${sealed.map((s) => s.seq)}::bigint[], ${sealed.map((s) => s.hash)}::text[]) as v(id, seq, hash)
    where e.id = v.id and e.seq is null`.execute(tx);
}

/** What the log is filtered by; each given field must match. */
export interface EntryFilter {
  readonly actorId?: string;
  readonly objectId?: string;
  readonly action?: string;
  readonly beforeSeq?: number;
  readonly afterSeq?: number;
}

/** Sealed entries, newest first, or oldest first with `afterSeq`. */
export async function findEntries(db: Db, filter: EntryFilter, limit: number): Promise<readonly SealedEntry[]> {
  let query = tables(db)
    .selectFrom('audit_entries')
    .select([...columns, atText.as('at')])
    .where('seq', 'is not', null)
    .limit(limit)
    .orderBy('seq', filter.afterSeq === undefined ? 'desc' : 'asc');
  if (filter.beforeSeq !== undefined) query = query.where('seq', '<', filter.beforeSeq);
  if (filter.afterSeq !== undefined) query = query.where('seq', '>', filter.afterSeq);
  if (filter.objectId !== undefined) query = query.where('object_id', '=', filter.objectId);
  if (filter.action !== undefined)
    query = query.where(sql<boolean>`action = ${filter.action} or action like ${`${filter.action}.%`}`);
  if (filter.actorId !== undefined)
    query = query.where(sql<boolean>`${filter.actorId} in (actor->>'personId', actor->>'tokenId', actor->>'deviceId')`);
  const rows = await query.execute();
  return rows.map((row) => ({ ...entryOf(row), seq: row.seq ?? 0, hash: row.hash?.toString('hex') ?? '' }));
}

const PAGE = 1000;

/** Every sealed entry after a place, oldest first, in pages. */
export async function* allEntries(db: Db, afterSeq: number): AsyncGenerator<SealedEntry> {
  for (let after = afterSeq; ; ) {
    const page = await findEntries(db, { afterSeq: after }, PAGE);
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    after = last.seq;
  }
}

/** How many entries tell of any of these people and devices; what a person did herself to something else is not counted. */
export async function countEntriesAbout(db: Db, ids: readonly string[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from audit_entries
    where object_type in ('person', 'device') and object_id = any(${[...ids]}::text[])`.execute(db);
  return rows[0]?.count ?? 0;
}

/**
 * True when the role that the server signs in as could change what is in the log, or take the guard away: then heads that are kept elsewhere are
 * all that shows it.
 */
export async function canRewriteLog(db: Db): Promise<boolean> {
  const { rows } = await sql<{ can: boolean }>`select bool_or(r.rolsuper or r.rolcreaterole
      or pg_has_role(current_user, c.relowner, 'member')
      or has_table_privilege(c.oid, 'delete') or has_table_privilege(c.oid, 'truncate') or has_table_privilege(c.oid, 'trigger')
      or exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        and not (c.relname = 'audit_entries' and a.attname in ('seq', 'hash')) -- which the sealer fills, once
        and has_column_privilege(c.oid, a.attnum, 'update'))) as can
    from pg_class c, pg_roles r where r.rolname = current_user
      and c.relname in ('audit_entries', 'audit_heads', 'audit_keys') and c.relnamespace = 'public'::regnamespace`.execute(
    db,
  );
  return rows[0]?.can !== false;
}

/** Reads from the log, to see that the database answers and its tables are there; throws when not. */
export async function probeLog(db: Db): Promise<void> {
  await sql`select 1 from audit_entries limit 1`.execute(db);
}

export async function insertHead(tx: Db, head: SignedHead): Promise<void> {
  await tables(tx)
    .insertInto('audit_heads')
    .values({
      seq: head.seq,
      hash: Buffer.from(head.hash, 'hex'),
      signed_at: new Date(head.signedAt),
      signature: Buffer.from(head.signature, 'hex'),
    })
    .onConflict((c) => c.column('seq').doNothing())
    .execute();
}

export async function findLastHead(db: Db): Promise<SignedHead | undefined> {
  const row = await tables(db).selectFrom('audit_heads').selectAll().orderBy('seq', 'desc').limit(1).executeTakeFirst();
  return row && headOf(row);
}

/** The head that was signed at a place, if one was. */
export async function findHead(db: Db, seq: number): Promise<SignedHead | undefined> {
  const row = await tables(db).selectFrom('audit_heads').selectAll().where('seq', '=', seq).executeTakeFirst();
  return row && headOf(row);
}

function headOf(row: AuditTables['audit_heads']): SignedHead {
  return {
    seq: row.seq,
    hash: row.hash.toString('hex'),
    signedAt: row.signed_at.toISOString(),
    signature: row.signature.toString('hex'),
  };
}

export async function findKey(db: Db): Promise<{ publicKey: Buffer; sealedPrivateKey: Buffer } | undefined> {
  const row = await tables(db).selectFrom('audit_keys').selectAll().executeTakeFirst();
  return row && { publicKey: row.public_key, sealedPrivateKey: row.sealed_private_key };
}

export async function insertKey(db: Db, publicKey: Uint8Array, sealedPrivateKey: Uint8Array): Promise<void> {
  await tables(db)
    .insertInto('audit_keys')
    .values({ id: 1, public_key: Buffer.from(publicKey), sealed_private_key: Buffer.from(sealedPrivateKey) })
    .onConflict((c) => c.column('id').doNothing())
    .execute();
}
