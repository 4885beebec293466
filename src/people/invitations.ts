import { randomUUID } from 'node:crypto';
import { type Actor, append, type Role } from '../audit/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import type { InvitationReply, JoinOptionsReply, RegistrationResponse } from './api.ts';
import { beginCeremony, endCeremony } from './ceremonies.ts';
import { groupGrew } from './groups.ts';
import { tellPerson } from './notices.ts';
import { hashSecret, newSecret } from './one-time.ts';
import { registerPasskey, registrationOptions } from './passkeys.ts';
import { PeopleError } from './people-error.ts';
import { keepPlace, type SignInFrom } from './places.ts';
import { lapseRequests } from './requests.ts';
import { mayGrant, reassess, unknownPerson } from './rules.ts';
import type { PeopleServices } from './services.ts';
import { type OpenedSession, openSession } from './sessions.ts';
import {
  deleteInvitedPerson,
  findPersonByEmail,
  insertMember,
  insertPerson,
  lockPerson,
  type Person,
  readPerson,
  updatePerson,
} from './store.ts';
import { deleteSessions } from './store-sessions.ts';
import { deletePasskeys, findInvitedPerson, putInvitation, takeInvitation } from './store-sign-in.ts';
import { countLater, holdAfterRecovery } from './two-people.ts';

export const INVITATION_MS = 7 * 24 * 3_600_000;

/**
 * Invites a person by a one-time link, valid for 7 days; inviting the same address again replaces the link and the role, never the name.
 *
 * @throws PeopleError `people-role` (403), `people-email-taken` (409) once the person has joined, `people-group-unknown` (404)
 */
export async function createPerson(
  { db, publicUrl, now }: Pick<PeopleServices, 'db' | 'publicUrl' | 'now'>,
  actor: Actor,
  wanted: { displayName: string; email: string; role: Role; groupIds?: readonly string[] | undefined },
): Promise<InvitationReply> {
  const { secret, hash } = newSecret();
  const expiresAtMs = now() + INVITATION_MS;
  const { person, replacedLink } = await transaction(db, async (tx) => {
    mayGrant(actor, wanted.role);
    const { personId, isKnown } = await putInvitedPerson(tx, actor, wanted, now());
    for (const groupId of wanted.groupIds ?? []) {
      const outcome = await insertMember(tx, groupId, personId, now());
      if (outcome === 'added') await groupGrew(tx, actor, groupId, personId);
      if (outcome === 'unknown') {
        throw new PeopleError('people-group-unknown', 404, `Choose another group: "${groupId}" does not exist`);
      }
    }
    await putInvitation(tx, personId, hash, expiresAtMs);
    await append(tx, {
      actor,
      action: 'people.invite',
      object: { type: 'person', id: personId },
      detail: { role: wanted.role, expiresAtMs },
    });
    await notify(tx, 'person', { personId });
    const made = await readPerson(tx, personId);
    if (made === undefined) throw new Error('invited person is gone within the transaction');
    return { person: made, replacedLink: isKnown };
  });
  return {
    person: { ...person, groups: [...person.groups] },
    link: joinLink(publicUrl, secret),
    replacedLink,
    expiresAtMs,
  };
}

/** The address that a one-time secret is given in: the fragment, which browsers do not send, stays out of logs of servers and proxies. */
export function joinLink(publicUrl: URL, secret: string): string {
  return new URL(`/workspace/#/join?token=${secret}`, publicUrl).href;
}

async function putInvitedPerson(
  tx: Db,
  actor: Actor,
  wanted: { displayName: string; email: string; role: Role },
  nowMs: number,
): Promise<{ personId: string; isKnown: boolean }> {
  const found = await findPersonByEmail(tx, wanted.email);
  // Held before it is judged: she may be joining now, and a link to who has joined is a way into her account.
  const known = found && (await lockPerson(tx, found.id));
  if (known === undefined) {
    const id = randomUUID();
    const displayName = wanted.displayName.trim();
    await insertPerson(tx, { ...wanted, id, displayName, state: 'invited', joinedAtMs: null }, nowMs);
    return { personId: id, isKnown: false };
  }
  if (known.state !== 'invited') {
    throw new PeopleError(
      'people-email-taken',
      409,
      'Open the existing person: the address belongs to somebody who has joined',
    );
  }
  mayGrant(actor, known.role);
  await updatePerson(tx, known.id, { role: wanted.role });
  return { personId: known.id, isKnown: true };
}

/**
 * Withdraws an invitation and forgets the person who never joined.
 *
 * @throws PeopleError `people-unknown` (404), `people-role` (403), `people-joined` (409), `people-owns-files` (409)
 */
export async function withdrawInvitation(
  { db }: Pick<PeopleServices, 'db'>,
  actor: Actor,
  personId: string,
): Promise<void> {
  await transaction(db, async (tx) => {
    const person = await lockPerson(tx, personId);
    if (person === undefined) throw unknownPerson();
    mayGrant(actor, person.role);
    if (!(await deleteInvitedPerson(tx, personId).catch(refuseNeeded))) {
      throw new PeopleError('people-joined', 409, 'Suspend the person instead: the invitation was accepted already');
    }
    await append(tx, { actor, action: 'people.invite.withdraw', object: { type: 'person', id: personId } });
    await notify(tx, 'person', { personId });
  });
}

