import { sql } from 'kysely';
import type { Role } from '../audit/index.ts';
import type { Db } from '../storage/index.ts';

/** SQL of what is presented with each request: sessions and API tokens. */

export type SignInMethod = 'passkey' | 'oidc';

/** A session without its secret. */
export interface Session {
  readonly id: string;
  readonly method: SignInMethod;
  readonly userAgent: string;
  readonly createdAtMs: number;
  readonly lastUsedAtMs: number;
  readonly expiresAtMs: number;
}

/** An API token without its secret. */
export interface ApiToken {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
  readonly lastUsedAtMs: number | null;
}

/** Opens a session and marks its person as seen. */
export async function insertSession(
  tx: Db,
  session: {
    personId: string;
    hash: Buffer;
    method: SignInMethod;
    /** The passkey that opens it, of which removing it ends the session. */
    passkeyId: string | null;
    userAgent: string;
    expiresAtMs: number;
  },
  nowMs: number,
): Promise<string> {
  const now = new Date(nowMs);
  await sql`update people set last_seen_at = ${now} where id = ${session.personId}`.execute(tx);
  const { rows } = await sql<{ id: string }>`insert into people_sessions
      (person_id, token_hash, method, passkey_id, passkey_by, passkey_at, user_agent, created_at, last_used_at, expires_at)
    values (${session.personId}, ${session.hash}, ${session.method}, ${session.passkeyId}, ${session.passkeyId},
      ${session.passkeyId === null ? null : now}, ${session.userAgent}, ${now}, ${now}, ${new Date(session.expiresAtMs)})
    returning id`.execute(tx);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('insert returned no row');
  return id;
}

/** What was opened later than now was opened by a clock that was ahead: its end would come as much too late. */
const CLOCK_SKEW_MS = 60_000;

/** Finds the running session of an active person by the hash of its secret, or of the one before while that still counts. */
export async function findSession(
  db: Db,
  secretHash: Buffer | undefined,
  nowMs: number,
  idleSinceMs: number,
): Promise<{ id: string; personId: string; role: Role; lastUsedAtMs: number } | undefined> {
  const hash = secretHash ?? null;
  const { rows } = await sql<{ id: string; person_id: string; role: Role; last_used_at: Date }>`
    select s.id, s.person_id, p.role, s.last_used_at from people_sessions s join people p on p.id = s.person_id
    where (s.token_hash = ${hash} or (s.former_hash = ${hash} and s.former_until > ${new Date(nowMs)})) and s.expires_at > ${new Date(nowMs)} and s.last_used_at > ${new Date(idleSinceMs)}
      and s.created_at <= ${new Date(nowMs + CLOCK_SKEW_MS)} and p.state = 'active'`.execute(db);
  const row = rows[0];
  if (row === undefined) return undefined;
  return { id: row.id, personId: row.person_id, role: row.role, lastUsedAtMs: row.last_used_at.getTime() };
}

/** Whether a session still runs, and its person is active. */
export async function sessionRuns(db: Db, id: string, nowMs: number, idleSinceMs: number): Promise<boolean> {
  const { rows } = await sql`select 1 from people_sessions s join people p on p.id = s.person_id
    where s.id = ${id} and s.expires_at > ${new Date(nowMs)} and s.last_used_at > ${new Date(idleSinceMs)}
      and s.created_at <= ${new Date(nowMs + CLOCK_SKEW_MS)} and p.state = 'active'`.execute(db);
  return rows.length > 0;
}

/** What a session can prove by its newest secret. */
export interface ProofState {
  readonly method: SignInMethod;
  readonly openedAtMs: number;
  /** When a passkey that is still its person's was last used in it. */
  readonly passkeyAtMs: number | null;
  /** Whether its person has any passkey. */
  readonly hasPasskeys: boolean;
}

/** Reads what a session can prove; undefined when the hash is not of its newest secret, or of none. */
export async function findProof(db: Db, sessionId: string, hash: Buffer | undefined): Promise<ProofState | undefined> {
  const { rows } = await sql<{
    method: SignInMethod;
    created_at: Date;
    passkey_at: Date | null;
    has_passkeys: boolean;
  }>`select s.method, s.created_at, case when k.id is null then null else s.passkey_at end as passkey_at,
      exists (select 1 from people_passkeys p where p.person_id = s.person_id) as has_passkeys
    from people_sessions s left join people_passkeys k on k.id = s.passkey_by and k.person_id = s.person_id
    where s.id = ${sessionId} and s.token_hash = ${hash ?? null}`.execute(db);
  const row = rows[0];
  if (row === undefined) return undefined;
  return {
    method: row.method,
    openedAtMs: row.created_at.getTime(),
    passkeyAtMs: row.passkey_at?.getTime() ?? null,
    hasPasskeys: row.has_passkeys,
  };
}

/** Puts a new secret in the place of the newest and records the passkey that was used for it; gives the session's end. */
export async function replaceSecret(
  tx: Db,
  next: {
    sessionId: string;
    personId: string;
    former: Buffer | undefined;
    hash: Buffer;
    passkeyId: string;
    formerUntilMs: number;
  },
  nowMs: number,
): Promise<number | undefined> {
  const { rows } = await sql<{ expires_at: Date }>`update people_sessions set token_hash = ${next.hash},
      former_hash = ${next.former ?? null}, former_until = ${new Date(next.formerUntilMs)},
      passkey_by = ${next.passkeyId}, passkey_at = ${new Date(nowMs)}
    where id = ${next.sessionId} and person_id = ${next.personId} and token_hash = ${next.former ?? null}
    returning expires_at`.execute(tx);
  return rows[0]?.expires_at.getTime();
}

