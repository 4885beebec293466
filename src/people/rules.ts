import { type Actor, type Role, roleOf } from '../audit/index.ts';
import { requestReassess } from '../jobs/index.ts';
import { type Db, notify } from '../storage/index.ts';
import { PeopleError } from './people-error.ts';

const OWNERS_ALONE: readonly Role[] = ['owner', 'administrator'];

/**
 * Refuses who may not give or take a role: owners and administrators are made and changed by owners alone.
 *
 * The server itself may do everything: it acts for the operator, who holds the machine.
 * @throws PeopleError `people-role` (403)
 */
export function mayGrant(actor: Actor, role: Role): void {
  if (actor.kind === 'system') return;
  const own = roleOf(actor);
  if (own === 'owner') return;
  if (own === 'administrator' && !OWNERS_ALONE.includes(role)) return;
  throw new PeopleError('people-role', 403, `Ask an owner: only owners give and change the role "${role}"`);
}

/** Tells the rooms above that facts of a person changed. */
export async function reassess(tx: Db, personId: string): Promise<void> {
  await requestReassess(tx, { personId });
  await notify(tx, 'person', { personId });
}

export function unknownPerson(): PeopleError {
  return new PeopleError('people-unknown', 404, 'Choose another person: nobody has this id');
}
