import { createHash } from 'node:crypto';
import type { ExpressionBuilder, Generated } from 'kysely';
import { sql } from 'kysely';
import { canonicalJson, type Json } from '../base/index.ts';
import type { ReportFinding } from '../detection/api.ts';
import type { Db } from '../storage/index.ts';
import type { FindingItem, FindingReport, FindingSource } from './api.ts';
import { titleOf } from './title-of.ts';

type FindingTables = {
  findings: {
    id: Generated<string>;
    device_id: string;
    report_id: string;
    state: 'open' | 'cleared';
    level: ReportFinding['level'];
    verdict: ReportFinding['verdict'];
    /** By verdict and level, worst highest; written by the database. */
    weight: Generated<number>;
    detail: string;
    happened_at: Date | null;
    found_at: Date;
    last_seen_at: Date;
    cleared_by: string | null;
    cleared_at: Date | null;
    reason: string | null;
    case_id: string | null;
    cleared_alone: Generated<boolean>;
    reported: string | null;
    /** Whose word it is, by `reported`; written by the database. Null for what was found before that was kept. */
    source: Generated<FindingSource | null>;
    told_again_at: Date | null;
    review: 'evidence' | 'owner' | null;
  };
};

const tables = (db: Db) => db.withTables<FindingTables>();

/** A finding as it is kept, locked. */
export interface KeptFinding {
  readonly id: string;
  readonly reportId: string;
  readonly state: 'open' | 'cleared';
  readonly source: FindingSource | null;
  readonly verdict: ReportFinding['verdict'];
  readonly level: ReportFinding['level'];
  readonly evidence: ReportFinding['evidence'];
  readonly clearedBy: string | null;
  readonly caseId: string | null;
  readonly toldAgainAt: Date | null;
}

/** The findings of a device that have one of these ids, locked. */
export async function lockFindings(
  tx: Db,
  deviceId: string,
  reportIds: readonly string[],
): Promise<readonly KeptFinding[]> {
  const rows = await tables(tx)
    .selectFrom('findings')
    .selectAll()
    .where('device_id', '=', deviceId)
    .where('report_id', 'in', [...reportIds])
    .orderBy('id')
    .forUpdate()
    .execute();
  return rows.map((row) => ({
    id: row.id,
    reportId: row.report_id,
    state: row.state,
    source: row.source,
    verdict: row.verdict,
    level: row.level,
    evidence: detailOf(row.detail).evidence,
    clearedBy: row.cleared_by,
    caseId: row.case_id,
    toldAgainAt: row.told_again_at,
  }));
}

/** What a report says of a finding. */
export interface FoundOnce {
  readonly finding: ReportFinding;
  readonly reportId: string;
  readonly reported: FindingReport;
}

/** @returns the id of the new row; undefined when the device has a finding of this id */
export async function insertFinding(
  tx: Db,
  deviceId: string,
  { finding, reportId, reported }: FoundOnce,
  now: Date,
): Promise<string | undefined> {
  const row = await tables(tx)
    .insertInto('findings')
    .values({
      device_id: deviceId,
      report_id: reportId,
      state: 'open',
      level: finding.level,
      verdict: finding.verdict,
      detail: JSON.stringify(finding),
      happened_at: finding.at === null ? null : new Date(finding.at),
      found_at: now,
      last_seen_at: now,
      reported: JSON.stringify(reported),
    })
    .onConflict((conflict) => conflict.columns(['device_id', 'report_id']).doNothing())
    .returning('id')
    .executeTakeFirst();
  return row?.id;
}

/** Notes that a finding was seen again, as no worse than it is kept. */
export async function touchFinding(tx: Db, id: string, now: Date): Promise<void> {
  await tables(tx).updateTable('findings').set({ last_seen_at: now }).where('id', '=', id).execute();
}

/** Writes what a later report says of a finding over it; `reopen` makes a cleared one open again. */
export async function replaceFinding(
  tx: Db,
  id: string,
  { finding, reportId, reported }: FoundOnce,
  {
    verdict,
    level,
    reopen,
  }: {
    readonly verdict: ReportFinding['verdict'];
    readonly level: ReportFinding['level'];
    readonly reopen: boolean;
  },
  now: Date,
): Promise<void> {
  await tables(tx)
    .updateTable('findings')
    .set({
      report_id: reportId,
      verdict,
      level,
      detail: JSON.stringify(finding),
      happened_at: finding.at === null ? null : new Date(finding.at),
      reported: JSON.stringify(reported),
      last_seen_at: now,
      ...(reopen
        ? { state: 'open' as const, cleared_by: null, cleared_at: null, reason: null, cleared_alone: false }
        : {}),
    })
    .where('id', '=', id)
    .execute();
}

/** Notes that who cleared a finding was told that it came again. */
export async function setToldAgain(tx: Db, id: string, now: Date): Promise<void> {
  await tables(tx).updateTable('findings').set({ told_again_at: now }).where('id', '=', id).execute();
}

export interface FindingFilter {
  readonly id?: string | undefined;
  readonly deviceIds?: readonly string[] | undefined;
  readonly state?: 'open' | 'cleared' | undefined;
  readonly verdict?: ReportFinding['verdict'] | undefined;
  readonly level?: ReportFinding['level'] | undefined;
  readonly source?: FindingSource | undefined;
  readonly caseId?: string | undefined;
  /** Of no case, and of this artefact. */
  readonly looseOf?: string | undefined;
  /** The last finding of the page before. */
  readonly after?: FindingPlace | undefined;
}

