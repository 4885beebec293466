import type { Db } from '../storage/index.ts';
import { hashSecret, newSecret } from './one-time.ts';
import { PeopleError } from './people-error.ts';
import type { SignInFrom } from './places.ts';
import type { PeopleServices } from './services.ts';
import { deleteEndedSessions, insertSession, replaceSecret, sessionRuns } from './store-sessions.ts';

export const IDLE_MS = 12 * 3_600_000;
export const ABSOLUTE_MS = 7 * 24 * 3_600_000;
const USER_AGENT_LIMIT = 300;
/** Requests that were under way, and other tabs, have the cookie from before a little longer. */
const FORMER_MS = 60_000;

/** A session that was just opened: its id and the cookie that carries its secret. */
export interface OpenedSession {
  readonly sessionId: string;
  readonly setCookie: string;
}

/** How somebody proved who she is: a passkey, by its id, or the identity provider. */
export type SignInProof = { readonly method: 'passkey'; readonly passkeyId: string } | { readonly method: 'oidc' };

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
      method: proof.method,
      passkeyId: proof.method === 'passkey' ? proof.passkeyId : null,
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
  const expiresAtMs =
    former &&
    (await replaceSecret(
      tx,
      { sessionId, personId, former, hash, passkeyId, formerUntilMs: nowMs + FORMER_MS },
      nowMs,
    ));
  if (expiresAtMs === undefined)
    throw new PeopleError('people-ceremony', 400, 'Start again: another page of this browser was first');
  return sessionCookie(publicUrl, secret, expiresAtMs - nowMs);
}

function sessionCookie(publicUrl: URL, secret: string, lifeMs: number): string {
  return `${sessionCookieName(publicUrl)}=${secret}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${Math.floor(lifeMs / 1000)}${secureOf(publicUrl)}`;
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
