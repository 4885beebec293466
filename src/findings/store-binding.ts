import { sql } from 'kysely';
import type { ReportFinding } from '../detection/api.ts';
import type { Db } from '../storage/index.ts';
import type { FindingSource } from './api.ts';

/** An open trace of an enrolment. */
export interface TraceRow {
  readonly id: string;
  readonly deviceId: string;
  readonly foundAt: Date;
  readonly source: FindingSource | null;
  readonly detail: ReportFinding;
}

/** Which open traces of an enrolment are asked for. */
export interface TracesAsked {
  readonly deviceId: string;
  /** Those alone that staff reported, or whose review is open. */
  readonly ofStaff: boolean;
  /** Those alone that were found before; null for all. */
  readonly foundBefore: Date | null;
}

/**
 * Open traces as they are asked for, worst first; each enrolment gives at most `limit`, so that none hides another's, and what is not asked
 * for takes no place: whoever reports a heap of worse ones hides nothing.
 */
export async function findOpenTraces(
  db: Db,
  asked: readonly TracesAsked[],
  limit: number,
): Promise<readonly TraceRow[]> {
  const ids = asked.map(({ deviceId }) => deviceId);
  const ofStaff = asked.map((each) => each.ofStaff);
  const before = asked.map(({ foundBefore }) => foundBefore);
  const { rows } = await sql<TraceRow>`select f.*
    from unnest(${ids}::uuid[], ${ofStaff}::boolean[], ${before}::timestamptz[]) as a (id, of_staff, before) cross join lateral (
      select id, device_id as "deviceId", found_at as "foundAt", source, detail, weight
      from findings where device_id = a.id and state = 'open' and verdict = 'trace'
        and (not a.of_staff or source = 'staff' or review is not null) and (a.before is null or found_at < a.before)
      order by weight desc, found_at desc, id limit ${limit}
    ) f order by f.weight desc, f."foundAt" desc, f.id`.execute(db);
  return rows;
}

/** What staff said of an enrolment: another phone than its person had before. */
export interface AnotherPhone {
  readonly saidBy: string | null;
  readonly saidAt: Date;
  readonly reason: string;
}

export async function findAnotherPhone(db: Db, deviceId: string): Promise<AnotherPhone | undefined> {
  const { rows } = await sql<AnotherPhone>`select said_by as "saidBy", said_at as "saidAt", reason from another_phones
    where device_id = ${deviceId}`.execute(db);
  return rows[0];
}

/** @returns false when it was said before */
export async function insertAnotherPhone(
  tx: Db,
  deviceId: string,
  { personId, reason }: { readonly personId: string; readonly reason: string },
  now: Date,
): Promise<boolean> {
  const result = await sql`insert into another_phones (device_id, said_by, said_at, reason)
    values (${deviceId}, ${personId}, ${now}, ${reason}) on conflict do nothing`.execute(tx);
  return result.numAffectedRows === 1n;
}

/** Open traces after an id that no review was opened for, in the order of their ids. */
export async function findUnreviewedTraces(tx: Db, after: string, limit: number): Promise<readonly TraceRow[]> {
  const { rows } = await sql<TraceRow>`select id, device_id as "deviceId", found_at as "foundAt", source, detail
    from findings where state = 'open' and verdict = 'trace' and review is null and id > ${after} order by id limit ${limit} for update`.execute(
    tx,
  );
  return rows;
}

export async function setReview(tx: Db, id: string, review: 'evidence' | 'owner'): Promise<void> {
  await sql`update findings set review = ${review} where id = ${id}`.execute(tx);
}

/** The rules that judged the open traces last; 0 where none did. */
export async function lockJudgedBy(tx: Db): Promise<number> {
  await sql`insert into judged_by (rules) values (0) on conflict do nothing`.execute(tx);
  const { rows } = await sql<{ rules: number }>`select rules from judged_by for update`.execute(tx);
  return rows[0]?.rules ?? 0;
}

export async function setJudgedBy(tx: Db, rules: number): Promise<void> {
  await sql`update judged_by set rules = ${rules}`.execute(tx);
}
