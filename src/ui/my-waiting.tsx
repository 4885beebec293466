import { useQuery, useQueryClient } from '@tanstack/react-query';
import { UserRoundPlus } from 'lucide-react';
import type { WaitingItem, WaitingList } from '../files/api.ts';
import type { NoticeItem } from '../people/api.ts';
import { Button, Problem } from './controls.tsx';
import { api } from './fetcher.ts';
import { useAction } from './gate.tsx';
import css from './kit.module.css';
import { nameOf } from './notice-words.ts';
import { MY_WAITING } from './waiting-words.ts';

/** People who joined one group, and wait for the signed-in person to let them open files of hers. */
export interface WaitingGroup {
  readonly group: WaitingItem['group'];
  readonly people: readonly (WaitingItem & { readonly notices: readonly NoticeItem[] })[];
}

/** Who waits because of what she was told and has not put away, group by group; `told` are those notices. */
export function useMyWaiting(notices: readonly NoticeItem[]): {
  readonly groups: readonly WaitingGroup[];
  readonly told: ReadonlySet<string>;
} {
  const grew = notices.filter(({ kind }) => kind === 'group-grew');
  const waiting = useQuery({
    queryKey: ['my-waiting'],
    queryFn: () => api<WaitingList>('files/waiting'),
    enabled: grew.length > 0,
  });
  // While it cannot be told who waits, the notices stand as they are.
  if (waiting.data === undefined) return { groups: [], told: new Set() };
  const groups = new Map<string, WaitingGroup>();
  for (const item of waiting.data.items) {
    const own = grew.filter(({ about }) => about?.id === item.group.id && about.personId === item.person.personId);
    if (own.length === 0) continue;
    const { group, people } = groups.get(item.group.id) ?? { group: item.group, people: [] };
    groups.set(group.id, { group, people: [...people, { ...item, notices: own }] });
  }
  // Who waits no more was let in, or has left the group: nothing is left to say.
  return { groups: [...groups.values()], told: new Set(grew.map(({ id }) => id)) };
}

/** One group that grew, with who joined it, the files that stay closed, and the way to open them. */
export function MyWaiting({ group, people }: WaitingGroup) {
  const queries = useQueryClient();
  const notNow = useAction(async () => {
    for (const { id } of people.flatMap(({ notices }) => notices))
      await api(`me/notices/${id}/seen`, { method: 'POST' });
    await queries.invalidateQueries();
  });
  const by = [...new Set(people.flatMap(({ notices }) => notices.map((notice) => nameOf(notice.by))))];
  const most = people.reduce((a, b) => (b.fileCount > a.fileCount ? b : a));
  return (
    <li>
      <UserRoundPlus size={20} aria-hidden="true" />
      <span className={css.entryText}>
        <strong>
          {MY_WAITING.title(
            people.map(({ person }) => person.displayName),
            group.name,
          )}
        </strong>
        <span>
          {MY_WAITING.closed(
            most.files.map(({ title }) => title),
            most.fileCount,
          )}
        </span>
        <span className={css.hint}>{MY_WAITING.putBy(by)}</span>
        <Problem error={notNow.error} />
      </span>
      <div className={css.row}>
        {people.map((item) => (
          <LetOpen key={item.person.personId} item={item} />
        ))}
        <Button onPress={notNow.run} busy={notNow.busy} label={`${MY_WAITING.notNow}: ${group.name}`}>
          {MY_WAITING.notNow}
        </Button>
      </div>
    </li>
  );
}

function LetOpen({ item }: { readonly item: WaitingGroup['people'][number] }) {
  const { group, person, notices } = item;
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    await api('files/waiting/confirm', { body: { groupId: group.id, personId: person.personId } });
    for (const { id } of notices) await api(`me/notices/${id}/seen`, { method: 'POST' });
    await queries.invalidateQueries();
  });
  return (
    <>
      <Problem error={error} />
      <Button onPress={run} busy={busy} label={`${MY_WAITING.letOpen(person.displayName)}: ${group.name}`}>
        {MY_WAITING.letOpen(person.displayName)}
      </Button>
    </>
  );
}
