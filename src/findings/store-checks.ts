import type { Generated } from 'kysely';
import { sql } from 'kysely';
import type { Actor } from '../audit/index.ts';
import type { CheckReport, CheckVerdict } from '../detection/api.ts';
import type { Db } from '../storage/index.ts';
import type { CheckItem } from './api.ts';

type CheckTables = {
  checks: {
    id: Generated<string>;
    device_id: string;
    verdict: CheckVerdict;
    checked_at: Date;
    reported_by: string;
    examined: string;
    finding_count: number;
    examined_count: number;
    unreadable_count: number;
    left_out: Generated<number>;
  };
};

const tables = (db: Db) => db.withTables<CheckTables>();

/** @param leftOut findings of the report that are not kept */
export async function insertCheck(
  tx: Db,
  deviceId: string,
  report: CheckReport,
  actor: Actor,
  now: Date,
  leftOut: number,
): Promise<string> {
  const row = await tables(tx)
    .insertInto('checks')
    .values({
      device_id: deviceId,
      verdict: report.verdict,
      checked_at: now,
      reported_by: JSON.stringify(actor),
      examined: JSON.stringify(report.examined),
      finding_count: report.findings.length,
      examined_count: report.examined.filter(({ status }) => status === 'examined').length,
      unreadable_count: report.examined.filter(({ status }) => status === 'unreadable').length,
      left_out: leftOut,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** When staff last reported a check that was complete and looked at something; what a member reports satisfies no rule. */
export async function findLastCountedCheck(db: Db, deviceIds: readonly string[]): Promise<number | null> {
  const row = await tables(db)
    .selectFrom('checks')
    .select('checked_at')
    .where('device_id', 'in', [...deviceIds])
    .where('verdict', '<>', 'incomplete')
    .where('examined_count', '>', 0)
    .where(sql<boolean>`reported_by->>'role' in ('owner', 'administrator', 'investigator')`)
    .orderBy('checked_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.checked_at.getTime() ?? null;
}

/** The newest 100 checks of these devices. */
export async function findChecks(db: Db, deviceIds: readonly string[]): Promise<CheckItem[]> {
  const rows = await tables(db)
    .selectFrom('checks')
    .selectAll()
    .where(sql<boolean>`device_id = any(${[...deviceIds]}::uuid[])`)
    .orderBy('checked_at', 'desc')
    .limit(100)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    deviceId: row.device_id,
    verdict: row.verdict,
    checkedAtMs: row.checked_at.getTime(),
    findings: row.finding_count,
    examined: row.examined_count,
    unreadable: row.unreadable_count,
    leftOut: row.left_out,
  }));
}
