import { sql } from 'kysely';
import type { Actor } from '../audit/index.ts';
import type { Db } from '../storage/index.ts';
import type { NoticeItem, NoticeKind } from './api.ts';

/** SQL of the notices to a person about her account and phones. */

/** What is kept of a notice; who did it is kept by id, of a token by its name, since a token that is revoked leaves none. */
export interface NewNotice {
  readonly personId: string;
  readonly kind: NoticeKind;
  readonly actor: Actor;
  readonly what?: string;
  readonly who?: string;
  readonly about?: NoticeItem['about'];
  readonly untilMs?: number;
}

/** Keeps a notice. */
export async function insertNotice(tx: Db, notice: NewNotice, nowMs: number): Promise<void> {
  const { personId, kind, actor, what, who, about, untilMs } = notice;
  const byPersonId = actor.kind === 'person' ? actor.personId : null;
  const bySessionId = actor.kind === 'person' ? actor.sessionId : null;
  const byTokenId = actor.kind === 'token' ? actor.tokenId : null;
  await sql`insert into people_notices
      (person_id, kind, by_kind, by_person_id, by_session_id, by_token_name, what, who, about, until_at, created_at)
    values (${personId}, ${kind}, ${actor.kind}, ${byPersonId}, ${bySessionId},
      (select name from people_tokens where id = ${byTokenId}), ${what ?? null}, ${who ?? null},
      ${about == null ? null : JSON.stringify(about)}::jsonb,
      ${untilMs === undefined ? null : new Date(untilMs)}, ${new Date(nowMs)})`.execute(tx);
}

/** Whether a person was told the same since a time, seen or not. */
export async function wasTold(
  db: Db,
  { personId, kind, about }: Pick<NewNotice, 'personId' | 'kind' | 'about'>,
  sinceMs: number,
): Promise<boolean> {
  const { rows } = await sql`select 1 from people_notices where person_id = ${personId} and kind = ${kind}
    and about = ${JSON.stringify(about ?? null)}::jsonb and created_at >= ${new Date(sinceMs)} limit 1`.execute(db);
  return rows.length > 0;
}

/** Forgets a person's notices from before a time. */
export async function deleteOldNotices(tx: Db, personId: string, beforeMs: number): Promise<void> {
  await sql`delete from people_notices where person_id = ${personId} and created_at < ${new Date(beforeMs)}`.execute(
    tx,
  );
}

interface NoticeRow {
  id: string;
  kind: NoticeKind; // written by insertNotice() alone
  by_kind: Actor['kind'];
  by_person_id: string | null;
  by_person_name: string | null;
  by_session_id: string | null;
  by_token_name: string | null;
  what: string | null;
  who: string | null;
  about: NoticeItem['about']; // written by insertNotice() alone
  until_at: Date | null;
  created_at: Date;
  seen_at: Date | null;
}

/** Lists a person's notices, those that she has not seen first, then newest first. */
export async function listNotices(db: Db, personId: string, sessionId: string, limit: number): Promise<NoticeItem[]> {
  const { rows } = await sql<NoticeRow>`select n.*, p.display_name as by_person_name from people_notices n
    left join people p on p.id = n.by_person_id
    where n.person_id = ${personId} order by n.seen_at is not null, n.created_at desc, n.id limit ${limit}`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    by: {
      kind: row.by_person_id === personId ? 'you' : row.by_kind,
      name: row.by_token_name ?? row.by_person_name,
    },
    bySession: row.by_session_id === sessionId,
    what: row.what,
    who: row.who,
    about: row.about,
    untilMs: row.until_at?.getTime() ?? null,
    createdAtMs: row.created_at.getTime(),
    seenAtMs: row.seen_at?.getTime() ?? null,
  }));
}

/** Which session caused a notice of a person; undefined when there is no such notice. */
export async function lockNotice(
  tx: Db,
  personId: string,
  id: string,
): Promise<{ bySessionId: string | null } | undefined> {
  const { rows } = await sql<{ by_session_id: string | null }>`select by_session_id from people_notices
    where person_id = ${personId} and id = ${id} for update`.execute(tx);
  return rows[0] === undefined ? undefined : { bySessionId: rows[0].by_session_id };
}

/** Marks a notice as seen; false when it was before. */
export async function markNoticeSeen(tx: Db, id: string, nowMs: number): Promise<boolean> {
  const { numAffectedRows } = await sql`update people_notices set seen_at = ${new Date(nowMs)}
    where id = ${id} and seen_at is null`.execute(tx);
  return numAffectedRows === 1n;
}
