import { type Actor, append, type Proof } from '../audit/index.ts';
import { transaction } from '../storage/index.ts';
import type { AssertionResponse, CeremonyReply } from './api.ts';
import { beginCeremony, endCeremony } from './ceremonies.ts';
import { requestOptions, verifyPasskeyAssertion } from './passkeys.ts';
import { PeopleError } from './people-error.ts';
import type { PeopleServices } from './services.ts';
import { renewSession, sessionHashOf } from './sessions.ts';
import { findProof, type ProofState } from './store-sessions.ts';
import { listPasskeys } from './store-sign-in.ts';

/** How long a use of a passkey vouches for what the session does next. */
const FRESH_MS = 5 * 60_000;
const CLOCK_SKEW_MS = 60_000; // a use that lies further ahead was written by a wrong clock

type PersonActor = Extract<Actor, { kind: 'person' }>;

/**
 * Refuses who has not proved within five minutes that she herself is there, so that a stolen cookie does not become lasting control.
 *
 * What counts is a passkey that was used in this session and is hers still, by the cookie that this use gave out: the cookie from before
 * vouches for nothing. API tokens have no passkey: they pass where the route is meant for them.
 * @throws PeopleError `passkey-token` (403) for an API token, `passkey-not-fresh` (403), `passkey-none` (403) for a person without any,
 *   `sign-in-not-fresh` (403) where a person without any may prove it by her sign-in at the provider
 */
export async function requireProof(
  { db, publicUrl, now }: Pick<PeopleServices, 'db' | 'publicUrl' | 'now'>,
  { actor, cookie }: { readonly actor: Actor; readonly cookie: string | undefined },
  proof: Proof,
): Promise<void> {
  if (actor.kind === 'token' && proof === 'passkey-or-token') return;
  if (actor.kind !== 'person')
    throw new PeopleError(
      'passkey-token',
      403,
      'Sign in as a person: this asks for a passkey, which a token has none of',
    );
  const state = await findProof(db, actor.sessionId, sessionHashOf(publicUrl, cookie));
  if (state === undefined) throw notFresh();
  if (!state.hasPasskeys) return requireSignIn(state, proof, now());
  if (!isFresh(state.passkeyAtMs ?? 0, now())) throw notFresh();
}

/** Who has no passkey yet comes through the identity provider: her first one asks for that sign-in to be as recent. */
function requireSignIn({ method, openedAtMs }: ProofState, proof: Proof, nowMs: number): void {
  if (proof !== 'sign-in')
    throw new PeopleError('passkey-none', 403, 'Add a passkey to your account first: this asks for one');
  if (method !== 'oidc' || !isFresh(openedAtMs, nowMs))
    throw new PeopleError(
      'sign-in-not-fresh',
      403,
      'Sign out, sign in again and do this within five minutes: your account has no passkey that could confirm it',
    );
}

function isFresh(atMs: number, nowMs: number): boolean {
  return atMs > nowMs - FRESH_MS && atMs <= nowMs + CLOCK_SKEW_MS;
}

function notFresh(): PeopleError {
  return new PeopleError('passkey-not-fresh', 403, 'Confirm with your passkey and try again: this asks for it anew');
}

/** Starts a confirmation: any passkey of the signed-in person will do. */
export async function beginProof(services: PeopleServices, actor: PersonActor): Promise<CeremonyReply> {
  const options = await requestOptions(services, await listPasskeys(services.db, actor.personId));
  const detail = { personId: actor.personId, sessionId: actor.sessionId };
  return { ceremonyId: await beginCeremony(services, 'prove', options.challenge, detail), options: { ...options } };
}

/**
 * Ends a confirmation; it must be the session that began, and its cookie is replaced: whoever copied the one from before is out.
 *
 * @returns the header that sets the new cookie
 * @throws PeopleError `people-ceremony` (400), `people-passkey` (401)
 */
export async function finishProof(
  services: PeopleServices,
  actor: PersonActor,
  { ceremonyId, response }: { ceremonyId: string; response: AssertionResponse },
  cookie: string | undefined,
): Promise<string> {
  const { challenge, member } = await endCeremony(services, 'prove', ceremonyId);
  if (member('sessionId') !== actor.sessionId)
    throw new PeopleError('people-ceremony', 400, 'Start again: this attempt belongs to another session');
  return await transaction(services.db, async (tx) => {
    const inside = { ...services, db: tx };
    const { passkeyId } = await verifyPasskeyAssertion(inside, {
      personId: actor.personId,
      response,
      expectedChallenge: challenge,
    });
    await append(tx, {
      actor,
      action: 'people.passkey.confirm',
      object: { type: 'person', id: actor.personId },
      detail: { passkeyId },
    });
    return await renewSession(inside, actor, cookie, passkeyId);
  });
}
