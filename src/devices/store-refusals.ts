import { sql } from 'kysely';
import type { Db } from '../storage/index.ts';

/** What kind of place a refusal came from; `gateway`: a report that the Android Management API gave. */
export type RefusalPlace = 'this-machine' | 'private-network' | 'internet' | 'gateway';

/** A reason for which messages of one phone were refused; `deviceId` is null where nothing proves whose they are. */
export interface NewRefusal {
  readonly deviceId: string | null;
  readonly code: string;
  readonly why: string;
  readonly place: RefusalPlace;
  readonly firstAt: Date;
  readonly lastAt: Date;
  readonly count: number;
}

export interface RefusalRow extends NewRefusal {
  readonly deviceName: string | null;
}

/** Adds to what is known of each reason; a device that was removed meanwhile is passed over. */
export async function addRefusals(db: Db, refusals: readonly NewRefusal[]): Promise<void> {
  await sql`insert into devices_refusals (device_id, code, why, place, first_at, last_at, count)
    select r."deviceId", r.code, r.why, r.place, r."firstAt", r."lastAt", r.count
    from json_to_recordset(${JSON.stringify(refusals)}::json)
      as r("deviceId" uuid, code text, why text, place text, "firstAt" timestamptz, "lastAt" timestamptz, count bigint)
    where r."deviceId" is null or exists (select from devices d where d.id = r."deviceId")
    on conflict (device_id, code, place) do update set why = excluded.why, last_at = excluded.last_at,
      count = devices_refusals.count + excluded.count`.execute(db);
}

/** The newest reasons, of one device when given. */
export async function findRefusals(
  db: Db,
  deviceId: string | undefined,
  limit: number,
): Promise<readonly RefusalRow[]> {
  const { rows } =
    await sql<RefusalRow>`select r.device_id as "deviceId", d.name as "deviceName", r.code, r.why, r.place,
      r.first_at as "firstAt", r.last_at as "lastAt", r.count::int as count
    from devices_refusals r left join devices d on d.id = r.device_id
    where ${deviceId ?? null}::uuid is null or r.device_id = ${deviceId ?? null}
    order by r.last_at desc, r.code limit ${limit}`.execute(db);
  return rows;
}
