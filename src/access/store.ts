import { createHash } from 'node:crypto';
import { type Selectable, sql } from 'kysely';
import type { Db } from '../storage/index.ts';
import type { AccessState, ReasonView, Rules } from './api.ts';

type AccessTables = {
  access_rules: { version: number; body: unknown; created_at: Date };
  access_documents: { sha256: string; body: string };
  access_decisions: {
    id: string;
    at: Date;
    person_id: string | null;
    device_id: string | null;
    action: string;
    attributes: unknown;
    allow: boolean;
    state: AccessState;
    reasons: unknown;
    posture_sha256: string;
    rules_sha256: string;
    continues: string | null;
  };
};

const tables = (db: Db) => db.withTables<AccessTables>();

export async function findRules(db: Db): Promise<{ version: number; rules: Rules } | undefined> {
  const row = await tables(db)
    .selectFrom('access_rules')
    .selectAll()
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && { version: row.version, rules: row.body as Rules }; // checked by RulesBody before it was written
}

export async function insertRules(tx: Db, version: number, rules: Rules, nowMs: number): Promise<void> {
  await tables(tx)
    .insertInto('access_rules')
    .values({ version, body: JSON.stringify(rules), created_at: new Date(nowMs) })
    .execute();
}

/** The hex SHA-256 that a document is kept under. */
export function documentSha256(body: string): string {
  return createHash('sha256').update(body, 'utf8').digest('hex');
}

/** Keeps a document once and returns its hex SHA-256. */
export async function keepDocument(tx: Db, body: string): Promise<string> {
  const sha256 = documentSha256(body);
  await tables(tx)
    .insertInto('access_documents')
    .values({ sha256, body })
    .onConflict((c) => c.column('sha256').doNothing())
    .execute();
  return sha256;
}

export async function findDocument(db: Db, sha256: string): Promise<string | undefined> {
  const row = await tables(db)
    .selectFrom('access_documents')
    .select('body')
    .where('sha256', '=', sha256)
    .executeTakeFirst();
  return row?.body;
}

/** A decision as it was made. */
export interface StoredDecision {
  readonly id: string;
  readonly atMs: number;
  readonly personId: string | null;
  readonly deviceId: string | null;
  readonly action: string;
  readonly attributes: readonly string[];
  readonly allow: boolean;
  readonly state: AccessState;
  readonly reasons: readonly ReasonView[];
  readonly postureSha256: string;
  readonly rulesSha256: string;
  /** The decision that opened the view, when this one let it go on or ended it. */
  readonly continues: string | null;
}

export async function insertDecision(tx: Db, decision: StoredDecision): Promise<void> {
  await tables(tx)
    .insertInto('access_decisions')
    .values({
      id: decision.id,
      at: new Date(decision.atMs),
      person_id: decision.personId,
      device_id: decision.deviceId,
      action: decision.action,
      attributes: JSON.stringify(decision.attributes),
      allow: decision.allow,
      state: decision.state,
      reasons: JSON.stringify(decision.reasons),
      posture_sha256: decision.postureSha256,
      rules_sha256: decision.rulesSha256,
      continues: decision.continues,
    })
    .execute();
}

export async function findDecision(db: Db, id: string): Promise<StoredDecision | undefined> {
  const row = await tables(db).selectFrom('access_decisions').selectAll().where('id', '=', id).executeTakeFirst();
  return row && decisionOf(row);
}

/** The newest decision that was kept of a view, given the one that opened it. */
export async function findLastOfView(db: Db, openedBy: string): Promise<StoredDecision | undefined> {
  const row = await tables(db)
    .selectFrom('access_decisions')
    .selectAll()
    .where((eb) => eb.or([eb('id', '=', openedBy), eb('continues', '=', openedBy)]))
    .orderBy('at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row && decisionOf(row);
}

function decisionOf(row: Selectable<AccessTables['access_decisions']>): StoredDecision {
  return {
    id: row.id,
    atMs: row.at.getTime(),
    personId: row.person_id,
    deviceId: row.device_id,
    action: row.action,
    attributes: row.attributes as string[], // written by insertDecision() alone
    allow: row.allow,
    state: row.state,
    reasons: row.reasons as ReasonView[], // written by insertDecision() alone
    postureSha256: row.posture_sha256,
    rulesSha256: row.rules_sha256,
    continues: row.continues,
  };
}

/** Openings allowed, decisions that refused, and blocks of each of the last thirty days, oldest first; a view that goes on is one opening. */
export async function countDays(
  db: Db,
  nowMs: number,
): Promise<{ day: string; allowed: number; refused: number; changedToBlocked: number }[]> {
  const { rows } = await sql<{ day: string; allowed: number; refused: number; blocked: number }>`
    with days as (
      select d::date as day from generate_series(
        (${new Date(nowMs)}::timestamptz at time zone 'UTC')::date - 29, (${new Date(nowMs)}::timestamptz at time zone 'UTC')::date, interval '1 day') d)
    select to_char(days.day, 'YYYY-MM-DD') as day,
      coalesce(a.allowed, 0)::int as allowed, coalesce(a.refused, 0)::int as refused, coalesce(c.blocked, 0)::int as blocked
    from days
    left join (select (at at time zone 'UTC')::date as day, count(*) filter (where allow and continues is null) as allowed, count(*) filter (where not allow) as refused
      from access_decisions where at > ${new Date(nowMs - 31 * 86_400_000)} group by 1) a on a.day = days.day
    left join (select (at at time zone 'UTC')::date as day, count(*) as blocked
      from device_state_changes where state = 'blocked' and at > ${new Date(nowMs - 31 * 86_400_000)} group by 1) c on c.day = days.day
    order by days.day`.execute(db);
  return rows.map(({ blocked, ...row }) => ({ ...row, changedToBlocked: blocked }));
}
