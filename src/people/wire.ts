import type { PersonItem } from './api.ts';
import type { Person } from './store.ts';

/** A person in the shape of the wire. */
export function personWire(person: Person): PersonItem {
  return { ...person, groups: [...person.groups] };
}
