import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronRight, GraduationCap, PenLine } from 'lucide-react';
import type { AgreementsReply, LessonsReply } from '../../training/api.ts';
import { api, cx, day, Empty, Loaded, State } from '../../ui/index.ts';
import { text } from '../text.ts';
import css from '../workspace.module.css';

export function Learn() {
  const lessons = useQuery({ queryKey: ['my-lessons'], queryFn: () => api<LessonsReply>('me/lessons') });
  const agreements = useQuery({ queryKey: ['my-agreements'], queryFn: () => api<AgreementsReply>('me/agreements') });
  return (
    <div className={css.page}>
      <h1>{text.learn.title}</h1>
      <section className={css.section}>
        <h2>{text.learn.lessons}</h2>
        <Loaded query={lessons}>
          {({ items }) =>
            items.length === 0 ? (
              <Empty title={text.learn.empty} text={text.learn.emptyText} />
            ) : (
              <ul className={css.list}>
                {items.map((lesson) => (
                  <li key={lesson.id}>
                    <Link to="/learn/$id" params={{ id: lesson.id }} className={cx(css.item, css.itemStated)}>
                      <GraduationCap size={22} aria-hidden="true" />
                      <span className={css.itemText}>
                        <strong>{lesson.title}</strong>
                        <span className={css.small}>{lesson.summary}</span>
                        <span className={css.small}>{text.today.minutes(lesson.minutes)}</span>
                      </span>
                      <span className={css.itemState}>
                        <Due dueAtMs={lesson.dueAtMs} completedAtMs={lesson.completedAtMs} />
                      </span>
                      <ChevronRight size={18} aria-hidden="true" />
                    </Link>
                  </li>
                ))}
              </ul>
            )
          }
        </Loaded>
      </section>
      <section className={css.section}>
        <h2>{text.learn.agreements}</h2>
        <Loaded query={agreements}>
          {({ items }) => (
            <ul className={css.list}>
              {items.map((agreement) => (
                <li key={agreement.id}>
                  <Link to="/agreements/$id" params={{ id: agreement.id }} className={cx(css.item, css.itemStated)}>
                    <PenLine size={22} aria-hidden="true" />
                    <span className={css.itemText}>
                      <strong>{agreement.title}</strong>
                      <span className={css.small}>{text.agreement.version(agreement.version)}</span>
                    </span>
                    <span className={css.itemState}>
                      {agreement.signedAtMs === null ? (
                        <State kind="attention">
                          {agreement.dueAtMs === null
                            ? text.learn.unsigned
                            : text.learn.unsignedUntil(day(agreement.dueAtMs))}
                        </State>
                      ) : (
                        <State kind="fine">{text.learn.signed(day(agreement.signedAtMs))}</State>
                      )}
                    </span>
                    <ChevronRight size={18} aria-hidden="true" />
                  </Link>
                </li>
              ))}
            </ul>
          )}
        </Loaded>
      </section>
    </div>
  );
}

function Due({ dueAtMs, completedAtMs }: { readonly dueAtMs: number; readonly completedAtMs: number | null }) {
  if (completedAtMs !== null) return <State kind="fine">{text.learn.done(day(completedAtMs))}</State>;
  if (dueAtMs < Date.now()) return <State kind="blocked">{text.learn.overdue(day(dueAtMs))}</State>;
  return <State kind="attention">{text.learn.due(day(dueAtMs))}</State>;
}
