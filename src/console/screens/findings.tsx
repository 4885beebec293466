import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { FindingItem, FindingList } from '../../findings/api.ts';
import { age, api, Button, Choice, Empty, Loaded, State } from '../../ui/index.ts';
import css from '../console.module.css';
import { useDeviceNames } from '../device-names.ts';
import { FindingSections } from '../finding-sections.tsx';
import { FindingVerdict } from '../finding-verdict.tsx';
import { type Column, Table } from '../table.tsx';
import { text } from '../text.ts';

/** Every state, where an address names none: that stands for the open ones. */
const ALL_STATES = 'all';

export function Findings() {
  const { state = 'open', verdict = '', source = '' } = useSearch({ from: '/shell/findings' });
  const navigate = useNavigate();
  const filter = (changed: { state?: string; verdict?: string; source?: string }): void => {
    const chosen = { state, verdict, source, ...changed };
    const search = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== '' && value !== 'open'));
    void navigate({ to: '/findings', search, replace: true });
  };
  const findings = useInfiniteQuery({
    queryKey: ['findings', state, verdict, source],
    queryFn: ({ pageParam }) => {
      const query = new URLSearchParams({ limit: '100' });
      for (const [name, value] of Object.entries({ state, verdict, source, cursor: pageParam }))
        if (value !== '' && value !== ALL_STATES) query.set(name, value);
      return api<FindingList>(`findings?${query}`);
    },
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });
  const nameOf = useDeviceNames();
  const columns: readonly Column<FindingItem>[] = [
    {
      title: text.findings.evidence,
      cell: ({ id, title, indicator, value }) => (
        <>
          <Link to="/findings/$id" params={{ id }} className={css.rowLink}>
            {title}
          </Link>
          {indicator === null ? <div className={css.small}>{value.slice(0, 120)}</div> : null}
        </>
      ),
    },
    {
      title: text.findings.columns.verdict,
      cell: (finding) => <FindingVerdict {...finding} />,
    },
    { title: text.findings.columns.device, cell: ({ deviceId }) => nameOf(deviceId) },
    {
      title: text.findings.columns.state,
      cell: ({ state }) => <State kind={state === 'open' ? 'attention' : 'fine'}>{text.findings[state]}</State>,
    },
    { title: text.findings.columns.source, cell: ({ source }) => text.findings.sources[source ?? 'unknown'] },
    { title: text.findings.columns.opened, cell: ({ foundAtMs }) => age(foundAtMs), brief: true },
  ];
  return (
    <div className={css.page}>
      <h1>{text.findings.title}</h1>
      <FindingSections />
      <p className={css.lead}>{text.findings.lead}</p>
      <div className={css.filters}>
        <Choice
          label={text.findings.stateFilter}
          value={state}
          onChange={(value) => filter({ state: value })}
          options={text.findings.stateFilters}
        />
        <Choice
          label={text.findings.verdictFilter}
          value={verdict}
          onChange={(value) => filter({ verdict: value })}
          options={text.findings.verdictFilters}
        />
        <Choice
          label={text.findings.sourceFilter}
          value={source}
          onChange={(value) => filter({ source: value })}
          options={text.findings.sourceFilters}
        />
      </div>
      <Loaded query={findings}>
        {({ pages }) => {
          const rows = pages.flatMap(({ items }) => items);
          if (rows.length === 0) {
            const any = state !== 'cleared' && verdict === '' && source === '';
            return any ? (
              <Empty title={text.findings.empty} text={text.findings.emptyText} />
            ) : (
              <Empty title={text.findings.noMatch} text={text.findings.noMatchText} />
            );
          }
          return <Table label={text.findings.title} rows={rows} columns={columns} rowKey={({ id }) => id} linked />;
        }}
      </Loaded>
      {findings.hasNextPage ? (
        <div>
          <Button onPress={() => void findings.fetchNextPage()} busy={findings.isFetchingNextPage}>
            {text.loadMore}
          </Button>
        </div>
      ) : null}
    </div>
  );
}