/** Records that a session is in use. */
export async function touchSession(db: Db, id: string, personId: string, nowMs: number): Promise<void> {
  const now = new Date(nowMs);
  await sql`update people_sessions set last_used_at = greatest(last_used_at, ${now}) where id = ${id}`.execute(db);
  await sql`update people set last_seen_at = greatest(last_seen_at, ${now}) where id = ${personId}`.execute(db);
}

/** Lists a person's running sessions, last used first. */
export async function listSessions(db: Db, personId: string, nowMs: number, idleSinceMs: number): Promise<Session[]> {
  const { rows } = await sql<{
    id: string;
    method: SignInMethod;
    user_agent: string;
    created_at: Date;
    last_used_at: Date;
    expires_at: Date;
  }>`select id, method, user_agent, created_at, last_used_at, expires_at from people_sessions
    where person_id = ${personId} and expires_at > ${new Date(nowMs)} and last_used_at > ${new Date(idleSinceMs)}
    order by last_used_at desc, id`.execute(db);
  return rows.map((row) => ({
    id: row.id,
    method: row.method,
    userAgent: row.user_agent,
    createdAtMs: row.created_at.getTime(),
    lastUsedAtMs: row.last_used_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
  }));
}

/** Ends one session of a person. */
export async function deleteSession(tx: Db, personId: string, id: string): Promise<boolean> {
  const { numAffectedRows } =
    await sql`delete from people_sessions where person_id = ${personId} and id = ${id}`.execute(tx);
  return numAffectedRows === 1n;
}

/** Ends all sessions of a person, but the one to keep. */
export async function deleteSessions(tx: Db, personId: string, keepId?: string): Promise<number> {
  const { numAffectedRows } = await sql`delete from people_sessions where person_id = ${personId}
    and (${keepId ?? null}::uuid is null or id <> ${keepId ?? null})`.execute(tx);
  return Number(numAffectedRows ?? 0n);
}

/**
 * Ends the sessions of a person that a passkey opened, those in which it was the last to confirm, since it gave their secret, and those of
 * which it is not known which passkey opened them; but the one to keep if that is none of the first.
 */
export async function deleteSessionsOf(tx: Db, personId: string, passkeyId: string, keepId: string): Promise<number> {
  const { numAffectedRows } = await sql`delete from people_sessions where person_id = ${personId}
    and (passkey_id = ${passkeyId}
      or (id <> ${keepId} and (passkey_by = ${passkeyId} or (method = 'passkey' and passkey_id is null))))`.execute(tx);
  return Number(numAffectedRows ?? 0n);
}

/** Removes sessions that can never be used again. */
export async function deleteEndedSessions(db: Db, nowMs: number, idleSinceMs: number): Promise<void> {
  await sql`delete from people_sessions where expires_at < ${new Date(nowMs)} or last_used_at < ${new Date(idleSinceMs)}`.execute(
    db,
  );
}

/** Adds an API token. */
export async function insertToken(
  tx: Db,
  token: { name: string; role: Role; hash: Buffer; expiresAtMs: number },
  nowMs: number,
): Promise<string> {
  const { rows } = await sql<{ id: string }>`insert into people_tokens (name, role, token_hash, created_at, expires_at)
    values (${token.name}, ${token.role}, ${token.hash}, ${new Date(nowMs)}, ${new Date(token.expiresAtMs)}) returning id`.execute(
    tx,
  );
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('insert returned no row');
  return id;
}

interface TokenRow {
  id: string;
  name: string;
  role: Role;
  created_at: Date;
  expires_at: Date;
  last_used_at: Date | null;
}

function tokenOf(row: TokenRow): ApiToken {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    createdAtMs: row.created_at.getTime(),
    expiresAtMs: row.expires_at.getTime(),
    lastUsedAtMs: row.last_used_at?.getTime() ?? null,
  };
}

/** Finds a token that has not expired by the hash of its secret. */
export async function findToken(db: Db, hash: Buffer, nowMs: number): Promise<ApiToken | undefined> {
  const { rows } = await sql<TokenRow>`select * from people_tokens
    where token_hash = ${hash} and expires_at > ${new Date(nowMs)}`.execute(db);
  return rows[0] === undefined ? undefined : tokenOf(rows[0]);
}

/** Records that a token is in use. */
export async function touchToken(db: Db, id: string, nowMs: number): Promise<void> {
  await sql`update people_tokens set last_used_at = ${new Date(nowMs)} where id = ${id}`.execute(db);
}

/** Lists tokens, newest first. */
export async function listTokens(db: Db): Promise<ApiToken[]> {
  const { rows } = await sql<TokenRow>`select * from people_tokens order by created_at desc, id`.execute(db);
  return rows.map(tokenOf);
}

/** Locks one token. */
export async function lockToken(tx: Db, id: string): Promise<ApiToken | undefined> {
  const { rows } = await sql<TokenRow>`select * from people_tokens where id = ${id} for update`.execute(tx);
  return rows[0] === undefined ? undefined : tokenOf(rows[0]);
}

/** Revokes a token. */
export async function deleteToken(tx: Db, id: string): Promise<boolean> {
  const { numAffectedRows } = await sql`delete from people_tokens where id = ${id}`.execute(tx);
  return numAffectedRows === 1n;
}
