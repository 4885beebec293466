import { type Actor, append } from '../audit/index.ts';
import { notify, transaction } from '../storage/index.ts';
import type { PersonLink } from './api.ts';
import { INVITATION_MS, joinLink } from './invitations.ts';
import { tellPerson } from './notices.ts';
import { newSecret } from './one-time.ts';
import { PeopleError } from './people-error.ts';
import { mayGrant, unknownPerson } from './rules.ts';
import type { PeopleServices } from './services.ts';
import { lockPerson } from './store.ts';
import { deleteSessions } from './store-sessions.ts';
import { putInvitation } from './store-sign-in.ts';

const RECOVERY_MS = 24 * 3_600_000;

/**
 * Gives a person a new one-time link, in place of an earlier one: an invitation to who has not joined, a way to a new passkey to who has.
 *
 * The latter ends her sessions now and her other passkeys when it is used: a key that is lost must open nothing, and somebody who used the
 * link in her place would be noticed at her next sign-in.
 * @throws PeopleError `people-unknown` (404), `people-role` (403), `people-link-self` (409), `people-link-suspended` (409)
 */
export async function personLink(
  { db, publicUrl, now }: Pick<PeopleServices, 'db' | 'publicUrl' | 'now'>,
  actor: Actor,
  personId: string,
): Promise<PersonLink> {
  const { secret, hash } = newSecret();
  return await transaction(db, async (tx) => {
    const person = await lockPerson(tx, personId);
    if (person === undefined) throw unknownPerson();
    mayGrant(actor, person.role);
    if (actor.kind === 'person' && actor.personId === personId)
      throw new PeopleError(
        'people-link-self',
        409,
        'Add a passkey on your own page instead, or ask another owner: nobody makes a link for her own account',
      );
    if (person.state === 'suspended')
      throw new PeopleError('people-link-suspended', 409, 'Lift the suspension first: this person may not sign in');
    const kind = person.state === 'invited' ? 'invitation' : 'passkey';
    const expiresAtMs = now() + (kind === 'invitation' ? INVITATION_MS : RECOVERY_MS);
    await putInvitation(tx, personId, hash, expiresAtMs);
    const detail =
      kind === 'invitation'
        ? { role: person.role, expiresAtMs, again: true }
        : { expiresAtMs, endedSessions: await deleteSessions(tx, personId) };
    await append(tx, {
      actor,
      action: kind === 'invitation' ? 'people.invite' : 'people.recovery.offer',
      object: { type: 'person', id: personId },
      detail,
    });
    if (kind === 'passkey')
      await tellPerson(tx, { personId, kind: 'recovery-made', actor, untilMs: expiresAtMs }, now());
    await notify(tx, 'person', { personId });
    return { kind, link: joinLink(publicUrl, secret), expiresAtMs };
  });
}
