import { useQuery, useQueryClient } from '@tanstack/react-query';
import { BellRing } from 'lucide-react';
import type { NoticeItem, NoticeList, RequestItem } from '../people/api.ts';
import { Button, Loaded, Problem } from './controls.tsx';
import { api } from './fetcher.ts';
import { age, moment } from './format.ts';
import { useAction } from './gate.tsx';
import css from './kit.module.css';
import { type AnswerRequest, MyRequest, mayStop, useMyRequests } from './my-requests.tsx';
import { MyWaiting, useMyWaiting } from './my-waiting.tsx';
import { noticePlace, noticeTodo, noticeWords } from './notice-words.ts';
import { requestWords, standingWords } from './request-words.ts';

interface NoticesText {
  readonly title: string;
  readonly seen: string;
}

const useNotices = () => useQuery({ queryKey: ['my-notices'], queryFn: () => api<NoticeList>('me/notices') });

/** What the signed-in person has to know about her account and has not seen yet, or can still stop; nothing while there is none. */
export function NewNotices({ text, answer }: { readonly text: NoticesText; readonly answer?: AnswerRequest }) {
  const all = useMyRequests();
  const requests = all.filter(mayStop);
  const requestOf = ({ about }: NoticeItem): RequestItem | undefined =>
    about?.type === 'request' ? all.find(({ id }) => id === about.id) : undefined;
  // What runs stands with its buttons, and what was carried out is told by a notice of its own.
  const isToldElsewhere = (notice: NoticeItem): boolean => {
    const request = requestOf(notice);
    return request !== undefined && (mayStop(request) || request.standing === 'done');
  };
  const open = useNotices().data?.items.filter((item) => item.seenAtMs === null && !item.bySession) ?? [];
  const waiting = useMyWaiting(open);
  const notices = open.filter((item) => !isToldElsewhere(item) && !waiting.told.has(item.id));
  if (notices.length + requests.length + waiting.groups.length === 0) return null;
  return (
    <section className={css.stack} aria-label={text.title}>
      <h2>{text.title}</h2>
      <ul className={css.notices}>
        {requests.map((item) => (
          <MyRequest key={item.id} item={item} {...(answer ? { answer } : {})} />
        ))}
        {waiting.groups.map((item) => (
          <MyWaiting key={item.group.id} {...item} />
        ))}
        {notices.map((notice) => (
          <NewNotice key={notice.id} notice={notice} request={requestOf(notice)} seen={text.seen} />
        ))}
      </ul>
    </section>
  );
}

interface NewNoticeProps {
  readonly notice: NoticeItem;
  /** The request that it told of, as it ended. */
  readonly request: RequestItem | undefined;
  readonly seen: string;
}

function NewNotice({ notice, request, seen }: NewNoticeProps) {
  return (
    <li>
      <BellRing size={20} aria-hidden="true" />
      <span className={css.entryText}>
        <strong>{request === undefined ? noticeWords(notice) : requestWords(request)}</strong>
        <span>{request === undefined ? noticeTodo(notice) : standingWords(request)}</span>
        <span className={css.hint}>
          <time title={moment(notice.createdAtMs)}>{age(notice.createdAtMs)}</time>
          <Place notice={notice} />
        </span>
      </span>
      <Seen notice={notice} action={seen} />
    </li>
  );
}

function Place({ notice }: { readonly notice: NoticeItem }) {
  const place = noticePlace(notice);
  if (place === undefined) return null;
  const [href, label] = place;
  return (
    <>
      {' · '}
      <a href={href}>{label}</a>
    </>
  );
}

function Seen({ notice, action }: { readonly notice: NoticeItem; readonly action: string }) {
  const queries = useQueryClient();
  const { run, busy, error } = useAction(async () => {
    await api(`me/notices/${notice.id}/seen`, { method: 'POST' });
    await queries.invalidateQueries({ queryKey: ['my-notices'] });
  });
  return (
    <div className={css.row}>
      <Problem error={error} />
      <Button onPress={run} busy={busy} label={`${action}: ${noticeWords(notice)}`}>
        {action}
      </Button>
    </div>
  );
}

/** Everything that the signed-in person was told about her account within a year, seen or not. */
export function AllNotices({
  text,
}: {
  readonly text: { readonly notices: string; readonly noNotices: string; readonly notSeen: string };
}) {
  return (
    <section className={css.stack}>
      <h2>{text.notices}</h2>
      <Loaded query={useNotices()}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={css.hint}>{text.noNotices}</p>
          ) : (
            <ul className={css.entries}>
              {items
                .toSorted((a, b) => b.createdAtMs - a.createdAtMs)
                .map((notice) => (
                  <li key={notice.id}>
                    <BellRing size={22} aria-hidden="true" />
                    <span className={css.entryText}>
                      <strong>{noticeWords(notice)}</strong>
                      <span className={css.hint}>
                        {moment(notice.createdAtMs)}
                        {notice.seenAtMs === null ? ` · ${text.notSeen}` : ''}
                      </span>
                    </span>
                  </li>
                ))}
            </ul>
          )
        }
      </Loaded>
    </section>
  );
}
