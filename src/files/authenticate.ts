import type { JWK } from 'jose';
import type { ReasonView } from '../access/api.ts';
import type { Actor } from '../audit/index.ts';
import { checkProof } from '../devices/index.ts';
import { readActive, sessionIsLive } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import { deviceOf, readToken } from './access-token.ts';
import { FilesError, fileReason } from './files-error.ts';
import type { FilesServices } from './services.ts';

/** Who asks for keys, as the token and the proof have shown. */
export interface Caller {
  readonly actor: Actor;
  readonly personId: string;
  readonly email: string;
  readonly deviceId: string | null;
  readonly sessionId: string;
  /** Of the browser's key, which leads to the device. */
  readonly thumbprint: string;
  /** The key that signs the request, too. */
  readonly jwk: JWK;
}

/**
 * Finds out who asks: a token of ours, proof of possession of the key it is bound to, an active account, a session that still runs.
 *
 * @throws FilesError `files-token` or `files-proof` (401); what `checkProof` throws; FormatError `jwt-invalid`
 */
export async function authenticate(
  services: Pick<FilesServices, 'db' | 'keys' | 'publicUrl' | 'replay'>,
  request: { path: string; authorization: string | undefined; proof: string | undefined },
  nowMs: number,
): Promise<Caller> {
  const { db, keys, publicUrl, replay } = services;
  const accessToken = bearerOf(request.authorization);
  const { personId, sessionId, thumbprint } = await readToken(keys, publicUrl.origin, accessToken, nowMs);
  if (request.proof === undefined)
    throw new FilesError('files-proof', 401, 'Send a DPoP proof: the token is bound to a key');
  const url = new URL(request.path, publicUrl).href;
  const bound = { method: 'POST', url, personId, token: { accessToken, thumbprint }, replay };
  const { jwk } = await checkProof(request.proof, bound, nowMs);
  const account = await readActive(db, personId);
  if (account === undefined) throw new FilesError('files-token', 401, 'Sign in again: the account is not active');
  // The token outlives neither a sign-out nor an ended session.
  if (!(await sessionIsLive(db, sessionId, nowMs)))
    throw new FilesError('files-token', 401, 'Sign in again: the session of the token has ended');
  const deviceId = await deviceOf(db, personId, thumbprint);
  const actor: Actor = { kind: 'person', personId, role: account.role, sessionId };
  return { actor, personId, email: account.email.toLowerCase(), deviceId, sessionId, thumbprint, jwk };
}

/**
 * Why a running request may not go on, if so: a request for many keys takes seconds, in which its session, account, phone or the binding of
 * its browser may end.
 */
export async function endOf(db: Db, caller: Caller, nowMs: number): Promise<ReasonView | undefined> {
  if (!(await sessionIsLive(db, caller.sessionId, nowMs)))
    return fileReason('session.ended', 'Your sign-in has ended.', 'Sign in again');
  if ((await deviceOf(db, caller.personId, caller.thumbprint)) !== caller.deviceId)
    return fileReason('device.unknown', 'This browser belongs to that phone no longer.', 'Connect this browser again');
  return undefined;
}

/** Ends a running request; throws FilesError `files-token` (401) when `endOf` gives a reason. */
export async function requireStanding(db: Db, caller: Caller, nowMs: number): Promise<void> {
  const end = await endOf(db, caller, nowMs);
  if (end !== undefined) throw new FilesError('files-token', 401, `${end.remedy.title}: ${end.text}`);
}

function bearerOf(authorization: string | undefined): string {
  const [, accessToken] = /^(?:DPoP|Bearer) ([\w.-]{20,4096})$/i.exec(authorization ?? '') ?? [];
  if (accessToken === undefined) throw new FilesError('files-token', 401, 'Send an access token: there is none');
  return accessToken;
}
