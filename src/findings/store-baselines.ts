import { sql } from 'kysely';
import type { BaselineItem } from '../detection/index.ts';
import type { Db } from '../storage/index.ts';

/** What is kept of one kind of things on a phone. */
export interface KeptBaseline {
  readonly kind: BaselineItem['kind'];
  readonly osVersion: string;
  readonly checkedAtMs: number;
  readonly values: readonly string[];
}

/** Reads what the last check under any of these enrolments of one phone left, by kind. */
export async function findBaselines(db: Db, deviceIds: readonly string[]): Promise<readonly KeptBaseline[]> {
  const { rows } = await sql<KeptBaseline>`
    select distinct on (b.kind) b.kind, b.os_version as "osVersion", (extract(epoch from b.checked_at) * 1000)::float8 as "checkedAtMs",
      coalesce((select json_agg(i.value) from baseline_items i where i.device_id = b.device_id and i.kind = b.kind), '[]'::json) as values
    from baselines b where b.device_id = any(${[...deviceIds]}::uuid[]) order by b.kind, b.checked_at desc`.execute(db);
  return rows;
}

/** Reads which of these kinds were kept of a phone, each with its system, the latest first; none of a system that is not known. */
export async function findKeptKinds(
  db: Db,
  deviceIds: readonly string[],
  kinds: readonly BaselineItem['kind'][],
): Promise<readonly Pick<KeptBaseline, 'kind' | 'osVersion' | 'checkedAtMs'>[]> {
  const { rows } = await sql<Pick<KeptBaseline, 'kind' | 'osVersion' | 'checkedAtMs'>>`
    select kind, os_version as "osVersion", (extract(epoch from checked_at) * 1000)::float8 as "checkedAtMs" from baselines
    where device_id = any(${[...deviceIds]}::uuid[]) and kind = any(${[...kinds]}::text[]) and os_version <> ''
    order by checked_at desc`.execute(db);
  return rows;
}

/** Lists all other devices of which this kind was kept for the same system. */
export async function findOthers(
  db: Db,
  deviceIds: readonly string[],
  { kind, osVersion }: Pick<KeptBaseline, 'kind' | 'osVersion'>,
): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select device_id as id from baselines
    where kind = ${kind} and os_version = ${osVersion} and device_id <> all(${[...deviceIds]}::uuid[])`.execute(db);
  return rows.map(({ id }) => id);
}

/** What checks of a phone left here. */
export interface Held {
  readonly checks: number;
  readonly lastCheckAtMs: number | null;
  /** Cases about the phone, and the notes that investigators wrote in them. */
  readonly cases: number;
  readonly notes: number;
  /** When somebody confirmed that it is a different phone than its owner had before. */
  readonly differentPhoneAtMs: number | null;
  readonly findings: readonly {
    readonly value: string;
    readonly artefact: string;
    readonly foundAtMs: number;
    readonly state: 'open' | 'cleared';
  }[];
}

/** Counts what is held of one device's checks; of its findings the newest 200. */
export async function findHeld(db: Db, deviceId: string): Promise<Held> {
  const { rows } = await sql<Held>`select
    (select count(*)::int from checks where device_id = ${deviceId}) as checks,
    (select (extract(epoch from max(checked_at)) * 1000)::float8 from checks where device_id = ${deviceId}) as "lastCheckAtMs",
    (select count(*)::int from cases where device_id = ${deviceId}) as cases,
    (select (extract(epoch from said_at) * 1000)::float8 from another_phones where device_id = ${deviceId}) as "differentPhoneAtMs",
    (select count(*)::int from case_notes n join cases c on c.id = n.case_id where c.device_id = ${deviceId}) as notes,
    coalesce((select json_agg(json_build_object('value', f.detail->>'value', 'artefact', f.detail->>'artefact', 'foundAtMs', floor(extract(epoch from f.found_at) * 1000), 'state', f.state))
      from (select * from findings where device_id = ${deviceId} order by found_at desc limit 200) f), '[]'::json) as findings`.execute(
    db,
  );
  const [held] = rows;
  if (held === undefined) throw new Error('no row of a query without a table');
  return held;
}

/** Puts what a check found of one kind in the place of what the one before did. */
export async function replaceBaseline(
  tx: Db,
  deviceId: string,
  { kind, osVersion, values }: Pick<KeptBaseline, 'kind' | 'osVersion' | 'values'>,
  now: Date,
): Promise<void> {
  await sql`insert into baselines (device_id, kind, os_version, checked_at) values (${deviceId}, ${kind}, ${osVersion}, ${now})
    on conflict (device_id, kind) do update set os_version = excluded.os_version, checked_at = excluded.checked_at`.execute(
    tx,
  );
  await sql`delete from baseline_items where device_id = ${deviceId} and kind = ${kind}`.execute(tx);
  await sql`insert into baseline_items (device_id, kind, value)
    select ${deviceId}, ${kind}, v from unnest(${[...values]}::text[]) v on conflict do nothing`.execute(tx);
}

/** Which values of one kind none of the other devices has. */
export async function findRare(
  db: Db,
  others: readonly string[],
  { kind, values }: Pick<KeptBaseline, 'kind' | 'values'>,
): Promise<readonly string[]> {
  const { rows } = await sql<{ value: string }>`select v as value from unnest(${[...values]}::text[]) v
    where not exists (select 1 from baseline_items i
      where i.kind = ${kind} and i.value = v and i.device_id = any(${[...others]}::uuid[])) order by v`.execute(db);
  return rows.map(({ value }) => value);
}