/** Where a finding stands in the list. */
export interface FindingPlace {
  readonly weight: number;
  /** Microseconds since 1970, which a Date does not hold. */
  readonly foundAtUs: number;
  readonly id: string;
}

/** Findings, worst first; of equal weight the newest first. `place` leads to the page after. */
export async function findFindings(
  db: Db,
  filter: FindingFilter,
  limit: number,
): Promise<(FindingItem & { readonly place: FindingPlace })[]> {
  const { after } = filter;
  let query = tables(db)
    .selectFrom('findings')
    .selectAll()
    .select(sql<number>`(extract(epoch from found_at) * 1000000)::bigint`.as('found_at_us'));
  if (filter.id !== undefined) query = query.where('id', '=', filter.id);
  if (filter.deviceIds !== undefined) query = query.where('device_id', 'in', [...filter.deviceIds]);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.verdict !== undefined) query = query.where('verdict', '=', filter.verdict);
  if (filter.level !== undefined) query = query.where('level', '=', filter.level);
  if (filter.source !== undefined) query = query.where('source', '=', filter.source);
  if (filter.caseId !== undefined) query = query.where('case_id', '=', filter.caseId);
  if (filter.looseOf !== undefined)
    query = query.where('case_id', 'is', null).where(sql<boolean>`detail->>'artefact' = ${filter.looseOf}`);
  if (after !== undefined) query = query.where((row) => comesAfter(row, after));
  const rows = await query.orderBy('weight', 'desc').orderBy('found_at', 'desc').orderBy('id').limit(limit).execute();
  return rows.map((row) => {
    const detail = detailOf(row.detail);
    const { indicator } = detail;
    return {
      id: row.id,
      hash: hashOf(row),
      deviceId: row.device_id,
      state: row.state,
      level: row.level,
      verdict: row.verdict,
      kind: detail.kind,
      evidence: detail.evidence,
      title: titleOf(detail),
      value: detail.value,
      collection: indicator?.collection ?? null,
      indicator:
        indicator === null
          ? null
          : { id: indicator.id, type: indicator.type, value: indicator.value, source: indicator.source },
      artefact: detail.artefact,
      path: detail.path,
      locator: detail.locator,
      explanation: detail.explanation,
      happenedAtMs: row.happened_at?.getTime() ?? null,
      foundAtMs: row.found_at.getTime(),
      lastSeenAtMs: row.last_seen_at.getTime(),
      clearedBy: row.cleared_by,
      clearedAtMs: row.cleared_at?.getTime() ?? null,
      reason: row.reason,
      reported: row.reported as unknown as FindingReport | null, // jsonb, written as FindingReport
      source: row.source,
      review: row.review,
      caseId: row.case_id,
      clearedAlone: row.cleared_alone,
      place: { weight: row.weight, foundAtUs: row.found_at_us, id: row.id },
    };
  });
}

function comesAfter(row: ExpressionBuilder<FindingTables, 'findings'>, { weight, foundAtUs, id }: FindingPlace) {
  const at = sql<Date>`to_timestamp(0) + ${foundAtUs}::bigint * interval '1 microsecond'`;
  return row.or([
    row('weight', '<', weight),
    row.and([row('weight', '=', weight), row('found_at', '<', at)]),
    row.and([row('weight', '=', weight), row('found_at', '=', at), row('id', '>', id)]),
  ]);
}

/** The open traces of a case, locked, by id. */
export async function lockOpenTraces(tx: Db, caseId: string): Promise<ReadonlyMap<string, { readonly hash: string }>> {
  const rows = await tables(tx)
    .selectFrom('findings')
    .selectAll()
    .where('case_id', '=', caseId)
    .where('state', '=', 'open')
    .where('verdict', '=', 'trace')
    .orderBy('id')
    .forUpdate()
    .execute();
  return new Map(rows.map((row) => [row.id, { hash: hashOf(row) }]));
}

/** What the findings of a device, open and cleared, say of indicators. */
export async function findIndicatorEvidence(
  db: Db,
  deviceId: string,
): Promise<readonly { type: string; value: string; evidence: string; verdict: string }[]> {
  const { rows } = await sql<{ type: string; value: string; evidence: string; verdict: string }>`
    select detail->'indicator'->>'type' as type, detail->'indicator'->>'value' as value, detail->>'evidence' as evidence, verdict
    from findings where device_id = ${deviceId} and detail->>'kind' = 'indicator' limit 10000`.execute(db);
  return rows;
}

/** @returns false when the finding is not open */
export async function setCleared(tx: Db, id: string, personId: string, reason: string, now: Date): Promise<boolean> {
  const result = await tables(tx)
    .updateTable('findings')
    .set({ state: 'cleared', cleared_by: personId, cleared_at: now, reason, cleared_alone: true })
    .where('id', '=', id)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** @returns false when it is open */
export async function setOpenAgain(tx: Db, id: string): Promise<boolean> {
  const result = await tables(tx)
    .updateTable('findings')
    .set({ state: 'open', cleared_by: null, cleared_at: null, reason: null, cleared_alone: false })
    .where('id', '=', id)
    .where('state', '=', 'cleared')
    .executeTakeFirst();
  return result.numUpdatedRows === 1n;
}

/** SHA-256 of all that a person reads of a finding before she clears it, hex: what changes since has another. */
function hashOf({ verdict, level, detail }: { verdict: string; level: string; detail: string }): string {
  const read = { verdict, level, detail: detail as unknown as Json }; // jsonb
  return createHash('sha256').update(canonicalJson(read)).digest('hex');
}

function detailOf(detail: string): ReportFinding {
  return detail as unknown as ReportFinding; // jsonb, validated as ReportFinding before it was inserted
}
