import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { GroupItem } from '../../people/api.ts';
import type { PoliciesReply } from '../../policies/api.ts';
import type { GroupDueList } from '../../training/api.ts';
import { api, Button, cx, Dialog, Empty, Field, kit, Loaded, Problem, useAction, useMe } from '../../ui/index.ts';
import { LEAVE, useLossyChange } from '../confirm-change.tsx';
import css from '../console.module.css';
import { MakeGroup, useGroups } from '../groups.tsx';
import { text } from '../text.ts';

const say = text.groups;

/** Every group: what applies to it, with rename and delete, and new ones; who belongs to it stands on each person's page. */
export function Groups() {
  const role = useMe().data?.role;
  const groups = useGroups();
  const policies = useQuery({ queryKey: ['policies'], queryFn: () => api<PoliciesReply>('policies') });
  const due = useQuery({
    queryKey: ['group-due-dates'],
    queryFn: () => api<GroupDueList>('training/group-due-dates'),
  });
  const policiesOf = (id: string): string[] =>
    (policies.data?.items ?? []).flatMap(({ name, assignment }) => (assignment.groups.includes(id) ? [name] : []));
  const datesOf = (id: string): number => (due.data?.items ?? []).filter(({ groupId }) => groupId === id).length;
  return (
    <div className={css.page}>
      <header className={css.section}>
        <p className={css.small}>
          <Link to="/people">{text.people.title}</Link>
        </p>
        <h1>{say.title}</h1>
        <p className={css.lead}>{say.lead}</p>
      </header>
      <Loaded query={groups}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={say.empty} text={say.emptyText} />
          ) : (
            <ul className={css.rows}>
              {items.map((group) => (
                <Row key={group.id} group={group} policies={policiesOf(group.id)} dates={datesOf(group.id)} />
              ))}
            </ul>
          )
        }
      </Loaded>
      {role === 'owner' || role === 'administrator' ? <MakeGroup /> : null}
    </div>
  );
}

interface RowProps {
  readonly group: GroupItem;
  readonly policies: readonly string[];
  readonly dates: number;
}

function Row({ group, policies, dates }: RowProps) {
  const role = useMe().data?.role;
  const [open, setOpen] = useState<'rename' | 'remove' | null>(null);
  const close = (): void => setOpen(null);
  const parts = [
    say.people(group.memberCount),
    policies.length === 0 ? say.noPolicy : say.policies(policies),
    ...(dates === 0 ? [] : [say.dates(dates)]),
  ];
  return (
    <li>
      <div>
        <strong>{group.name}</strong>
        <p className={css.small}>{parts.join(' · ')}</p>
      </div>
      {role === 'owner' || role === 'administrator' ? (
        <div className={kit.row}>
          <Button kind="quiet" onPress={() => setOpen('rename')} label={`${say.rename}: ${group.name}`}>
            {say.rename}
          </Button>
          <Button kind="quiet" onPress={() => setOpen('remove')} label={`${say.remove}: ${group.name}`}>
            {say.remove}
          </Button>
        </div>
      ) : null}
      <Dialog title={say.renameTitle(group.name)} open={open === 'rename'} onClose={close}>
        <Rename group={group} onClose={close} />
      </Dialog>
      <Dialog title={say.removeTitle(group.name)} open={open === 'remove'} onClose={close}>
        <Delete group={group} policies={policies} dates={dates} onClose={close} />
      </Dialog>
    </li>
  );
}

function Rename({ group, onClose }: { readonly group: GroupItem; readonly onClose: () => void }) {
  const [name, setName] = useState(group.name);
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    await api(`groups/${group.id}`, { method: 'PATCH', body: { name: name.trim() } });
    await queries.invalidateQueries();
    onClose();
  });
  return (
    <form
      className={kit.stack}
      onSubmit={(event) => {
        event.preventDefault();
        run();
      }}
    >
      <p>{say.renameText}</p>
      <Field label={say.newName} value={name} onChange={setName} required />
      <Problem error={error} />
      <div className={cx(kit.row, kit.end)}>
        <Button onPress={onClose}>{text.cancel}</Button>
        <Button kind="primary" submit busy={busy} disabled={name.trim() === '' || name.trim() === group.name}>
          {say.rename}
        </Button>
      </div>
    </form>
  );
}

function Delete({ group, policies, dates, onClose }: RowProps & { readonly onClose: () => void }) {
  const queries = useQueryClient();
  const { run, busy, error, loss } = useLossyChange(async (confirmed) => {
    await api(`groups/${group.id}${confirmed ? LEAVE : ''}`, { method: 'DELETE' });
    await queries.invalidateQueries();
  });
  return (
    <>
      <p>{say.removeText(group.memberCount)}</p>
      {policies.length === 0 ? null : <p>{say.removePolicies(policies)}</p>}
      {dates === 0 ? null : <p>{say.removeDates}</p>}
      {loss === null ? null : <p role="alert">{loss}</p>}
      <Problem error={error} />
      <div className={cx(kit.row, kit.end)}>
        <Button onPress={onClose}>{text.cancel}</Button>
        <Button kind="danger" onPress={run} busy={busy}>
          {loss === null ? say.removeAction : text.policies.takeAway}
        </Button>
      </div>
    </>
  );
}
