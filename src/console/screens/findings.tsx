import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { FindingItem, FindingList } from '../../findings/api.ts';
import { age, api, Empty, Loaded, State, type StateKind } from '../../ui/index.ts';
import css from '../console.module.css';
import { useDeviceNames } from '../device-names.ts';
import { FindingSections } from '../finding-sections.tsx';
import { type Column, Table } from '../table.tsx';
import { text } from '../text.ts';

/** Only a trace refuses by itself; the rest asks for a look. */
export const VERDICT_KIND = { trace: 'blocked', unusual: 'attention', weakness: 'attention' } as const satisfies Record<
  FindingItem['verdict'],
  StateKind
>;

/** Open before cleared, traces before the rest. */
function weight({ state, verdict }: FindingItem): number {
  return (state === 'open' ? 0 : 2) + (verdict === 'trace' ? 0 : 1);
}

export function Findings() {
  const findings = useQuery({ queryKey: ['findings'], queryFn: () => api<FindingList>('findings?limit=500') });
  const nameOf = useDeviceNames();
  const columns: readonly Column<FindingItem>[] = [
    {
      title: text.findings.evidence,
      cell: ({ id, title }) => (
        <Link to="/findings/$id" params={{ id }} className={css.rowLink}>
          {title}
        </Link>
      ),
    },
    {
      title: text.findings.columns.verdict,
      cell: ({ verdict }) => <State kind={VERDICT_KIND[verdict]}>{text.findings.verdicts[verdict]}</State>,
    },
    { title: text.findings.columns.device, cell: ({ deviceId }) => nameOf(deviceId) },
    {
      title: text.findings.columns.state,
      cell: ({ state }) => <State kind={state === 'open' ? 'attention' : 'fine'}>{text.findings[state]}</State>,
    },
    { title: text.findings.columns.opened, cell: ({ foundAtMs }) => age(foundAtMs), brief: true },
  ];
  return (
    <div className={css.page}>
      <h1>{text.findings.title}</h1>
      <FindingSections />
      <Loaded query={findings}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={text.findings.empty} text={text.findings.emptyText} />
          ) : (
            <Table
              label={text.findings.title}
              rows={items.toSorted((a, b) => weight(a) - weight(b))}
              columns={columns}
              rowKey={({ id }) => id}
              linked
            />
          )
        }
      </Loaded>
    </div>
  );
}
