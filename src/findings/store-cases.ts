import { sql } from 'kysely';
import type { Db } from '../storage/index.ts';
import type { CaseStatus } from './api.ts';

export interface CaseRow {
  readonly id: string;
  readonly number: number;
  readonly deviceId: string;
  readonly status: CaseStatus;
  readonly openedAt: Date;
  readonly changedAt: Date;
  readonly conclusion: string | null;
  readonly proposedBy: string | null;
  readonly proposedRole: string | null;
  readonly proposedAt: Date | null;
  readonly signedBy: string | null;
  readonly closedAt: Date | null;
}

/** A case with what a list shows of its findings. */
export interface CaseSummary extends CaseRow {
  readonly findings: number;
  readonly open: number;
  readonly traces: number;
  readonly families: readonly string[];
}

const columns = sql`c.id, c.number, c.device_id as "deviceId", c.status, c.opened_at as "openedAt", c.changed_at as "changedAt", c.conclusion,
  c.proposed_by as "proposedBy", c.proposed_role as "proposedRole", c.proposed_at as "proposedAt", c.signed_by as "signedBy",
  c.closed_at as "closedAt"`;

/** Makes one caller wait for another where both may open a case for the same phone. */
export async function lockPhone(tx: Db, deviceIds: readonly string[]): Promise<void> {
  const [first = ''] = [...deviceIds].sort();
  await sql`select pg_advisory_xact_lock(hashtextextended(${`case ${first}`}, 0))`.execute(tx);
}

/** The case of a phone that is not closed, locked. */
export async function lockOpenCase(tx: Db, deviceIds: readonly string[]): Promise<CaseRow | undefined> {
  const { rows } = await sql<CaseRow>`select ${columns} from cases c
    where c.device_id = any(${[...deviceIds]}::uuid[]) and c.status <> 'closed' order by c.number limit 1 for update`.execute(
    tx,
  );
  return rows[0];
}

export async function lockCase(tx: Db, id: string): Promise<CaseRow | undefined> {
  const { rows } = await sql<CaseRow>`select ${columns} from cases c where c.id = ${id} for update`.execute(tx);
  return rows[0];
}

export async function insertCase(tx: Db, deviceId: string, now: Date): Promise<CaseRow> {
  const { rows } = await sql<CaseRow>`insert into cases as c (device_id, status, opened_at, changed_at)
    values (${deviceId}, 'new', ${now}, ${now}) returning ${columns}`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('no case after it was made');
  return row;
}

export async function updateCase(
  tx: Db,
  { id, status, conclusion, proposedBy, proposedRole, proposedAt, signedBy, closedAt }: CaseRow,
  now: Date,
): Promise<void> {
  await sql`update cases set status = ${status}, conclusion = ${conclusion}, proposed_by = ${proposedBy}, proposed_role = ${proposedRole},
    proposed_at = ${proposedAt}, signed_by = ${signedBy}, closed_at = ${closedAt}, changed_at = ${now} where id = ${id}`.execute(
    tx,
  );
}

export async function setCaseOfFinding(tx: Db, findingId: string, caseId: string): Promise<void> {
  await sql`update findings set case_id = ${caseId} where id = ${findingId}`.execute(tx);
}

/** Clears every open finding of a case; returns their ids. */
export async function clearFindingsOf(
  tx: Db,
  caseId: string,
  personId: string,
  reason: string,
  now: Date,
): Promise<string[]> {
  const { rows } = await sql<{
    id: string;
  }>`update findings set state = 'cleared', cleared_by = ${personId}, cleared_at = ${now},
    reason = ${reason} where case_id = ${caseId} and state = 'open' returning id`.execute(tx);
  return rows.map(({ id }) => id);
}

export interface CaseFilter {
  readonly id?: string | undefined;
  readonly status?: CaseStatus | 'open' | undefined;
  readonly deviceIds?: readonly string[] | undefined;
  /** Cases with a smaller number: the page after. */
  readonly before?: number | undefined;
}

/** Cases, newest first. */
export async function findCases(
  db: Db,
  { id, status, deviceIds, before }: CaseFilter,
  limit: number,
): Promise<readonly CaseSummary[]> {
  const where = [
    sql`true`,
    ...(id === undefined ? [] : [sql`c.id = ${id}`]),
    ...(status === undefined ? [] : [status === 'open' ? sql`c.status <> 'closed'` : sql`c.status = ${status}`]),
    ...(deviceIds === undefined ? [] : [sql`c.device_id = any(${[...deviceIds]}::uuid[])`]),
    ...(before === undefined ? [] : [sql`c.number < ${before}`]),
  ];
  const { rows } = await sql<CaseSummary>`select ${columns}, f.findings, f.open, f.traces, f.families from cases c
    cross join lateral (
      select count(*)::int as findings, (count(*) filter (where state = 'open'))::int as open,
        (count(*) filter (where verdict = 'trace'))::int as traces,
        coalesce(array_agg(distinct detail->'indicator'->>'collection') filter (where detail->'indicator'->>'collection' is not null), '{}') as families
      from findings where case_id = c.id
    ) f
    where ${sql.join(where, sql` and `)} order by c.number desc limit ${limit}`.execute(db);
  return rows;
}

export interface NoteRow {
  readonly id: string;
  readonly writtenBy: string | null;
  readonly writtenAt: Date;
  readonly text: string;
  readonly checkId: string | null;
  readonly packSha256: string | null;
}

export async function insertNote(
  tx: Db,
  caseId: string,
  note: { personId: string; text: string; checkId: string | null; packSha256: string | null },
  now: Date,
): Promise<string> {
  const pack = note.packSha256 === null ? null : Buffer.from(note.packSha256, 'hex');
  const { rows } = await sql<{
    id: string;
  }>`insert into case_notes (case_id, written_by, written_at, text, check_id, pack_sha256)
    values (${caseId}, ${note.personId}, ${now}, ${note.text}, ${note.checkId}, ${pack}) returning id`.execute(tx);
  return rows[0]?.id ?? '';
}

/** Notes of a case, oldest first. */
export async function findNotes(db: Db, caseId: string, limit: number): Promise<readonly NoteRow[]> {
  const { rows } =
    await sql<NoteRow>`select id, written_by as "writtenBy", written_at as "writtenAt", text, check_id as "checkId",
    encode(pack_sha256, 'hex') as "packSha256" from case_notes where case_id = ${caseId} order by written_at, id limit ${limit}`.execute(
      db,
    );
  return rows;
}

/** Whether a check is one of these devices'. */
export async function isCheckOf(db: Db, checkId: string, deviceIds: readonly string[]): Promise<boolean> {
  const { rows } =
    await sql`select 1 from checks where id = ${checkId} and device_id = any(${[...deviceIds]}::uuid[])`.execute(db);
  return rows.length > 0;
}
