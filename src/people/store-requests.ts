import { sql } from 'kysely';
import type { Role } from '../audit/index.ts';
import type { Db } from '../storage/index.ts';
import type { PersonState } from './api.ts';
import type { AgreedAs, Ending, Parties, Party, TwoPeopleRequest } from './judge-request.ts';

/** SQL of what takes two people, and of the people who have a part in it. */

interface RequestRow {
  id: string;
  kind: string;
  person_id: string;
  person_role: Role;
  person_state: PersonState;
  about: TwoPeopleRequest['about']; // written by insertRequest() alone
  title: string;
  reason: string;
  detail: TwoPeopleRequest['detail'];
  barred: string[];
  made_by: string;
  maker_role: Role;
  made_at: Date;
  expires_at: Date;
  alone_from: Date | null;
  agreed_as: AgreedAs | null;
  agreed_by: string | null;
  agreed_role: Role | null;
  agreed_at: Date | null;
  ending: Ending | null;
  ended_by: string | null;
  ended_at: Date | null;
  alone: boolean;
}

function requestOf(row: RequestRow): TwoPeopleRequest {
  const { agreed_as: as, agreed_by: by, agreed_role: role, agreed_at: agreedAt, ending, ended_at: endedAt } = row;
  return {
    id: row.id,
    kind: row.kind,
    personId: row.person_id,
    personRole: row.person_role,
    personState: row.person_state,
    about: row.about,
    title: row.title,
    reason: row.reason,
    detail: row.detail,
    barred: row.barred,
    makerId: row.made_by,
    makerRole: row.maker_role,
    madeAtMs: row.made_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
    aloneFromMs: row.alone_from?.getTime() ?? null,
    agreed:
      as === null || by === null || role === null || agreedAt === null
        ? null
        : { as, by, role, atMs: agreedAt.getTime() },
    ended: ending === null || endedAt === null ? null : { ending, by: row.ended_by, atMs: endedAt.getTime() },
    alone: row.alone,
  };
}

/** Keeps a new request. */
export async function insertRequest(
  tx: Db,
  request: Omit<TwoPeopleRequest, 'id' | 'agreed' | 'ended' | 'alone'>,
): Promise<TwoPeopleRequest> {
  const { personId, personRole, personState, aloneFromMs } = request;
  const { rows } =
    await sql<RequestRow>`insert into people_requests (kind, person_id, person_role, person_state, about, title,
      reason, detail, barred, made_by, maker_role, made_at, expires_at, alone_from)
    values (${request.kind}, ${personId}, ${personRole}, ${personState}, ${JSON.stringify(request.about)}::jsonb, ${request.title},
      ${request.reason}, ${JSON.stringify(request.detail)}::jsonb, ${[...request.barred]}::uuid[], ${request.makerId},
      ${request.makerRole}, ${new Date(request.madeAtMs)}, ${new Date(request.expiresAtMs)},
      ${aloneFromMs === null ? null : new Date(aloneFromMs)}) returning *`.execute(tx);
  const row = rows[0];
  if (row === undefined) throw new Error('insert returned no row');
  return requestOf(row);
}

/** Reads one request. */
export async function findRequest(db: Db, id: string): Promise<TwoPeopleRequest | undefined> {
  const { rows } = await sql<RequestRow>`select * from people_requests where id = ${id}`.execute(db);
  return rows[0] === undefined ? undefined : requestOf(rows[0]);
}

/** Reads one request and holds it until the transaction ends. */
export async function lockRequest(tx: Db, id: string): Promise<TwoPeopleRequest | undefined> {
  const { rows } = await sql<RequestRow>`select * from people_requests where id = ${id} for update`.execute(tx);
  return rows[0] === undefined ? undefined : requestOf(rows[0]);
}

/** Lists requests, those that nobody ended and that run first, then newest first; of one person when given. */
export async function listRequests(
  db: Db,
  filter: { readonly personId?: string | undefined; readonly openOnly?: boolean | undefined },
  nowMs: number,
  limit: number,
): Promise<TwoPeopleRequest[]> {
  const { personId = null, openOnly = false } = filter;
  const { rows } = await sql<RequestRow>`select * from people_requests
    where (${personId}::uuid is null or person_id = ${personId})
      and (not ${openOnly}::boolean or (ending is null and expires_at > ${new Date(nowMs)}))
    order by (ending is null and expires_at > ${new Date(nowMs)}) desc, made_at desc, id limit ${limit}`.execute(db);
  return rows.map(requestOf);
}

