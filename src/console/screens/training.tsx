import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { GroupDueList, ProgressReply } from '../../training/api.ts';
import { api, Button, day, Empty, Loaded, State, words } from '../../ui/index.ts';
import css from '../console.module.css';
import { GROUP_DUE_DATES, GroupDueDates } from '../group-due-dates.tsx';
import { type Column, Table } from '../table.tsx';
import { text } from '../text.ts';

type Row = ProgressReply['items'][number];
type TitleOf = (kind: GroupDueList['choices'][number]['kind'], id: string) => string;

export function Training() {
  const progress = useInfiniteQuery({
    queryKey: ['training-progress'],
    queryFn: ({ pageParam }) =>
      api<ProgressReply>(`training/progress${pageParam ? `?after=${encodeURIComponent(pageParam)}` : ''}`),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });
  const due = useQuery({ queryKey: ['group-due-dates'], queryFn: () => api<GroupDueList>(GROUP_DUE_DATES) });
  const titleOf: TitleOf = (kind, id) =>
    due.data?.choices.find((choice) => choice.kind === kind && choice.itemId === id)?.title ?? words(id);
  return (
    <div className={css.page}>
      <header className={css.section}>
        <h1>{text.training.title}</h1>
        <p className={css.lead}>{text.training.lead}</p>
      </header>
      <Loaded query={progress}>
        {({ pages }) => {
          const items = pages.flatMap((page) => page.items);
          return items.length === 0 ? (
            <Empty title={text.training.empty} text={text.training.emptyText} />
          ) : (
            <Table
              label={text.training.title}
              rows={items}
              columns={columnsOf(items, titleOf)}
              rowKey={({ personId }) => personId}
              linked
            />
          );
        }}
      </Loaded>
      {progress.hasNextPage ? (
        <div>
          <Button onPress={() => void progress.fetchNextPage()} busy={progress.isFetchingNextPage}>
            {text.loadMore}
          </Button>
        </div>
      ) : null}
      <GroupDueDates />
    </div>
  );
}

/** A column per lesson and per text to sign. */
function columnsOf(items: readonly Row[], titleOf: TitleOf): Column<Row>[] {
  const lessons = [...new Set(items.flatMap((row) => row.lessons.map(({ id }) => id)))];
  const agreements = [...new Set(items.flatMap((row) => row.agreements.map(({ id }) => id)))];
  return [
    {
      title: text.training.person,
      cell: ({ personId, displayName }) => (
        <Link to="/people/$id" params={{ id: personId }} className={css.rowLink}>
          {displayName}
        </Link>
      ),
    },
    ...lessons.map(
      (id): Column<Row> => ({ title: titleOf('lesson', id), cell: (row) => <Lesson row={row} id={id} /> }),
    ),
    ...agreements.map(
      (id): Column<Row> => ({ title: titleOf('text', id), cell: (row) => <Agreement row={row} id={id} /> }),
    ),
  ];
}

function Lesson({ row, id }: { readonly row: Row; readonly id: string }) {
  const lesson = row.lessons.find((item) => item.id === id);
  if (!lesson) return null;
  if (lesson.completedAtMs !== null) return <State kind="fine">{text.training.done(day(lesson.completedAtMs))}</State>;
  if (lesson.dueAtMs < Date.now()) return <State kind="blocked">{text.training.overdue(day(lesson.dueAtMs))}</State>;
  return <State kind="attention">{text.training.due(day(lesson.dueAtMs))}</State>;
}

function Agreement({ row, id }: { readonly row: Row; readonly id: string }) {
  const agreement = row.agreements.find((item) => item.id === id);
  if (!agreement) return null;
  const { signedAtMs, dueAtMs } = agreement;
  if (signedAtMs === null && dueAtMs !== null && dueAtMs > Date.now())
    return <State kind="attention">{text.training.unsignedUntil(day(dueAtMs))}</State>;
  if (signedAtMs === null) return <State kind="attention">{text.training.unsigned}</State>;
  return <State kind="fine">{text.training.signed(day(signedAtMs))}</State>;
}
