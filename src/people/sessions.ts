import type { Db } from '../storage/index.ts';
import { cookieOf, setCookie } from './cookies.ts';
import { hashSecret, newSecret } from './one-time.ts';
import { PeopleError } from './people-error.ts';
import type { SignInFrom } from './places.ts';
import type { PeopleServices } from './services.ts';
import { deleteEndedSessions, insertSession, replaceSecret, sessionRuns } from './store-sessions.ts';

export const IDLE_MS = 12 * 3_600_000;
export const ABSOLUTE_MS = 7 * 24 * 3_600_000;
/** The name of the cookie that carries a session's secret. */
const SESSION = 'pavise_session';
const USER_AGENT_LIMIT = 300;
/** Requests that were under way, and other tabs, have the cookie from before a little longer. */
const FORMER_MS = 60_000;

/** A session that was just opened: its id and the cookie that carries its secret. */
export interface OpenedSession {
  readonly sessionId: string;
  readonly setCookie: string;
}

/** How somebody proved who she is: a passkey, by its id, or the identity provider. */
export type SignInProof =
  | { readonly method: 'passkey'; readonly passkeyId: string }
  | { readonly method: 'oidc'; readonly passkeyId: null };

/** Opens a session inside the transaction that proved who signs in; a passkey vouches for what it does in the first minutes. */
export async function openSession(
  { publicUrl, now }: Pick<PeopleServices, 'publicUrl' | 'now'>,
  tx: Db,
  personId: string,
  proof: SignInProof,
  { userAgent }: Pick<SignInFrom, 'userAgent'>,
): Promise<OpenedSession> {
  const { secret, hash } = newSecret();
  const nowMs = now();
  await deleteEndedSessions(tx, nowMs, nowMs - IDLE_MS);
  const sessionId = await insertSession(
    tx,
    {
      personId,
      hash,
      ...proof,
      userAgent: (userAgent ?? '').slice(0, USER_AGENT_LIMIT),
      expiresAtMs: nowMs + ABSOLUTE_MS,
    },
    nowMs,
  );
  return { sessionId, setCookie: sessionCookie(publicUrl, secret, ABSOLUTE_MS) };
}

/**
 * Gives a session a new secret once a passkey was used in it; only by the newest one can that be asked for.
 *
 * @returns the header that sets the new cookie
 * @throws PeopleError `people-ceremony` (400) when the cookie is not the newest
 */
export async function renewSession(
  { db: tx, publicUrl, now }: Pick<PeopleServices, 'db' | 'publicUrl' | 'now'>,
  { personId, sessionId }: { readonly personId: string; readonly sessionId: string },
  cookieHeader: string | undefined,
  passkeyId: string,
): Promise<string> {
  const { secret, hash } = newSecret();
  const former = sessionHashOf(publicUrl, cookieHeader);
  const nowMs = now();
  const next = { sessionId, personId, former, hash, passkeyId, formerUntilMs: nowMs + FORMER_MS };
  const expiresAtMs = await replaceSecret(tx, next, nowMs);
  if (expiresAtMs === undefined)
    throw new PeopleError('people-ceremony', 400, 'Start again: another page of this browser was first');
  return sessionCookie(publicUrl, secret, expiresAtMs - nowMs);
}

function sessionCookie(publicUrl: URL, secret: string, lifeMs: number): string {
  return setCookie(publicUrl, SESSION, secret, { sameSite: 'strict', lifeMs });
}

/** Whether a session still runs: what was issued under it ends with it. */
export function sessionIsLive(db: Db, sessionId: string, nowMs: number): Promise<boolean> {
  return sessionRuns(db, sessionId, nowMs, nowMs - IDLE_MS);
}

/** Makes the header that removes the session cookie. */
export function clearedSessionCookie(publicUrl: URL): string {
  return sessionCookie(publicUrl, '', 0);
}

/** Reads the hash of the session secret from a Cookie header. */
export function sessionHashOf(publicUrl: URL, cookieHeader: string | undefined): Buffer | undefined {
  const secret = cookieOf(publicUrl, cookieHeader, SESSION);
  return secret === undefined ? undefined : hashSecret(secret);
}
