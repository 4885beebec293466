import { sql } from 'kysely';
import type { Db } from '../storage/index.ts';

/** Reads the sealed key of the index. */
export async function findSightingKey(db: Db): Promise<Uint8Array | undefined> {
  const { rows } = await sql<{ sealed: Buffer }>`select sealed from sighting_key`.execute(db);
  return rows[0]?.sealed;
}

/** Keeps a sealed key where there is none yet; several servers may start at once. */
export async function insertSightingKey(db: Db, sealed: Uint8Array, now: Date): Promise<void> {
  await sql`insert into sighting_key (sealed, created_at) values (${Buffer.from(sealed)}, ${now})
    on conflict do nothing`.execute(db);
}

/** What was last sent for a device. */
export interface SightingDevice {
  readonly id: number;
  readonly digest: Buffer;
  /** False for the row that `lockSightingDevice` has just made. */
  readonly sentBefore: boolean;
}

/** Finds or makes the device's row and locks it: of two uploads for one device the second waits. */
export async function lockSightingDevice(tx: Db, deviceId: string, now: Date): Promise<SightingDevice> {
  const made = await sql`insert into sighting_devices (device_id, digest, value_count, truncated, sent_at)
    values (${deviceId}, ''::bytea, 0, false, ${now}) on conflict (device_id) do nothing`.execute(tx);
  const { rows } = await sql<{ id: number; digest: Buffer }>`select id, digest from sighting_devices
    where device_id = ${deviceId} for update`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('no row of the device after it was made');
  return { ...row, sentBefore: made.numAffectedRows !== 1n };
}

/** What is kept of a phone and of all phones of its person: rows, and uploads since a time. */
export interface SightingUse {
  readonly phone: { readonly rows: number; readonly uploads: number };
  readonly person: { readonly rows: number; readonly uploads: number };
}

export async function readSightingUse(
  tx: Db,
  { id, ofPerson }: { readonly id: string; readonly ofPerson: readonly string[] },
  since: Date,
): Promise<SightingUse> {
  const { rows } = await sql<SightingUse>`
    select json_build_object('rows', coalesce(sum(row_count) filter (where own), 0), 'uploads', coalesce(sum(uploads) filter (where own), 0)) as phone,
      json_build_object('rows', coalesce(sum(row_count), 0), 'uploads', coalesce(sum(uploads), 0)) as person
    from (select s.row_count, s.device_id = ${id} as own, case when s.hour_started_at > ${since} then s.hour_uploads else 0 end as uploads
      from sighting_devices s where s.device_id = any(${[...ofPerson]}::uuid[])) x`.execute(tx);
  return rows[0] ?? { phone: { rows: 0, uploads: 0 }, person: { rows: 0, uploads: 0 } };
}

/** Notes an upload, in the count of the hour that its first one began. */
export async function updateSightingDevice(
  tx: Db,
  id: number,
  sent: {
    digest: Uint8Array;
    count: number;
    truncated: boolean;
    fresh: Readonly<Record<string, number>> | null;
    freshRows: number;
    hourBegan: Date;
  },
  now: Date,
): Promise<void> {
  await sql`update sighting_devices set digest = ${Buffer.from(sent.digest)}, value_count = ${sent.count},
    truncated = ${sent.truncated}, fresh = ${sent.fresh === null ? null : JSON.stringify(sent.fresh)}::jsonb, sent_at = ${now},
    row_count = row_count + ${sent.freshRows},
    hour_uploads = case when hour_started_at > ${sent.hourBegan} then hour_uploads + 1 else 1 end,
    hour_started_at = case when hour_started_at > ${sent.hourBegan} then hour_started_at else ${now} end
    where id = ${id}`.execute(tx);
}

/** Rows of one device, as columns in PostgreSQL's own spelling of arrays: half a million values as objects would be slow. */
export interface SightingColumns {
  readonly hashes: string;
  readonly firstDays: string;
  readonly lastDays: string;
  readonly kinds: string;
}

/**
 * Adds rows or widens them: the earlier first day, the later last one, the stronger evidence. What does not change is not written.
 *
 * @returns how many rows are new, by kind
 */
export async function upsertSightings(
  tx: Db,
  device: number,
  { hashes, firstDays, lastDays, kinds }: SightingColumns,
): Promise<readonly { readonly kind: number; readonly count: number }[]> {
  const { rows } = await sql<{ kind: number; count: number }>`
    with given as materialized (
      select * from unnest(${hashes}::bigint[], ${firstDays}::int[], ${lastDays}::int[], ${kinds}::smallint[]) g (h, first, last, kind)
    ), fresh as materialized (
      select g.kind >> 3 as kind from given g
      left join lateral (select 1 as known from sightings s where s.vhash = g.h and s.device_id = ${device} offset 0) x on true
      where x.known is null
    ), written as (
      insert into sightings as s (vhash, device_id, first, last, kind)
      select h, ${device}, first, last, kind from given
      on conflict (vhash, device_id) do update set
        first = case when s.first = 0 or excluded.first = 0 then greatest(s.first, excluded.first) else least(s.first, excluded.first) end,
        last = greatest(s.last, excluded.last),
        kind = greatest(s.kind, excluded.kind)
      where s.last < excluded.last or s.kind < excluded.kind or (excluded.first <> 0 and (s.first = 0 or excluded.first < s.first))
    )
    select kind::int as kind, count(*)::int as count from fresh group by 1 order by 1`.execute(tx);
  return rows;
}

/** One of the wanted values on one device. */
export interface SightedRow {
  /** Place in the list of wanted values, from 1. */
  readonly n: number;
  readonly deviceId: string;
  readonly first: number;
  readonly last: number;
  readonly kind: number;
}

/**
 * Looks values up in the index of all devices, or of one.
 *
 * In the lateral form with `offset 0`: a plain join makes PostgreSQL read every partition whole (twenty times slower). A test reads the plan.
 */
export async function findSighted(db: Db, hashes: string, deviceId?: string): Promise<readonly SightedRow[]> {
  const { rows } = await sighted(hashes, deviceId).execute(db);
  return rows;
}

/** The plan of `findSighted`, for its test. */
export async function explainSighted(db: Db, hashes: string): Promise<string> {
  const { rows } = await sql<{ 'QUERY PLAN': string }>`explain ${sighted(hashes)}`.execute(db);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

function sighted(hashes: string, deviceId?: string) {
  const one =
    deviceId === undefined
      ? sql``
      : sql` and s.device_id = (select id from sighting_devices where device_id = ${deviceId})`;
  return sql<SightedRow>`select v.n::int as n, d.device_id as "deviceId", x.first, x.last, x.kind
    from unnest(${hashes}::bigint[]) with ordinality v (h, n)
    cross join lateral (select s.device_id, s.first, s.last, s.kind from sightings s where s.vhash = v.h${one} offset 0) x
    join sighting_devices d on d.id = x.device_id
    order by 1, 2`;
}

/** Counts what is kept of one device: hashes of addresses, programs and files that stood on it. */
export async function countSightings(db: Db, deviceId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select row_count as n from sighting_devices
    where device_id = ${deviceId}`.execute(db);
  return rows[0]?.n ?? 0;
}

/** Counts devices whose index is kept. */
export async function countSightingDevices(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from sighting_devices`.execute(db);
  return rows[0]?.n ?? 0;
}
