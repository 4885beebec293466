import { type Actor, append, personIdOf, type Role } from '../audit/index.ts';
import { transaction } from '../storage/index.ts';
import { PeopleError } from './people-error.ts';
import { lapseRequests } from './requests.ts';
import { mayGrant, reassess, unknownPerson } from './rules.ts';
import type { PeopleServices } from './services.ts';
import { lockActiveOwners, lockPerson, type Person, readPerson, updatePerson } from './store.ts';
import { deleteSessions } from './store-sessions.ts';
import { takeInvitation } from './store-sign-in.ts';
import { countLater, keepFromActingAlone } from './two-people.ts';

/** What may change about a person who has joined. */
export interface PersonChanges {
  readonly displayName?: string | undefined;
  readonly role?: Role | undefined;
  readonly state?: 'active' | 'suspended' | undefined;
}

/**
 * Changes name, role or state, and has her reassessed; suspending ends every session, another role or state what was asked for with her
 * and the link to her account that is open.
 *
 * @throws PeopleError `people-role` (403), `people-self` (409), `people-last-owner` (409), `people-invited` (409), `people-unknown` (404)
 */
export async function changePerson(
  { db, now }: Pick<PeopleServices, 'db' | 'now'>,
  actor: Actor,
  personId: string,
  changes: PersonChanges,
): Promise<Person> {
  return await transaction(db, async (tx) => {
    // Owners first, then the person: one order of locks for all requests.
    const owners = await lockActiveOwners(tx);
    const before = await lockPerson(tx, personId);
    if (before === undefined) throw unknownPerson();
    mayGrant(actor, before.role);
    if (changes.role !== undefined) mayGrant(actor, changes.role);
    refuseImpossible(actor, before, changes, owners);
    await updatePerson(tx, personId, { ...changes, displayName: changes.displayName?.trim() });
    const endedSessions = changes.state === 'suspended' ? await deleteSessions(tx, personId) : 0;
    await append(tx, {
      actor,
      action: 'people.change',
      object: { type: 'person', id: personId },
      detail: {
        ...(changes.role === undefined ? {} : { roleBefore: before.role, role: changes.role }),
        ...(changes.state === undefined ? {} : { stateBefore: before.state, state: changes.state, endedSessions }),
        ...(changes.displayName === undefined ? {} : { renamed: true }),
      },
    });
    if ((changes.role ?? before.role) !== before.role || (changes.state ?? before.state) !== before.state) {
      await lapseRequests({ now }, tx, actor, personId, { aboutHer: true });
      await takeInvitation(tx, personId, now()); // who holds the link got it for a person of the former role
    }
    const { role = before.role } = changes;
    const rises = role !== before.role && before.role !== 'owner';
    if (rises && before.state !== 'invited') await countLater(tx, actor, { ...before, role }, now());
    if (changes.state === 'suspended' || (role !== before.role && role !== 'owner'))
      await keepFromActingAlone(tx, before, now());
    await reassess(tx, personId);
    const after = await readPerson(tx, personId);
    if (after === undefined) throw new Error('person is gone within the transaction');
    return after;
  });
}

function refuseImpossible(actor: Actor, before: Person, changes: PersonChanges, owners: number): void {
  if (changes.state !== undefined && before.state === 'invited') {
    throw new PeopleError('people-invited', 409, 'Withdraw the invitation instead: this person has not joined yet');
  }
  if (changes.state === 'suspended' && personIdOf(actor) === before.id) {
    throw new PeopleError('people-self', 409, 'Ask another administrator: nobody suspends her own account');
  }
  const after = { role: changes.role ?? before.role, state: changes.state ?? before.state };
  if (isActiveOwner(before) && !isActiveOwner(after) && owners <= 1) {
    throw new PeopleError('people-last-owner', 409, 'Make somebody else an owner first: this is the last active owner');
  }
}

function isActiveOwner({ role, state }: Pick<Person, 'role' | 'state'>): boolean {
  return role === 'owner' && state === 'active';
}
