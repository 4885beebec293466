import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { CaseItem, CaseList } from '../../findings/api.ts';
import { age, api, Button, Choice, Empty, Loaded, State, type StateKind } from '../../ui/index.ts';
import css from '../console.module.css';
import { useDeviceNames } from '../device-names.ts';
import { FindingSections } from '../finding-sections.tsx';
import { type Column, Table } from '../table.tsx';
import { text } from '../text.ts';
import { caseText } from '../text-cases.ts';

const STATUS_KIND = {
  new: 'attention',
  'in-work': 'attention',
  waiting: 'waiting',
  closed: 'fine',
} as const satisfies Record<CaseItem['status'], StateKind>;

export function CaseStatus({ item }: { readonly item: CaseItem }) {
  const toSign = item.status !== 'closed' && item.proposedAtMs !== null;
  return <State kind={STATUS_KIND[item.status]}>{toSign ? caseText.toSign : caseText.status[item.status]}</State>;
}

const ALL = 'all';

export function Cases() {
  const { status = 'open' } = useSearch({ from: '/shell/findings/cases' });
  const navigate = useNavigate();
  const setStatus = (chosen: string): void =>
    void navigate({ to: '/findings/cases', search: chosen === 'open' ? {} : { status: chosen }, replace: true });
  const nameOf = useDeviceNames();
  const cases = useInfiniteQuery({
    queryKey: ['cases', status],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ limit: '50' });
      if (status !== ALL) query.set('status', status);
      if (pageParam !== null) query.set('before', String(pageParam));
      return api<CaseList>(`cases?${query}`);
    },
    initialPageParam: null as number | null,
    getNextPageParam: ({ next }) => next,
  });
  const columns: readonly Column<CaseItem>[] = [
    {
      title: caseText.columns.number,
      cell: ({ id, number, families }) => (
        <Link to="/findings/cases/$id" params={{ id }} className={css.rowLink}>
          {caseText.number(number)}
          {families.length === 0 ? '' : `: ${families.join(', ')}`}
        </Link>
      ),
    },
    { title: caseText.columns.phone, cell: ({ deviceId }) => nameOf(deviceId) },
    { title: caseText.columns.status, cell: (item) => <CaseStatus item={item} /> },
    {
      title: caseText.columns.found,
      cell: ({ traces, openFindings, findings }) => (
        <>
          <State kind={traces > 0 ? 'blocked' : 'attention'}>
            {traces > 0 ? text.findings.verdicts.trace : text.findings.verdicts.unusual}
          </State>
          <div className={css.small}>{caseText.found(openFindings, findings)}</div>
        </>
      ),
    },
    { title: caseText.columns.opened, cell: ({ openedAtMs }) => age(openedAtMs), brief: true },
  ];
  return (
    <div className={css.page}>
      <h1>{caseText.title}</h1>
      <FindingSections />
      <p className={css.lead}>{caseText.lead}</p>
      <div className={css.filters}>
        <Choice label={caseText.filter} value={status} onChange={setStatus} options={caseText.filters} />
      </div>
      <Loaded query={cases}>
        {({ pages }) => {
          const rows = pages.flatMap(({ items }) => items);
          if (rows.length === 0) {
            const any = status === ALL || status === 'open';
            return any ? (
              <Empty title={caseText.empty} text={caseText.emptyText} />
            ) : (
              <Empty title={caseText.noMatch} text={caseText.noMatchText} />
            );
          }
          return <Table label={caseText.title} rows={rows} columns={columns} rowKey={({ id }) => id} linked />;
        }}
      </Loaded>
      {cases.hasNextPage ? (
        <div>
          <Button onPress={() => void cases.fetchNextPage()} busy={cases.isFetchingNextPage}>
            {text.loadMore}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
