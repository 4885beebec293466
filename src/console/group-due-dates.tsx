import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { GroupItem } from '../people/api.ts';
import type { GroupDueList } from '../training/api.ts';
import { api, Button, Choice, day, Field, Loaded, Problem, Remove, useAction, useMe } from '../ui/index.ts';
import css from './console.module.css';
import { useGroups } from './groups.tsx';
import { text } from './text.ts';

export const GROUP_DUE_DATES = 'training/group-due-dates';
const say = text.training.groups;
type Item = GroupDueList['items'][number];

/** Until when the people of each group finish a lesson or sign a text, with the form that sets it. */
export function GroupDueDates() {
  const me = useMe();
  const groups = useGroups();
  const due = useQuery({ queryKey: ['group-due-dates'], queryFn: () => api<GroupDueList>(GROUP_DUE_DATES) });
  const editor = me.data?.role === 'owner' || me.data?.role === 'administrator';
  return (
    <section className={css.section}>
      <h2>{say.title}</h2>
      <p className={css.lead}>{say.lead}</p>
      <Loaded query={groups}>
        {({ items }) => (
          <Loaded query={due}>
            {(list) => (
              <>
                {list.items.length === 0 ? <p className={css.lead}>{say.none}</p> : null}
                <ul className={css.rows}>
                  {list.items.map((item) => (
                    <Row key={rowKey(item)} item={item} list={list} groups={items} editor={editor} />
                  ))}
                </ul>
                {editor ? <Assign choices={list.choices} groups={items} /> : null}
              </>
            )}
          </Loaded>
        )}
      </Loaded>
    </section>
  );
}

const rowKey = ({ groupId, kind, itemId }: Omit<Item, 'dueAtMs'>): string =>
  [groupId, kind, itemId].map(encodeURIComponent).join('/');

function Row({
  item,
  list,
  groups,
  editor,
}: {
  readonly item: Item;
  readonly list: GroupDueList;
  readonly groups: readonly GroupItem[];
  readonly editor: boolean;
}) {
  const group = groups.find(({ id }) => id === item.groupId);
  const title = list.choices.find(({ kind, itemId }) => kind === item.kind && itemId === item.itemId)?.title;
  const what = title ?? item.itemId;
  const name = group?.name ?? '';
  return (
    <li>
      <div>
        <strong>{what}</strong>
        <p className={css.small}>
          {text.groups.withCount(name, group?.memberCount ?? 0)} ·{' '}
          {item.dueAtMs < Date.now() ? say.past(day(item.dueAtMs)) : say.until(day(item.dueAtMs))}
        </p>
      </div>
      {editor ? (
        <Remove path={`${GROUP_DUE_DATES}/${rowKey(item)}`} action={say.remove} what={`${what}, ${name}`} />
      ) : null}
    </li>
  );
}

function Assign({
  choices,
  groups,
}: {
  readonly choices: GroupDueList['choices'];
  readonly groups: readonly GroupItem[];
}) {
  const [groupId, setGroupId] = useState('');
  const [chosen, setChosen] = useState('0');
  const [date, setDate] = useState('');
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    const choice = choices[Number(chosen)];
    if (choice === undefined) return;
    const { kind, itemId } = choice;
    // The whole day counts, where the administrator is.
    const dueAtMs = new Date(`${date}T23:59:59`).getTime();
    await api(GROUP_DUE_DATES, { method: 'PUT', body: { groupId, kind, itemId, dueAtMs } });
    await queries.invalidateQueries();
  });
  if (groups.length === 0) return <p className={css.small}>{say.noGroups}</p>;
  return (
    <>
      <form
        className={css.form}
        onSubmit={(event) => {
          event.preventDefault();
          run();
        }}
      >
        <Choice
          label={say.group}
          value={groupId}
          onChange={setGroupId}
          options={[
            ['', say.chooseGroup],
            ...groups.map(({ id, name, memberCount }) => [id, text.groups.withCount(name, memberCount)] as const),
          ]}
        />
        <div className={css.wide}>
          <Choice
            label={say.what}
            value={chosen}
            onChange={setChosen}
            options={choices.map(({ kind, title }, index) => [String(index), say.choice(kind, title)] as const)}
          />
        </div>
        <Field label={say.date} type="date" value={date} onChange={setDate} required />
        <Button submit busy={busy} disabled={groupId === '' || date === ''}>
          {say.set}
        </Button>
      </form>
      <Problem error={error} />
      <p className={css.small}>{choices[Number(chosen)]?.kind === 'text' ? say.textEffect : say.lessonEffect}</p>
    </>
  );
}
