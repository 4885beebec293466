import type { Generated } from 'kysely';
import { sql } from 'kysely';
import type { Actor } from '../audit/index.ts';
import type { CheckReport, CheckVerdict, ReportFinding } from '../detection/api.ts';
import { artefactName } from '../detection/report/index.ts';
import type { Db } from '../storage/index.ts';
import type { CheckItem, FindingItem, FindingReport } from './api.ts';

type ThreatTables = {
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
  };
  findings: {
    id: Generated<string>;
    device_id: string;
    report_id: string;
    state: 'open' | 'cleared';
    level: ReportFinding['level'];
    verdict: ReportFinding['verdict'];
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
  };
};

const tables = (db: Db) => db.withTables<ThreatTables>();

export async function insertCheck(
  tx: Db,
  deviceId: string,
  report: CheckReport,
  actor: Actor,
  now: Date,
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
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

const VERDICTS: readonly ReportFinding['verdict'][] = ['weakness', 'unusual', 'trace'];
const LEVELS: readonly ReportFinding['level'][] = ['info', 'low', 'medium', 'high', 'critical'];
const EVIDENCE: readonly ReportFinding['evidence'][] = [
  'structure',
  'received',
  'visited',
  'connected',
  'permitted',
  'present',
  'executed',
];

/** Keeps a finding; a known one is only ever raised, and a cleared one that comes back worse is open again. */
export async function upsertFinding(
  tx: Db,
  deviceId: string,
  {
    finding,
    reportId,
    reported,
  }: { readonly finding: ReportFinding; readonly reportId: string; readonly reported: FindingReport },
  now: Date,
): Promise<{ id: string; fresh: boolean; worse: boolean; reopened: boolean }> {
  const fresh = await tables(tx)
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
  if (fresh !== undefined) return { id: fresh.id, fresh: true, worse: false, reopened: false };
  const row = await tables(tx)
    .selectFrom('findings')
    .selectAll()
    .where('device_id', '=', deviceId)
    .where('report_id', '=', reportId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  const kept = row.detail as unknown as ReportFinding; // jsonb, validated as ReportFinding before it was inserted
  const verdict = VERDICTS.indexOf(finding.verdict) - VERDICTS.indexOf(row.verdict);
  const level = LEVELS.indexOf(finding.level) - LEVELS.indexOf(row.level);
  const evidence = EVIDENCE.indexOf(finding.evidence) - EVIDENCE.indexOf(kept.evidence);
  const worse = verdict > 0 || level > 0 || (verdict === 0 && level === 0 && evidence > 0);
  const replaces = (verdict || level || evidence) > 0;
  const reopened = worse && row.state === 'cleared';
  await tables(tx)
    .updateTable('findings')
    .set({
      last_seen_at: now,
      ...(verdict > 0 ? { verdict: finding.verdict } : {}),
      ...(level > 0 ? { level: finding.level } : {}),
      ...(replaces
        ? {
            detail: JSON.stringify(finding),
            happened_at: finding.at === null ? null : new Date(finding.at),
            reported: JSON.stringify(reported),
          }
        : {}),
      ...(reopened
        ? { state: 'open' as const, cleared_by: null, cleared_at: null, reason: null, cleared_alone: false }
        : {}),
    })
    .where('id', '=', row.id)
    .execute();
  return { id: row.id, fresh: false, worse, reopened };
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
  }));
}

export interface FindingFilter {
  readonly id?: string;
  readonly deviceId?: string;
  readonly deviceIds?: readonly string[];
  readonly state?: 'open' | 'cleared';
  readonly verdict?: ReportFinding['verdict'];
  readonly caseId?: string;
  /** Of no case, and of this artefact. */
  readonly looseOf?: string;
}

export async function findFindings(db: Db, filter: FindingFilter, limit: number): Promise<FindingItem[]> {
  let query = tables(db).selectFrom('findings').selectAll();
  if (filter.id !== undefined) query = query.where('id', '=', filter.id);
  if (filter.deviceId !== undefined) query = query.where('device_id', '=', filter.deviceId);
  if (filter.deviceIds !== undefined) query = query.where('device_id', 'in', [...filter.deviceIds]);
  if (filter.state !== undefined) query = query.where('state', '=', filter.state);
  if (filter.verdict !== undefined) query = query.where('verdict', '=', filter.verdict);
  if (filter.caseId !== undefined) query = query.where('case_id', '=', filter.caseId);
  if (filter.looseOf !== undefined)
    query = query.where('case_id', 'is', null).where(sql<boolean>`detail->>'artefact' = ${filter.looseOf}`);
  const rows = await query.orderBy('found_at', 'desc').orderBy('id').limit(limit).execute();
  return rows.map((row) => {
    const detail = row.detail as unknown as ReportFinding; // jsonb, validated as ReportFinding before it was inserted
    const { indicator } = detail;
    return {
      id: row.id,
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
      caseId: row.case_id,
      clearedAlone: row.cleared_alone,
    };
  });
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

const MAX_TITLE_CHARS = 160;

/** Of what matched an indicator whose it is and what it did; of all else the first sentence of the explanation. */
function titleOf({ indicator, evidence, artefact, explanation }: ReportFinding): string {
  if (indicator === null) {
    const sentence = (explanation.split(/(?<=[.:;!?])\s/, 1)[0] ?? '').replace(/[.:;]$/, '');
    return sentence.slice(0, MAX_TITLE_CHARS) || `Unusual: ${artefactName(artefact)}`;
  }
  const what = {
    executed: 'ran',
    present: 'is present',
    permitted: 'has permissions',
    visited: 'was visited',
    connected: 'was contacted',
    received: 'was received',
    structure: 'is mentioned',
  }[evidence];
  const kind = Object.entries(THINGS).find(([start]) => indicator.type.startsWith(start));
  return `${indicator.collection}: ${kind?.[1] ?? 'address'} ${what}`;
}

/** What an indicator is of, by the beginning of its type; all others are of addresses. */
const THINGS: Readonly<Record<string, string>> = {
  'process:': 'process',
  'file:': 'file',
  'configuration-profile:': 'profile',
  'app:id': 'app',
  'app:cert': "certificate of an app's maker",
  'android-property:': 'system setting',
};
