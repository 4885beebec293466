import { useQuery } from '@tanstack/react-query';
import type { PersonItem, PersonList } from '../people/api.ts';
import { api } from '../ui/index.ts';

const PAGE = 200;

/** Reads the whole list, page after page. */
export async function listPeople(): Promise<readonly PersonItem[]> {
  const items: PersonItem[] = [];
  let after: string | undefined;
  do {
    const page: PersonList = await api(
      `people?limit=${PAGE}${after === undefined ? '' : `&after=${encodeURIComponent(after)}`}`,
    );
    items.push(...page.items);
    after = page.next;
  } while (after !== undefined);
  return items;
}

/** Turns ids of people into names; undefined while they load and for who is gone. */
export function usePersonNames(): (personId: string) => string | undefined {
  const people = useQuery({ queryKey: ['person-names'], queryFn: listPeople, staleTime: 60_000 });
  return (personId) => people.data?.find(({ id }) => id === personId)?.displayName;
}
