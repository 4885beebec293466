import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { UserPlus } from 'lucide-react';
import { useDeferredValue, useState } from 'react';
import type { InvitationReply, PersonItem, PersonList } from '../../people/api.ts';
import {
  age,
  api,
  Button,
  Choice,
  cx,
  Dialog,
  Empty,
  Field,
  kit,
  Loaded,
  moment,
  Problem,
  State,
  useAction,
} from '../../ui/index.ts';
import css from '../console.module.css';
import { useRoleOptions } from '../roles.ts';
import { Secret } from '../secret.tsx';
import { type Column, Table } from '../table.tsx';
import { text } from '../text.ts';

export const PERSON_KIND = { active: 'fine', suspended: 'blocked', invited: 'attention' } as const;

const COLUMNS: readonly Column<PersonItem>[] = [
  {
    title: text.people.columns.name,
    cell: (person) => (
      <>
        <Link to="/people/$id" params={{ id: person.id }} className={css.rowLink}>
          {person.displayName}
        </Link>
        <div className={css.small}>{person.email}</div>
      </>
    ),
  },
  { title: text.people.columns.role, cell: ({ role }) => text.people.roles[role] },
  {
    title: text.people.columns.state,
    cell: ({ state }) => <State kind={PERSON_KIND[state]}>{text.people.states[state]}</State>,
  },
  { title: text.people.columns.groups, cell: ({ groups }) => groups.map(({ name }) => name).join(', ') },
  { title: text.people.columns.seen, cell: ({ lastSeenAtMs }) => age(lastSeenAtMs), brief: true },
];

export function People() {
  const [search, setSearch] = useState('');
  const [inviting, setInviting] = useState(false);
  const query = useDeferredValue(search.trim());
  const people = useInfiniteQuery({
    queryKey: ['people', query],
    queryFn: ({ pageParam }) => {
      const params = new URLSearchParams({
        limit: '100',
        ...(query ? { query } : {}),
        ...(pageParam ? { after: pageParam } : {}),
      });
      return api<PersonList>(`people?${params}`);
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });
  return (
    <div className={css.page}>
      <div className={css.head}>
        <h1>{text.people.title}</h1>
        <div className={kit.row}>
          <Link to="/people/groups" className={kit.button}>
            {text.groups.title}
          </Link>
          <Link to="/people/requests" className={kit.button}>
            {text.requests.title}
          </Link>
          <Button kind="primary" onPress={() => setInviting(true)}>
            <UserPlus size={16} aria-hidden="true" />
            {text.people.invite}
          </Button>
        </div>
      </div>
      <div className={css.filters}>
        <Field label={text.people.search} type="search" value={search} onChange={setSearch} />
      </div>
      <Loaded query={people}>
        {({ pages }) => {
          const rows = pages.flatMap(({ items }) => items);
          if (rows.length === 0) return <Empty title={text.people.empty} text={text.people.emptyText} />;
          return <Table label={text.people.title} rows={rows} columns={COLUMNS} rowKey={({ id }) => id} linked />;
        }}
      </Loaded>
      {people.hasNextPage ? (
        <div>
          <Button onPress={() => void people.fetchNextPage()} busy={people.isFetchingNextPage}>
            {text.loadMore}
          </Button>
        </div>
      ) : null}
      <Invite open={inviting} onClose={() => setInviting(false)} />
    </div>
  );
}

function Invite({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const [displayName, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState('member');
  const roles = useRoleOptions();
  const [invitation, setInvitation] = useState<InvitationReply | null>(null);
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    setInvitation(await api<InvitationReply>('people/invitations', { body: { displayName, email, role } }));
    await queries.invalidateQueries({ queryKey: ['people'] });
  });
  const close = (): void => {
    setInvitation(null);
    setName('');
    setEmail('');
    onClose();
  };
  return (
    <Dialog title={text.people.invite} open={open} onClose={close}>
      {invitation ? (
        <>
          <Secret lead={text.people.linkReady} value={invitation.link} />
          <p className={css.small}>{text.people.linkUntil(moment(invitation.expiresAtMs))}</p>
          {invitation.replacedLink ? (
            <p className={css.small}>{text.people.linkReplaced(invitation.person.displayName)}</p>
          ) : null}
          <div className={cx(kit.row, kit.end)}>
            <Button kind="primary" onPress={close}>
              {text.close}
            </Button>
          </div>
        </>
      ) : (
        <form
          className={kit.stack}
          onSubmit={(event) => {
            event.preventDefault();
            run();
          }}
        >
          <Field label={text.people.name} value={displayName} onChange={setName} required />
          <Field label={text.people.email} type="email" value={email} onChange={setEmail} required />
          <Choice label={text.people.role} value={role} onChange={setRole} options={roles} />
          <Problem error={error} />
          <div className={cx(kit.row, kit.end)}>
            <Button onPress={close}>{text.cancel}</Button>
            <Button kind="primary" submit busy={busy}>
              {text.people.send}
            </Button>
          </div>
        </form>
      )}
    </Dialog>
  );
}
