import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronRight, GraduationCap, PenLine } from 'lucide-react';
import type { ReasonView } from '../../access/api.ts';
import type { MyAccessReply } from '../../privacy/api.ts';
import type { AgreementsReply, LessonsReply } from '../../training/api.ts';
import {
  age,
  api,
  cx,
  day,
  foldReasons,
  kit,
  Loaded,
  moment,
  NewNotices,
  State,
  type StateKind,
  useMe,
} from '../../ui/index.ts';
import { answerAsHer } from '../by-phone.ts';
import { useMyAccess } from '../my-access.ts';
import { useMyDeviceNames } from '../my-devices.ts';
import { Reasons } from '../reasons.tsx';
import { text } from '../text.ts';
import css from '../workspace.module.css';

export const ACCESS_KIND = {
  fine: 'fine',
  grace: 'attention',
  blocked: 'blocked',
  unknown: 'unknown',
} as const satisfies Record<MyAccessReply['thisBrowser']['state'], StateKind>;

export function Today() {
  const me = useMe();
  const access = useMyAccess();
  const lessons = useQuery({ queryKey: ['my-lessons'], queryFn: () => api<LessonsReply>('me/lessons') });
  const agreements = useQuery({ queryKey: ['my-agreements'], queryFn: () => api<AgreementsReply>('me/agreements') });
  const openLessons = lessons.data?.items.filter(({ completedAtMs }) => completedAtMs === null) ?? [];
  const unsigned = agreements.data?.items.filter(({ signedAtMs }) => signedAtMs === null) ?? [];
  return (
    <div className={css.page}>
      <p className={css.small}>{me.data ? text.today.hello(me.data.displayName) : null}</p>
      <NewNotices text={text.today.account} answer={answerAsHer} />
      <Loaded query={access}>{(data) => <Standing access={data} />}</Loaded>
      <section className={css.section}>
        <h2>{text.today.nextTitle}</h2>
        {openLessons.length + unsigned.length === 0 ? (
          <p className={css.lead}>{text.today.nothingNext}</p>
        ) : (
          <ul className={css.list}>
            {openLessons.map((lesson) => (
              <li key={lesson.id}>
                <Link to="/learn/$id" params={{ id: lesson.id }} className={css.item}>
                  <GraduationCap size={22} aria-hidden="true" />
                  <span className={css.itemText}>
                    <strong>{text.today.lessonDue(lesson.title, day(lesson.dueAtMs))}</strong>
                    <span className={css.small}>{text.today.minutes(lesson.minutes)}</span>
                  </span>
                  <ChevronRight size={18} aria-hidden="true" />
                </Link>
              </li>
            ))}
            {unsigned.map((agreement) => (
              <li key={agreement.id}>
                <Link to="/agreements/$id" params={{ id: agreement.id }} className={css.item}>
                  <PenLine size={22} aria-hidden="true" />
                  <span className={css.itemText}>
                    <strong>{text.today.toSign(agreement.title)}</strong>
                    {agreement.dueAtMs === null ? null : (
                      <span className={css.small}>{text.learn.due(day(agreement.dueAtMs))}</span>
                    )}
                  </span>
                  <ChevronRight size={18} aria-hidden="true" />
                </Link>
              </li>
            ))}
          </ul>
        )}
      </section>
    </div>
  );
}

function Standing({ access }: { readonly access: MyAccessReply }) {
  const { thisBrowser, devices, notices } = access;
  const nameOf = useMyDeviceNames();
  const bound = thisBrowser.deviceId !== null;
  const refusing = foldReasons(thisBrowser.reasons).filter(
    ({ severity }) => severity === 'block' || severity === 'unknown',
  );
  const kind = ACCESS_KIND[thisBrowser.state];
  const title = thisBrowser.allow
    ? thisBrowser.state === 'grace'
      ? text.today.grace
      : text.today.set
    : bound
      ? text.today.todo(refusing.length)
      : text.today.unbound;
  const others = devices.filter(({ deviceId }) => deviceId !== thisBrowser.deviceId);
  return (
    <>
      <section className={cx(css.hero, kit[kind])}>
        <State kind={kind}>{text.today.states[thisBrowser.state]}</State>
        <h1>{title}</h1>
        {thisBrowser.allow ? <p>{text.today.setLead}</p> : bound ? null : <p>{text.today.unboundLead}</p>}
      </section>
      {bound && thisBrowser.reasons.length > 0 ? (
        <section className={css.section}>
          <h2>{text.today.fixTitleOf(nameOf(thisBrowser.deviceId))}</h2>
          <Reasons reasons={thisBrowser.reasons} />
        </section>
      ) : null}
      {notices.length > 0 ? (
        <section className={css.section}>
          <h2>{text.today.noticesTitle}</h2>
          <ul className={css.list}>
            {notices.map((notice) => (
              <li key={notice.id} className={css.item}>
                <span className={css.itemText}>
                  {notice.text}
                  <span className={css.small}>
                    {notice.deviceName} · <time title={moment(notice.createdAtMs)}>{age(notice.createdAtMs)}</time>
                  </span>
                </span>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {others.length > 0 ? (
        <section className={css.section}>
          <h2>{bound ? text.today.othersTitle : text.me.devices}</h2>
          {others.map((device) => (
            <div key={device.deviceId} className={css.section}>
              <div className={css.spread}>
                <strong>{nameOf(device.deviceId)}</strong>
                <State kind={ACCESS_KIND[device.state]}>{text.today.states[device.state]}</State>
              </div>
              <OfDevice reasons={device.reasons} />
            </div>
          ))}
        </section>
      ) : null}
    </>
  );
}

/** What is the matter with one device; what is asked of its owner stands once, not under each of her devices. */
function OfDevice({ reasons }: { readonly reasons: readonly ReasonView[] }) {
  const own = reasons.filter(({ code }) => !/^(person|training|agreement)\./.test(code));
  if (own.length > 0) return <Reasons reasons={own} />;
  return reasons.length > 0 ? <p className={css.small}>{text.today.onlyYours}</p> : null;
}
