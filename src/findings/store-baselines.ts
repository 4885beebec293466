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

/** One phone under whatever enrolments: by what it calls itself, where that is known. */
const PHONE = sql`coalesce(d.platform || ':' || d.native_id, d.id::text)`;

/** With how many other phones of the same system a phone's last checks can be compared, the most first; none where nothing was kept. */
export async function findFleet(
  db: Db,
  deviceIds: readonly string[],
  kinds: readonly BaselineItem['kind'][],
): Promise<{ readonly osVersion: string; readonly phones: number } | undefined> {
  const own = sql`${[...deviceIds]}::uuid[]`;
  const { rows } = await sql<{ osVersion: string; phones: number }>`
    select b.os_version as "osVersion", (select count(distinct ${PHONE})::int from baselines o join devices d on d.id = o.device_id
      where o.kind = b.kind and o.os_version = b.os_version and o.device_id <> all(${own})) as phones
    from baselines b where b.device_id = any(${own}) and b.kind = any(${[...kinds]}::text[]) and b.os_version <> ''
    order by b.checked_at desc, phones desc limit 1`.execute(db);
  return rows[0];
}

/** What checks of a phone left here. */
export interface Held {
  readonly checks: number;
  readonly lastCheckAtMs: number | null;
  /** Of addresses, programs and files that stood on the phone. */
  readonly hashes: number;
  /** Cases about the phone, and the notes that investigators wrote in them. */
  readonly cases: number;
  readonly notes: number;
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
    coalesce((select row_count from sighting_devices where device_id = ${deviceId}), 0) as hashes,
    (select count(*)::int from cases where device_id = ${deviceId}) as cases,
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

/**
 * Which values of one kind no other phone with the same system has.
 *
 * @returns with how many phones they were compared
 */
export async function findRare(
  db: Db,
  deviceIds: readonly string[],
  { kind, osVersion, values }: Pick<KeptBaseline, 'kind' | 'osVersion' | 'values'>,
): Promise<{ readonly phones: number; readonly rare: readonly string[] }> {
  const others = sql`select device_id from baselines
    where kind = ${kind} and os_version = ${osVersion} and device_id <> all(${[...deviceIds]}::uuid[])`;
  const { rows } = await sql<{ phones: number; rare: string[] }>`
    select (select count(distinct ${PHONE})::int from devices d where d.id in (${others})) as phones,
      array(select v from unnest(${[...values]}::text[]) v where not exists (
        select 1 from baseline_items i where i.kind = ${kind} and i.value = v and i.device_id in (${others})) order by v) as rare`.execute(
    db,
  );
  return rows[0] ?? { phones: 0, rare: [] };
}