/** How many requests about others somebody asked for or agreed to. */
export async function countOwnRequests(db: Db, personId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from people_requests
    where person_id <> ${personId} and (made_by = ${personId} or agreed_by = ${personId})`.execute(db);
  return rows[0]?.n ?? 0;
}

/** Whether the same is asked for already and still runs. */
export async function isAskedFor(
  tx: Db,
  { kind, about, detail }: Pick<TwoPeopleRequest, 'kind' | 'about' | 'detail'>,
  nowMs: number,
): Promise<boolean> {
  const { rows } =
    await sql`select 1 from people_requests where kind = ${kind} and about = ${JSON.stringify(about)}::jsonb
    and detail = ${JSON.stringify(detail)}::jsonb and ending is null and expires_at > ${new Date(nowMs)} limit 1`.execute(
      tx,
    );
  return rows.length > 0;
}

/** Writes down who agreed; false when somebody had, or it had ended. */
export async function setAgreed(
  tx: Db,
  id: string,
  agreed: { readonly as: AgreedAs; readonly by: string; readonly role: Role },
  nowMs: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`update people_requests set agreed_as = ${agreed.as}, agreed_by = ${agreed.by},
      agreed_role = ${agreed.role}, agreed_at = ${new Date(nowMs)}
    where id = ${id} and agreed_by is null and ending is null`.execute(tx);
  return numAffectedRows === 1n;
}

/** Ends a request; false when it had ended, or in another way than the one that is taken back. */
export async function setEnded(
  tx: Db,
  id: string,
  ended: { readonly ending: Ending; readonly by: string | null; readonly alone?: boolean },
  nowMs: number,
  former: 'done' | null = null,
): Promise<boolean> {
  const { numAffectedRows } = await sql`update people_requests set ending = ${ended.ending}, ended_by = ${ended.by},
      ended_at = ${new Date(nowMs)}, alone = ${ended.alone ?? false}
    where id = ${id} and ending is not distinct from ${former}`.execute(tx);
  return numAffectedRows === 1n;
}

/** The requests that run and in which a person has a part: hers, about her unless left out, or agreed to by her. */
export async function findRunningWith(
  tx: Db,
  personId: string,
  { aboutHer }: { readonly aboutHer: boolean },
): Promise<TwoPeopleRequest[]> {
  const { rows } = await sql<RequestRow>`select * from people_requests where ending is null
    and (made_by = ${personId} or agreed_by = ${personId} or (${aboutHer}::boolean and person_id = ${personId}))
    order by id for update`.execute(tx);
  return rows.map(requestOf);
}

/** Forgets requests that were made before a time. */
export async function deleteOldRequests(tx: Db, beforeMs: number): Promise<void> {
  await sql`delete from people_requests where made_at < ${new Date(beforeMs)}`.execute(tx);
}

interface PartyRow {
  id: string;
  display_name: string;
  role: Role;
  state: PersonState;
  held_until: Date | null;
  counts_from: Date | null;
}

const party = sql`id, display_name, role, state, held_until, counts_from`;

function partyOf(row: PartyRow): Party {
  const { id, display_name: displayName, role, state, held_until: heldUntil, counts_from: countsFrom } = row;
  return {
    ...{ id, displayName, role, state },
    heldUntilMs: heldUntil?.getTime() ?? null,
    countsFromMs: countsFrom?.getTime() ?? null,
  };
}

/** Reads people as they are now; who is not there is none of them. */
export async function findParties(db: Db, ids: Iterable<string | null | undefined>): Promise<Parties> {
  const { rows } =
    await sql<PartyRow>`select ${party} from people where id = any(${[...new Set(ids)]}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.id, partyOf(row)]));
}

/**
 * Holds people until the transaction ends, so that no role changes meanwhile, in the order in which a change of a role holds them: active
 * owners first. What merely points to them goes on.
 */
export async function holdParties(tx: Db, ids: Iterable<string | null | undefined>): Promise<Parties> {
  const { rows } = await sql<PartyRow>`select ${party} from people where id = any(${[...new Set(ids)]}::uuid[])
    order by (role = 'owner' and state = 'active') desc, id for no key update`.execute(tx);
  return new Map(rows.map((row) => [row.id, partyOf(row)]));
}

