import { type Actor, append } from '../audit/index.ts';
import { notify, transaction } from '../storage/index.ts';
import type { AssertionResponse, CeremonyReply, RegistrationResponse } from './api.ts';
import { browserName } from './browser-name.ts';
import { beginCeremony, endCeremony } from './ceremonies.ts';
import { tellPerson } from './notices.ts';
import {
  passkeyLabel,
  registerPasskey,
  registrationOptions,
  requestOptions,
  verifyPasskeyAssertion,
} from './passkeys.ts';
import { PeopleError } from './people-error.ts';
import { keepPlace, type SignInFrom } from './places.ts';
import { unknownPerson } from './rules.ts';
import type { PeopleServices } from './services.ts';
import { type OpenedSession, openSession, type SignInProof } from './sessions.ts';
import { lockPerson, readPerson } from './store.ts';
import { deleteSession, deleteSessions, deleteSessionsOf } from './store-sessions.ts';
import { deletePasskey, hasIdentity, listPasskeys } from './store-sign-in.ts';

type PersonActor = Extract<Actor, { kind: 'person' }>;

/** Starts a sign-in with whatever passkey the browser holds for this host; nobody is named. */
export async function beginSignIn(services: PeopleServices): Promise<CeremonyReply> {
  const options = await requestOptions(services);
  const ceremonyId = await beginCeremony(services, 'sign-in', options.challenge, {});
  return { ceremonyId, options: { ...options } };
}

/** Ends a sign-in: the passkey leads to its person, who must be active. */
export async function finishSignIn(
  services: PeopleServices,
  { ceremonyId, response }: { ceremonyId: string; response: AssertionResponse },
  from: SignInFrom,
): Promise<OpenedSession> {
  const { challenge } = await endCeremony(services, 'sign-in', ceremonyId);
  return await transaction(services.db, async (tx) => {
    const proof = await verifyPasskeyAssertion(
      { ...services, db: tx },
      { personId: undefined, response, expectedChallenge: challenge },
    );
    const { personId, passkeyId } = proof;
    return await openFor({ ...services, db: tx }, personId, { method: 'passkey', passkeyId }, from);
  });
}

/**
 * Opens a session for a person who has proved herself, if she is active, in the caller's transaction.
 *
 * A place that is new for her is told to her: by its browser and system, since of the network only a hash is kept.
 * @throws PeopleError `people-suspended` (403)
 */
export async function openFor(
  services: PeopleServices,
  personId: string,
  proof: SignInProof,
  from: SignInFrom,
): Promise<OpenedSession> {
  const person = await lockPerson(services.db, personId);
  if (person?.state !== 'active') {
    throw new PeopleError('people-suspended', 403, 'Ask an administrator: this account is suspended');
  }
  const session = await openSession(services, services.db, personId, proof, from);
  const actor = { kind: 'person', personId, role: person.role, sessionId: session.sessionId } as const;
  const newPlace = await keepPlace(services, services.db, personId, from);
  await append(services.db, {
    actor,
    action: 'people.sign-in',
    object: { type: 'person', id: personId },
    detail: { ...proof, newPlace },
  });
  if (newPlace) {
    const what = browserName(from.userAgent ?? '');
    await tellPerson(services.db, { personId, kind: 'sign-in-new-place', actor, what }, services.now());
  }
  return session;
}

/** Ends one session of a person: her own sign-out, or one that she or an administrator revokes. */
export async function endSession(
  { db }: Pick<PeopleServices, 'db'>,
  actor: Actor,
  personId: string,
  sessionId: string,
): Promise<void> {
  await transaction(db, async (tx) => {
    if (!(await deleteSession(tx, personId, sessionId))) {
      throw new PeopleError('people-session-unknown', 404, 'Reload the list: this session has ended already');
    }
    const own = actor.kind === 'person' && actor.sessionId === sessionId;
    await append(tx, {
      actor,
      action: own ? 'people.sign-out' : 'people.session.revoke',
      object: { type: 'person', id: personId },
      detail: { sessionId },
    });
    await notify(tx, 'session', { personId });
  });
}

/** Ends all sessions of a person, but the one to keep. */
export async function endSessions(
  { db }: Pick<PeopleServices, 'db'>,
  actor: Actor,
  personId: string,
  keepId?: string,
): Promise<void> {
  await transaction(db, async (tx) => {
    const ended = await deleteSessions(tx, personId, keepId);
    await append(tx, {
      actor,
      action: 'people.session.revoke',
      object: { type: 'person', id: personId },
      detail: { ended },
    });
    await notify(tx, 'session', { personId });
  });
}

/** Starts adding a passkey to one's own account. */
export async function beginPasskey(services: PeopleServices, actor: PersonActor): Promise<CeremonyReply> {
  const person = await readPerson(services.db, actor.personId);
  if (person === undefined) throw unknownPerson();
  const options = await registrationOptions(services, person);
  const detail = { personId: person.id, sessionId: actor.sessionId };
  return {
    ceremonyId: await beginCeremony(services, 'add-passkey', options.challenge, detail),
    options: { ...options },
  };
}

/** Ends adding a passkey; it must be the session that began. */
export async function finishPasskey(
  services: PeopleServices,
  actor: PersonActor,
  { ceremonyId, response, label }: { ceremonyId: string; response: RegistrationResponse; label?: string | undefined },
): Promise<void> {
  const { challenge, member } = await endCeremony(services, 'add-passkey', ceremonyId);
  if (member('sessionId') !== actor.sessionId) {
    throw new PeopleError('people-ceremony', 400, 'Start again: this attempt belongs to another session');
  }
  await transaction(services.db, async (tx) => {
    await lockPerson(tx, actor.personId);
    await registerPasskey(services, tx, { personId: actor.personId, response, challenge, label });
    await append(tx, { actor, action: 'people.passkey.add', object: { type: 'person', id: actor.personId } });
    await tellPerson(
      tx,
      { personId: actor.personId, kind: 'passkey-added', actor, what: passkeyLabel(label) },
      services.now(),
    );
  });
}

/** Removes one of a person's passkeys, but not her only way in, and ends what it opened, be it the session that asks. */
export async function removePasskey(
  { db }: Pick<PeopleServices, 'db'>,
  actor: PersonActor,
  passkeyId: string,
): Promise<void> {
  const { personId } = actor;
  await transaction(db, async (tx) => {
    await lockPerson(tx, personId);
    const others = (await listPasskeys(tx, personId)).filter(({ id }) => id !== passkeyId);
    if (others.length === 0 && !(await hasIdentity(tx, personId))) {
      throw new PeopleError(
        'people-last-passkey',
        409,
        'Add another passkey first: this is the only way into the account',
      );
    }
    if (!(await deletePasskey(tx, personId, passkeyId))) {
      throw new PeopleError('people-passkey-unknown', 404, 'Reload the list: this passkey is gone already');
    }
    const endedSessions = await deleteSessionsOf(tx, personId, passkeyId, actor.sessionId);
    await append(tx, {
      actor,
      action: 'people.passkey.remove',
      object: { type: 'person', id: personId },
      detail: { passkeyId, endedSessions },
    });
    await notify(tx, 'session', { personId });
  });
}
