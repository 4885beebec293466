import { useInfiniteQuery } from '@tanstack/react-query';
import type { OpeningItem, OpeningList } from '../files/api.ts';
import { api, Button, Loaded, moment, State, words } from '../ui/index.ts';
import css from './console.module.css';
import { useDeviceNames } from './device-names.ts';
import { type Column, Table } from './table.tsx';
import { text } from './text.ts';

interface OpeningsProps {
  readonly by: { readonly deviceId: string } | { readonly personId: string };
  /** What was asked for before is left out. */
  readonly sinceMs?: number;
}

/** The files that a person, or whoever held a device, asked to open: which, where, when, and how it was answered. */
export function Openings({ by, sinceMs = 0 }: OpeningsProps) {
  const deviceName = useDeviceNames();
  const openings = useInfiniteQuery({
    queryKey: ['openings', by],
    queryFn: ({ pageParam }) =>
      api<OpeningList>(
        `files/openings?${new URLSearchParams({ limit: '50', ...by, ...(pageParam ? { after: pageParam } : {}) })}`,
      ),
    initialPageParam: '',
    getNextPageParam: ({ next, items }) => ((items.at(-1)?.atMs ?? 0) < sinceMs ? undefined : next),
  });
  const place: Column<OpeningItem> =
    'deviceId' in by
      ? { title: text.openings.who, cell: ({ person }) => person?.displayName ?? text.device.nobody }
      : {
          title: text.openings.device,
          cell: ({ deviceId }) => (deviceId === null ? text.openings.unknownDevice : deviceName(deviceId)),
        };
  const columns: readonly Column<OpeningItem>[] = [
    { title: text.openings.file, cell: ({ title }) => title ?? text.openings.notHere },
    place,
    { title: text.openings.when, cell: ({ atMs }) => <span className={css.nowrap}>{moment(atMs)}</span> },
    {
      title: text.openings.outcome,
      cell: ({ outcome, reasons }) => (
        <>
          <State kind={outcome === 'opened' ? 'fine' : 'blocked'}>{text.files[outcome]}</State>
          {reasons.length > 0 ? <div className={css.small}>{reasons.map(words).join(', ')}</div> : null}
        </>
      ),
    },
  ];
  return (
    <>
      <Loaded query={openings}>
        {({ pages }) => {
          const rows = pages.flatMap(({ items }) => items).filter(({ atMs }) => atMs >= sinceMs);
          if (rows.length === 0) return <p className={css.lead}>{text.openings.none}</p>;
          return <Table label={text.openings.title} rows={rows} columns={columns} rowKey={({ id }) => id} />;
        }}
      </Loaded>
      {openings.hasNextPage ? (
        <div>
          <Button onPress={() => void openings.fetchNextPage()} busy={openings.isFetchingNextPage}>
            {text.loadMore}
          </Button>
        </div>
      ) : null}
    </>
  );
}
