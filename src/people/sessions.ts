import type { Db } from '../storage/index.ts';
import { hashSecret, newSecret } from './one-time.ts';
import type { PeopleServices } from './services.ts';
import { deleteEndedSessions, insertSession, type SignInMethod, sessionRuns } from './store-sessions.ts';

export const IDLE_MS = 12 * 3_600_000;
export const ABSOLUTE_MS = 7 * 24 * 3_600_000;
const USER_AGENT_LIMIT = 300;

/** A session that was just opened: its id and the cookie that carries its secret. */
export interface OpenedSession {
  readonly sessionId: string;
  readonly setCookie: string;
}

/** Opens a session inside the transaction that proved who signs in. */
export async function openSession(
  { publicUrl, now }: Pick<PeopleServices, 'publicUrl' | 'now'>,
  tx: Db,
  personId: string,
  method: SignInMethod,
  userAgent: string | undefined,
): Promise<OpenedSession> {
  const { secret, hash } = newSecret();
  const nowMs = now();
  await deleteEndedSessions(tx, nowMs, nowMs - IDLE_MS);
  const sessionId = await insertSession(
    tx,
    {
      personId,
      hash,
      method,
      userAgent: (userAgent ?? '').slice(0, USER_AGENT_LIMIT),
      expiresAtMs: nowMs + ABSOLUTE_MS,
    },
    nowMs,
  );
  const setCookie = `${sessionCookieName(publicUrl)}=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${ABSOLUTE_MS / 1000}${secureOf(publicUrl)}`;
  return { sessionId, setCookie };
}

/** Whether a session still runs: what was issued under it ends with it. */
export function sessionIsLive(db: Db, sessionId: string, nowMs: number): Promise<boolean> {
  return sessionRuns(db, sessionId, nowMs, nowMs - IDLE_MS);
}

/** Makes the header that removes the session cookie. */
export function clearedSessionCookie(publicUrl: URL): string {
  return `${sessionCookieName(publicUrl)}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0${secureOf(publicUrl)}`;
}

/** Reads the hash of the session secret from a Cookie header. */
export function sessionHashOf(publicUrl: URL, cookieHeader: string | undefined): Buffer | undefined {
  const secret = cookieOf(cookieHeader, sessionCookieName(publicUrl));
  return secret === undefined ? undefined : hashSecret(secret);
}

/** Reads one cookie; the first of a name counts, as browsers send the most specific path first. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals > 0 && pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim() || undefined;
  }
  return undefined;
}

/** "__Host-" makes browsers refuse the cookie from plain HTTP, subdomains and other paths. */
export function cookieName(publicUrl: URL, name: string): string {
  return publicUrl.protocol === 'https:' ? `__Host-${name}` : name;
}

export function secureOf(publicUrl: URL): string {
  return publicUrl.protocol === 'https:' ? '; Secure' : '';
}

function sessionCookieName(publicUrl: URL): string {
  return cookieName(publicUrl, 'pavise_session');
}
