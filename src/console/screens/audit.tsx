import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import type { AuditEntry, AuditList } from '../../audit/api.ts';
import { api, Button, Choice, cx, Dialog, Empty, Field, instant, kit, Loaded, State, words } from '../../ui/index.ts';
import { useAuditHead } from '../audit-alarm.tsx';
import { AuditEntryRows, actionWords } from '../audit-entry.tsx';
import { AUDIT_AREAS, AUDIT_WORDS } from '../audit-words.data.ts';
import css from '../console.module.css';
import { actorName, useNames } from '../device-names.ts';
import { listPeople } from '../person-names.ts';
import { Replay } from '../replay.tsx';
import { type Column, Table } from '../table.tsx';
import { text } from '../text.ts';

const ACTIONS: readonly (readonly [string, string])[] = [
  ['', text.audit.anything],
  ...AUDIT_AREAS,
  ...Object.entries(AUDIT_WORDS).sort(([, a], [, b]) => a.localeCompare(b)),
];

export function Audit() {
  const [action, setAction] = useState('');
  const [object, setObject] = useState('');
  const [actor, setActor] = useState('');
  const people = useQuery({ queryKey: ['people', 'all'], queryFn: listPeople });
  const [shown, setShown] = useState<AuditEntry | null>(null);
  const filter = useDeferredValue(`${action}\n${object.trim()}\n${actor}`);
  const entries = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam }) => api<AuditList>(`audit?${queryOf(filter, pageParam)}`),
    initialPageParam: 0,
    getNextPageParam: ({ next }) => next,
  });
  const names = useNames();
  const columns: readonly Column<AuditEntry>[] = [
    { title: text.audit.columns.seq, cell: ({ seq }) => seq, number: true },
    { title: text.audit.columns.at, cell: ({ at }) => <span className={css.nowrap}>{instant(Date.parse(at))}</span> },
    { title: text.audit.columns.actor, cell: ({ actor }) => actorName(actor, names) },
    {
      title: text.audit.columns.action,
      first: true,
      cell: (entry) => (
        <>
          <Button kind="quiet" onPress={() => setShown(entry)}>
            {actionWords(entry.action)}
          </Button>
          <div className={css.small}>{entry.action}</div>
        </>
      ),
    },
    {
      title: text.audit.columns.object,
      cell: ({ object: { type, id } }) => (
        <>
          {words(type)} {nameOf(names, id) ?? <span className={kit.mono}>{shortId(id)}</span>}
        </>
      ),
    },
  ];
  return (
    <div className={css.page}>
      <div className={css.head}>
        <h1>{text.audit.title}</h1>
        <ChainBadge />
      </div>
      <RewritingNote />
      <div className={css.filters}>
        <Choice label={text.audit.action} value={action} onChange={setAction} options={ACTIONS} />
        <Field label={text.audit.object} value={object} onChange={setObject} />
        <Choice
          label={text.audit.actor}
          value={actor}
          onChange={setActor}
          options={[
            ['', text.audit.anyone],
            ...(people.data ?? []).map(({ id, displayName }) => [id, displayName] as const),
          ]}
        />
        <a className={kit.button} href="/api/v1/audit/export" download title={text.audit.exportHint}>
          {text.audit.export}
        </a>
      </div>
      <Loaded query={entries}>
        {({ pages }) => {
          const rows = pages.flatMap(({ items }) => items);
          if (rows.length === 0) return <Empty title={text.audit.empty} text={text.audit.emptyText} />;
          return <Table label={text.audit.title} rows={rows} columns={columns} rowKey={({ id }) => id} linked />;
        }}
      </Loaded>
      {entries.hasNextPage ? (
        <div>
          <Button onPress={() => void entries.fetchNextPage()} busy={entries.isFetchingNextPage}>
            {text.loadMore}
          </Button>
        </div>
      ) : null}
      <Dialog title={actionWords(shown?.action ?? '')} open={shown !== null} onClose={() => setShown(null)}>
        {shown === null ? null : <AuditEntryRows entry={shown} />}
        {shown?.object.type === 'decision' && shown.object.id !== null ? (
          <Replay key={shown.id} decisionId={shown.object.id} />
        ) : null}
        <div className={cx(kit.row, kit.end)}>
          <Button onPress={() => setShown(null)}>{text.close}</Button>
        </div>
      </Dialog>
    </div>
  );
}

function queryOf(filter: string, before: number): string {
  const [action = '', object = '', actor = ''] = filter.split('\n');
  const params = new URLSearchParams({ limit: '100' });
  if (action) params.set('action', action);
  if (object) params.set('object', object);
  if (actor) params.set('actor', actor);
  if (before > 0) params.set('before', String(before));
  return params.toString();
}

function nameOf(names: ReturnType<typeof useNames>, id: string | null): string | undefined {
  return id === null ? undefined : (names.device(id) ?? names.person(id));
}

/** Random ids are told apart by their head; others say something, and are shown whole. */
function shortId(id: string | null): string | undefined {
  return id !== null && /^[0-9a-f]{8}-[0-9a-f-]{27}$/i.test(id) ? id.slice(0, 8) : id?.slice(0, 60);
}

function ChainBadge() {
  const head = useAuditHead();
  if (!head.data) return <State kind="unknown">{text.audit.checking}</State>;
  const { verified, why, hash, entries } = head.data;
  return (
    <div className={kit.row}>
      <span className={css.small}>{text.audit.entries(entries)}</span>
      <State kind={verified ? 'fine' : 'blocked'}>
        {verified ? text.audit.verified(hash.slice(0, 12)) : `${text.audit.broken}: ${why ?? ''}`}
      </State>
    </div>
  );
}

/** Where one role of the database does all; the bundled one has two. */
function RewritingNote() {
  if (useAuditHead().data?.rewriting !== 'open') return null;
  return (
    <div className={kit.stack}>
      <div className={kit.row}>
        <State kind="attention">{text.audit.open}</State>
      </div>
      <p className={kit.hint}>{text.audit.openHint}</p>
    </div>
  );
}
