import { type Actor, append } from '../audit/index.ts';
import { notify, transaction } from '../storage/index.ts';
import type { PersonLink } from './api.ts';
import { INVITATION_MS, joinLink } from './invitations.ts';
import { newSecret } from './one-time.ts';
import { PeopleError } from './people-error.ts';
import { offerRecovery } from './recovery-request.ts';
import { mayGrant, unknownPerson } from './rules.ts';
import type { PeopleServices } from './services.ts';
import { lockPerson } from './store.ts';
import { putInvitation } from './store-sign-in.ts';

/**
 * Gives a person who has not joined a new invitation, in place of an earlier one. Of who has joined, the server's machine alone makes a
 * link for a new passkey in this way; everybody else asks for it (`recoveryRequest`).
 *
 * @throws PeopleError `people-unknown` (404), `people-role` (403), `people-link-joined` (409), `people-link-suspended` (409)
 */
export async function personLink(
  services: Pick<PeopleServices, 'db' | 'publicUrl' | 'now'>,
  actor: Actor,
  personId: string,
): Promise<PersonLink> {
  const { db, publicUrl, now } = services;
  return await transaction(db, async (tx) => {
    const person = await lockPerson(tx, personId);
    if (person === undefined) throw unknownPerson();
    mayGrant(actor, person.role);
    if (person.state === 'suspended')
      throw new PeopleError('people-link-suspended', 409, 'Lift the suspension first: this person may not sign in');
    if (person.state === 'active') {
      if (actor.kind === 'system') return await offerRecovery(services, tx, actor, personId, 'host');
      throw new PeopleError(
        'people-link-joined',
        409,
        'Ask for a link for a new passkey, with the reason: this person has joined, and it takes two people',
      );
    }
    const { secret, hash } = newSecret();
    const expiresAtMs = now() + INVITATION_MS;
    await putInvitation(tx, personId, hash, expiresAtMs);
    await append(tx, {
      actor,
      action: 'people.invite',
      object: { type: 'person', id: personId },
      detail: { role: person.role, expiresAtMs, again: true },
    });
    await notify(tx, 'person', { personId });
    return { kind: 'invitation', link: joinLink(publicUrl, secret), expiresAtMs };
  });
}