/** A record of another room needs its person: a file that a token uploaded for her has her as its owner. */
function refuseNeeded(error: unknown): never {
  if (!(error instanceof Error && 'code' in error && error.code === '23503')) throw error; // foreign_key_violation
  throw new PeopleError(
    'people-owns-files',
    409,
    'Invite the person again: she owns files, and these need their owner',
  );
}

/** Starts joining: the holder of an invitation gets the options for her passkey. */
export async function beginJoin(services: PeopleServices, token: string): Promise<JoinOptionsReply> {
  const personId = await findInvitedPerson(services.db, hashSecret(token), services.now());
  const person = personId === undefined ? undefined : await readPerson(services.db, personId);
  if (person === undefined || person.state === 'suspended') throw closedInvitation();
  const recovery = person.state === 'active';
  const options = await registrationOptions(services, person, { replacing: recovery });
  const ceremonyId = await beginCeremony(services, 'join', options.challenge, {
    personId: person.id,
    tokenHash: hashSecret(token).toString('base64url'),
  });
  return { ceremonyId, options: { ...options }, displayName: person.displayName, email: person.email, recovery };
}

/** Ends joining: the passkey is checked, the link used up, the person active and signed in; of who had joined, other passkeys end. */
export async function finishJoin(
  services: PeopleServices,
  { ceremonyId, response, label }: { ceremonyId: string; response: RegistrationResponse; label?: string | undefined },
  from: SignInFrom,
): Promise<OpenedSession> {
  const { challenge, member } = await endCeremony(services, 'join', ceremonyId);
  const personId = member('personId');
  return await transaction(services.db, async (tx) => {
    // The link may have been replaced since the options were given.
    const invited = await findInvitedPerson(tx, Buffer.from(member('tokenHash'), 'base64url'), services.now());
    if (invited !== personId) throw closedInvitation();
    const joined = await lockPerson(tx, personId);
    const recovered = joined?.state === 'active' ? await recover(services, tx, joined) : undefined;
    const person = recovered?.person ?? (await activateInvited(services, tx, personId));
    const passkeyId = await registerPasskey(services, tx, { personId, response, challenge, label });
    const session = await openSession(services, tx, personId, { method: 'passkey', passkeyId }, from);
    await keepPlace(services, tx, personId, from); // her first, or told with the recovery
    if (recovered === undefined) await auditJoin(tx, person, session, 'passkey');
    else await tellRecovery(services, tx, recovered, session);
    return session;
  });
}

/** Uses up a person's open invitation and makes her active. */
export async function activateInvited({ now }: Pick<PeopleServices, 'now'>, tx: Db, personId: string): Promise<Person> {
  const person = await lockPerson(tx, personId);
  if (person?.state !== 'invited' || !(await takeInvitation(tx, personId, now()))) throw closedInvitation();
  await updatePerson(tx, personId, { state: 'active', joinedAtMs: now() });
  await countLater(tx, { kind: 'anonymous' }, person, now());
  await reassess(tx, personId);
  return person;
}

interface Recovered {
  readonly person: Person;
  readonly removedPasskeys: number;
  readonly endedSessions: number;
}

/** Uses up the link of a person who lost her passkey, ends what the lost one could still open, and holds what the new one could. */
async function recover({ now }: Pick<PeopleServices, 'now'>, tx: Db, person: Person): Promise<Recovered> {
  const { id: personId } = person;
  if (!(await takeInvitation(tx, personId, now()))) throw closedInvitation();
  const [removedPasskeys, endedSessions] = [await deletePasskeys(tx, personId), await deleteSessions(tx, personId)];
  await holdAfterRecovery(tx, personId, now());
  // Whoever asked or agreed as her before may not have been her.
  await lapseRequests({ now }, tx, { kind: 'system' }, personId, { aboutHer: false });
  await notify(tx, 'person', { personId });
  return { person, removedPasskeys, endedSessions };
}

async function tellRecovery(
  { now }: Pick<PeopleServices, 'now'>,
  tx: Db,
  recovered: Recovered,
  { sessionId }: OpenedSession,
): Promise<void> {
  const { person, removedPasskeys, endedSessions } = recovered;
  const actor = { kind: 'person', personId: person.id, role: person.role, sessionId } as const;
  await append(tx, {
    actor,
    action: 'people.recover',
    object: { type: 'person', id: person.id },
    detail: { removedPasskeys, endedSessions },
  });
  await tellPerson(tx, { personId: person.id, kind: 'recovered', actor }, now());
}

/** Writes that a person joined, by her own hand. */
export async function auditJoin(tx: Db, person: Person, session: OpenedSession, method: string): Promise<void> {
  await append(tx, {
    actor: { kind: 'person', personId: person.id, role: person.role, sessionId: session.sessionId },
    action: 'people.join',
    object: { type: 'person', id: person.id },
    detail: { method },
  });
}

function closedInvitation(): PeopleError {
  return new PeopleError(
    'people-invitation',
    403,
    'Ask for a new invitation: this link was used, replaced or is too old',
  );
}