/** Lists the active people of some roles by name, without some of them. */
export async function listActiveOf(db: Db, roles: readonly Role[], without: readonly string[]): Promise<Party[]> {
  const { rows } = await sql<PartyRow>`select ${party} from people where state = 'active'
    and role = any(${[...roles]}::text[]) and id <> all(${[...without]}::uuid[]) order by lower(display_name), id`.execute(
    db,
  );
  return rows.map(partyOf);
}

/** Until when a person is held after a recovery, past times too. */
export async function findHeldUntil(db: Db, personId: string): Promise<number | null> {
  const { rows } = await sql<{
    held_until: Date | null;
  }>`select held_until from people where id = ${personId}`.execute(db);
  return rows[0]?.held_until?.getTime() ?? null;
}

/** Holds a person until a time; an earlier hold that lasts longer stays. */
export async function setHeldUntil(tx: Db, personId: string, untilMs: number): Promise<void> {
  await sql`update people set held_until = greatest(held_until, ${new Date(untilMs)}) where id = ${personId}`.execute(
    tx,
  );
}

/** Lets a person count from a time on; false, and at once, where nobody joined before `sinceMs`: the installation is younger than that. */
export async function setCountsFrom(tx: Db, personId: string, fromMs: number, sinceMs: number): Promise<boolean> {
  const { numAffectedRows } = await sql`update people set counts_from = ${new Date(fromMs)} where id = ${personId}
    and exists (select 1 from people where joined_at <= ${new Date(sinceMs)})`.execute(tx);
  return numAffectedRows === 1n;
}

/** Keeps others from acting alone until a time, as who could have agreed a moment ago. */
export async function setCouldAgreeUntil(tx: Db, personId: string, untilMs: number): Promise<void> {
  await sql`update people set could_agree_until = ${new Date(untilMs)} where id = ${personId}`.execute(tx);
}

/** Until when somebody who could have agreed keeps others from acting alone; null when there is nobody. */
export async function findCouldAgreeUntil(db: Db, without: readonly string[]): Promise<number | null> {
  const { rows } = await sql<{ until: Date | null }>`select max(could_agree_until) as until from people
    where id <> all(${[...without]}::uuid[])`.execute(db);
  return rows[0]?.until?.getTime() ?? null;
}

/** The times that rule requests, in hours, with what they were before. */
export interface TwoPeopleTimes {
  readonly aloneDelayHours: number;
  readonly formerAloneDelayHours: number;
  readonly recoveryHoldHours: number;
  readonly formerRecoveryHoldHours: number;
  readonly changedAtMs: number;
}

/** Reads the times; undefined while nobody set any. */
export async function findTimes(db: Db): Promise<TwoPeopleTimes | undefined> {
  const { rows } = await sql<{
    alone_delay_hours: number;
    former_alone_delay_hours: number;
    recovery_hold_hours: number;
    former_recovery_hold_hours: number;
    changed_at: Date;
  }>`select * from people_two_people`.execute(db);
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    aloneDelayHours: row.alone_delay_hours,
    formerAloneDelayHours: row.former_alone_delay_hours,
    recoveryHoldHours: row.recovery_hold_hours,
    formerRecoveryHoldHours: row.former_recovery_hold_hours,
    changedAtMs: row.changed_at.getTime(),
  };
}

/** Sets the times. */
export async function saveTimes(tx: Db, times: TwoPeopleTimes): Promise<void> {
  await sql`insert into people_two_people (alone_delay_hours, former_alone_delay_hours, recovery_hold_hours,
      former_recovery_hold_hours, changed_at)
    values (${times.aloneDelayHours}, ${times.formerAloneDelayHours}, ${times.recoveryHoldHours},
      ${times.formerRecoveryHoldHours}, ${new Date(times.changedAtMs)})
    on conflict (one) do update set alone_delay_hours = excluded.alone_delay_hours,
      former_alone_delay_hours = excluded.former_alone_delay_hours, recovery_hold_hours = excluded.recovery_hold_hours,
      former_recovery_hold_hours = excluded.former_recovery_hold_hours, changed_at = excluded.changed_at`.execute(tx);
}
