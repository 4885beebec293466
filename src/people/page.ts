import type { Db } from '../storage/index.ts';
import type { PersonState } from './api.ts';
import { PeopleError } from './people-error.ts';
import { listPeople, type Person } from './store.ts';

/**
 * Lists people by name, one page at a time.
 *
 * @param filter.after the `next` of the page before; PeopleError `people-cursor` (400) when it is not one of ours
 * @returns no `next` on the last page
 */
export async function peoplePage(
  db: Db,
  filter: {
    readonly query?: string | undefined;
    readonly state?: PersonState | undefined;
    readonly after?: string | undefined;
  },
  limit: number,
): Promise<{ readonly people: readonly Person[]; readonly next?: string }> {
  const { query, state, after } = filter;
  const people = await listPeople(
    db,
    {
      ...(query === undefined ? {} : { query }),
      ...(state === undefined ? {} : { state }),
      ...(after === undefined ? {} : { after: placeOf(after) }),
    },
    limit,
  );
  const last = people.at(-1);
  if (people.length < limit || last === undefined) return { people };
  return { people, next: Buffer.from(JSON.stringify([last.displayName.toLowerCase(), last.id])).toString('base64url') };
}

function placeOf(cursor: string): readonly [string, string] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(value) && typeof value[0] === 'string' && /^[0-9a-f-]{36}$/.test(String(value[1]))) {
      return [value[0], String(value[1])];
    }
  } catch {
    // not JSON: refused below like every other text that is no cursor
  }
  throw new PeopleError('people-cursor', 400, 'Start from the first page: the cursor is not one of ours');
}
