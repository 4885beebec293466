import { type Actor, type Role, roleOf } from '../audit/index.ts';
import { requestReassess } from '../jobs/index.ts';
import { type Db, notify } from '../storage/index.ts';
import { PeopleError } from './people-error.ts';

/**
 * Refuses who may not give or take a role: only members are made and changed by administrators, everybody else by owners alone.
 *
 * Investigators clear findings and auditors read everything, of the administrators too: neither may be their creature, or muted by them.
 * An API token makes members alone, whatever its role: who copied an owner's must not become one.
 * The server itself may do everything: it acts for the operator, who holds the machine.
 * @throws PeopleError `people-role` (403)
 */
export function mayGrant(actor: Actor, role: Role): void {
  if (actor.kind === 'system') return;
  const own = roleOf(actor);
  const may = own !== undefined && grantersOf(role).includes(own);
  if (may && (actor.kind !== 'token' || role === 'member')) return;
  throw new PeopleError('people-role', 403, `Ask an owner: only owners give and change the role "${role}"`);
}

/** The roles that give and take a role. */
export function grantersOf(role: Role): readonly Role[] {
  return role === 'member' ? ['owner', 'administrator'] : ['owner'];
}

/** Tells the rooms above that facts of a person changed. */
export async function reassess(tx: Db, personId: string): Promise<void> {
  await requestReassess(tx, { personId });
  await notify(tx, 'person', { personId });
}

export function unknownPerson(): PeopleError {
  return new PeopleError('people-unknown', 404, 'Choose another person: nobody has this id');
}
