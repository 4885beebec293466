import { sql } from 'kysely';
import type { Db } from '../storage/index.ts';

/** Counts what members reported since then of a phone, and of all phones of its person. */
export async function countReports(
  tx: Db,
  { id, ofPerson }: { readonly id: string; readonly ofPerson: readonly string[] },
  since: Date,
): Promise<{ readonly phone: number; readonly person: number }> {
  const { rows } = await sql<{ phone: number; person: number }>`
    select count(*) filter (where device_id = ${id})::int as phone, count(*)::int as person from checks
    where device_id = any(${[...ofPerson]}::uuid[]) and checked_at > ${since} and reported_by->>'role' = 'member'`.execute(
    tx,
  );
  return rows[0] ?? { phone: 0, person: 0 };
}

/** Counts the findings of a phone that are members' word and no trace. */
export async function countMembersOthers(tx: Db, deviceId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from findings
    where device_id = ${deviceId} and source = 'member' and verdict <> 'trace'`.execute(tx);
  return rows[0]?.n ?? 0;
}

export async function countFindingsOf(tx: Db, deviceId: string): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`select count(*)::int as n from findings where device_id = ${deviceId}`.execute(tx);
  return rows[0]?.n ?? 0;
}

/** Deletes the checks of a phone that members, or all others, reported, beyond the newest `keep`; not those that a case names. */
export async function deleteOldChecks(tx: Db, deviceId: string, byMember: boolean, keep: number): Promise<void> {
  await sql`delete from checks where id in (
      select id from checks where device_id = ${deviceId} and (coalesce(reported_by->>'role', 'member') = 'member') = ${byMember}
      order by checked_at desc, id offset ${keep}
    ) and not exists (select 1 from case_notes n where n.check_id = checks.id)`.execute(tx);
}

/** Whether a check of this device was kept since then. */
export async function isFreshCheck(db: Db, checkId: string, deviceId: string, since: Date): Promise<boolean> {
  const { rows } = await sql`select 1 from checks
    where id = ${checkId} and device_id = ${deviceId} and checked_at > ${since}`.execute(db);
  return rows.length > 0;
}
