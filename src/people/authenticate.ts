import type { Actor } from '../audit/index.ts';
import { hashSecret } from './one-time.ts';
import { PeopleError } from './people-error.ts';
import type { PeopleServices } from './services.ts';
import { IDLE_MS, sessionHashOf } from './sessions.ts';
import { findSession, findToken, touchSession, touchToken } from './store-sessions.ts';

/** The parts of a request that say who sends it. */
interface Credentials {
  readonly method: string;
  /** The raw Cookie header. */
  readonly cookie: string | undefined;
  readonly authorization: string | undefined;
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
  /** True of what a page asks by itself: it is no use of the session and keeps none alive. */
  readonly unattended?: boolean;
}

export const TOKEN_PREFIX = 'pvt_';
const TOUCH_EVERY_MS = 60_000; // one write a minute per session, not one per request
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Finds out who sends a request, by API token or by session cookie.
 *
 * Nobody is `anonymous`, an ended session too. Other kinds of Authorization are left to the rooms that issue them.
 * @throws PeopleError `people-token` (401) for an API token that is unknown, expired or revoked; `people-csrf` (403) when a session
 *   cookie comes with an unsafe method from another origin
 */
export async function authenticate(
  { db, publicUrl, now }: Pick<PeopleServices, 'db' | 'publicUrl' | 'now'>,
  credentials: Credentials,
): Promise<Actor> {
  const nowMs = now();
  const unattended = credentials.unattended === true;
  const bearer = /^bearer +(\S+)$/i.exec(credentials.authorization ?? '')?.[1];
  if (bearer?.startsWith(TOKEN_PREFIX)) {
    const token = await findToken(db, hashSecret(bearer), nowMs);
    if (token === undefined) {
      throw new PeopleError('people-token', 401, 'Use another API token: this one is unknown, expired or revoked');
    }
    if (!unattended && nowMs - (token.lastUsedAtMs ?? 0) > TOUCH_EVERY_MS) await touchToken(db, token.id, nowMs);
    return { kind: 'token', tokenId: token.id, role: token.role };
  }
  const session = await findSession(db, sessionHashOf(publicUrl, credentials.cookie), nowMs, nowMs - IDLE_MS);
  if (session === undefined) return { kind: 'anonymous' };
  refuseForeignOrigin(publicUrl, credentials);
  if (!unattended && nowMs - session.lastUsedAtMs > TOUCH_EVERY_MS)
    await touchSession(db, session.id, session.personId, nowMs);
  return { kind: 'person', personId: session.personId, role: session.role, sessionId: session.id };
}

function refuseForeignOrigin(publicUrl: URL, { method, origin, secFetchSite }: Credentials): void {
  if (SAFE_METHODS.has(method.toUpperCase())) return;
  const sameOrigin = secFetchSite === undefined ? origin === publicUrl.origin : secFetchSite === 'same-origin';
  if (!sameOrigin)
    throw new PeopleError('people-csrf', 403, 'Send the request from Pavise itself: it comes from another origin');
}
