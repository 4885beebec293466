import { sql } from 'kysely';
import type { Actor } from '../audit/index.ts';
import type { Json } from '../base/index.ts';
import type { StixIndicator } from '../formats/stix/index.ts';
import type { Db } from '../storage/index.ts';

/** Rows per statement: a megabyte or so of JSON. */
const BATCH_ROWS = 5000;

export interface SetRow {
  readonly id: string;
  readonly name: string;
  readonly isPrivate: boolean;
  readonly version: number;
}

/** Finds or makes the set of a name and locks it: of two uploads of one name the second waits. */
export async function lockSet(tx: Db, name: string, isPrivate: boolean, now: Date): Promise<SetRow> {
  await sql`insert into indicator_sets (name, is_private, created_at) values (${name}, ${isPrivate}, ${now})
    on conflict (name) do nothing`.execute(tx);
  const { rows } = await sql<SetRow>`select id, name, is_private as "isPrivate", version from indicator_sets
    where name = ${name} for update`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('no set after it was made');
  return row;
}

export async function countSets(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from indicator_sets`.execute(db);
  return rows[0]?.n ?? 0;
}

export async function findSet(db: Db, id: string): Promise<SetRow | undefined> {
  const { rows } =
    await sql<SetRow>`select id, name, is_private as "isPrivate", version from indicator_sets where id = ${id}`.execute(
      db,
    );
  return rows[0];
}

export async function findSets(db: Db): Promise<readonly SetRow[]> {
  const { rows } =
    await sql<SetRow>`select id, name, is_private as "isPrivate", version from indicator_sets order by lower(name), id`.execute(
      db,
    );
  return rows;
}

/** @returns false when it is gone */
export async function deleteSet(tx: Db, id: string): Promise<boolean> {
  const result = await sql`delete from indicator_sets where id = ${id}`.execute(tx);
  return result.numAffectedRows === 1n;
}

/** Digests, in hex, of the rows that are in the set now. */
export async function findDigests(tx: Db, setId: string): Promise<Set<string>> {
  const { rows } = await sql<{ digest: string }>`select encode(digest, 'hex') as digest from indicators
    where set_id = ${setId} and until is null`.execute(tx);
  return new Set(rows.map(({ digest }) => digest));
}

/** Ends rows of the set from a version on. */
export async function endIndicators(tx: Db, setId: string, version: number, digests: readonly string[]): Promise<void> {
  for (let i = 0; i < digests.length; i += BATCH_ROWS) {
    const list = JSON.stringify(digests.slice(i, i + BATCH_ROWS));
    await sql`update indicators set until = ${version} where set_id = ${setId} and until is null
      and digest in (select decode(d, 'hex') from jsonb_array_elements_text(${list}::jsonb) d)`.execute(tx);
  }
}

/** Adds rows to the set from a version on. */
export async function insertIndicators(
  tx: Db,
  setId: string,
  version: number,
  added: readonly { readonly digest: string; readonly indicator: StixIndicator }[],
): Promise<void> {
  for (let i = 0; i < added.length; i += BATCH_ROWS) {
    const list = JSON.stringify(added.slice(i, i + BATCH_ROWS));
    await sql`insert into indicators (set_id, digest, detail, since)
      select ${setId}, decode(r->>'digest', 'hex'), r->'indicator', ${version} from jsonb_array_elements(${list}::jsonb) r`.execute(
      tx,
    );
  }
}

export interface NewVersion {
  readonly setId: string;
  readonly version: number;
  readonly addedBy: Actor;
  readonly fileName: string;
  readonly sha256: Uint8Array;
  readonly indicatorCount: number;
  readonly addedCount: number;
  readonly removedCount: number;
  readonly unsupported: readonly { readonly pattern: string; readonly why: string }[];
  readonly unsupportedCount: number;
}

export async function insertVersion(tx: Db, row: NewVersion, now: Date): Promise<void> {
  await sql`insert into indicator_versions (set_id, version, added_at, added_by, file_name, sha256, indicator_count, added_count,
      removed_count, unsupported, unsupported_count)
    values (${row.setId}, ${row.version}, ${now}, ${JSON.stringify(row.addedBy)}::jsonb, ${row.fileName}, ${Buffer.from(row.sha256)},
      ${row.indicatorCount}, ${row.addedCount}, ${row.removedCount}, ${JSON.stringify(row.unsupported)}::jsonb, ${row.unsupportedCount})`.execute(
    tx,
  );
  await sql`update indicator_sets set version = ${row.version} where id = ${row.setId}`.execute(tx);
}

export interface VersionRow {
  readonly setId: string;
  readonly version: number;
  readonly addedAt: Date;
  readonly addedBy: Json;
  readonly fileName: string;
  readonly sha256: string;
  readonly indicatorCount: number;
  readonly addedCount: number;
  readonly removedCount: number;
  readonly unsupported: readonly { readonly pattern: string; readonly why: string }[];
  readonly unsupportedCount: number;
  readonly huntedThrough: number;
  readonly huntedAt: Date | null;
  readonly foundCount: number;
  readonly deviceCount: number;
  readonly common: readonly string[];
}

const versionColumns = sql`set_id as "setId", version, added_at as "addedAt", added_by as "addedBy", file_name as "fileName",
  encode(sha256, 'hex') as sha256, indicator_count as "indicatorCount", added_count as "addedCount", removed_count as "removedCount",
  unsupported, unsupported_count as "unsupportedCount", hunted_through as "huntedThrough", hunted_at as "huntedAt",
  found_count as "foundCount", device_count as "deviceCount", common`;

/** The latest versions of each set, newest first. */
export async function findVersions(db: Db, most: number): Promise<readonly VersionRow[]> {
  const { rows } = await sql<VersionRow>`select ${versionColumns} from (
      select *, row_number() over (partition by set_id order by version desc) as place from indicator_versions
    ) v where place <= ${most} order by set_id, version desc`.execute(db);
  return rows;
}

/** Reads a version and locks it. */
export async function lockVersion(tx: Db, setId: string, version: number): Promise<VersionRow | undefined> {
  const { rows } = await sql<VersionRow>`select ${versionColumns} from indicator_versions
    where set_id = ${setId} and version = ${version} for update`.execute(tx);
  return rows[0];
}

export async function updateHunt(
  tx: Db,
  { setId, version, huntedThrough, huntedAt, foundCount, deviceCount, common }: VersionRow,
): Promise<void> {
  await sql`update indicator_versions set hunted_through = ${huntedThrough}, hunted_at = ${huntedAt}, found_count = ${foundCount},
    device_count = ${deviceCount}, common = ${JSON.stringify(common)}::jsonb where set_id = ${setId} and version = ${version}`.execute(
    tx,
  );
}

export interface IndicatorRow {
  readonly id: number;
  readonly setId: string;
  readonly detail: StixIndicator;
}

/** The next rows that a version added and that no later one took away. */
export async function findAdded(
  db: Db,
  { setId, version, after, limit }: { setId: string; version: number; after: number; limit: number },
): Promise<readonly IndicatorRow[]> {
  const { rows } = await sql<IndicatorRow>`select id, set_id as "setId", detail from indicators
    where set_id = ${setId} and since = ${version} and until is null and id > ${after} order by id limit ${limit}`.execute(
    db,
  );
  return rows;
}

/** The next rows that are in any set now, or in one. */
export async function findCurrent(
  db: Db,
  { setId, after, limit }: { setId?: string; after: number; limit: number },
): Promise<readonly IndicatorRow[]> {
  const one = setId === undefined ? sql`` : sql`and set_id = ${setId}`;
  const { rows } = await sql<IndicatorRow>`select id, set_id as "setId", detail from indicators
    where until is null ${one} and id > ${after} order by id limit ${limit}`.execute(db);
  return rows;
}

/** What came and went between two versions: counts, and the first of each. */
export async function findDiff(
  db: Db,
  { setId, from, to, limit }: { setId: string; from: number; to: number; limit: number },
): Promise<{
  readonly added: readonly StixIndicator[];
  readonly removed: readonly StixIndicator[];
  readonly addedCount: number;
  readonly removedCount: number;
}> {
  const came = sql`since > ${from} and since <= ${to} and (until is null or until > ${to})`;
  const went = sql`since <= ${from} and until > ${from} and until <= ${to}`;
  const read = async (where: typeof came) => {
    const { rows } = await sql<{
      detail: StixIndicator;
      n: number;
    }>`select detail, count(*) over ()::int as n from indicators
      where set_id = ${setId} and ${where} order by id limit ${limit}`.execute(db);
    return { items: rows.map(({ detail }) => detail), count: rows[0]?.n ?? 0 };
  };
  const [added, removed] = [await read(came), await read(went)];
  return { added: added.items, removed: removed.items, addedCount: added.count, removedCount: removed.count };
}
