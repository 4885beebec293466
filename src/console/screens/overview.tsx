import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronRight } from 'lucide-react';
import type { AccessState } from '../../access/api.ts';
import type { OverviewReply } from '../../privacy/api.ts';
import { age, api, day, kit, Loaded, State } from '../../ui/index.ts';
import { ACCESS_KIND } from '../access-kind.ts';
import css from '../console.module.css';
import { useDeviceNames } from '../device-names.ts';
import { RequestForMe, useRequestsForMe } from '../requests-for-me.tsx';
import { Standing } from '../standing.tsx';
import { text } from '../text.ts';

const STATES: readonly (readonly [AccessState, string | undefined])[] = [
  ['fine', css.barFine],
  ['grace', css.barGrace],
  ['blocked', css.barBlocked],
  ['unknown', css.barUnknown],
];

export function Overview() {
  const overview = useQuery({ queryKey: ['overview'], queryFn: () => api<OverviewReply>('overview') });
  const requests = useRequestsForMe();
  return (
    <div className={css.page}>
      <h1>{text.overview.title}</h1>
      <Loaded query={overview}>
        {(data) =>
          total(data) > 0 ? (
            <Fleet overview={data} requests={requests} />
          ) : (
            <>
              {requests.length === 0 ? null : (
                <section className={css.section}>
                  <h2>{text.overview.needsYou}</h2>
                  <ul className={css.rows}>
                    {requests.map((item) => (
                      <RequestForMe key={item.id} item={item} />
                    ))}
                  </ul>
                </section>
              )}
              <Checklist invited={data.invited} />
            </>
          )
        }
      </Loaded>
    </div>
  );
}

function total({ states }: OverviewReply): number {
  return states.fine + states.grace + states.blocked + states.unknown;
}

interface FleetProps {
  readonly overview: OverviewReply;
  readonly requests: ReturnType<typeof useRequestsForMe>;
}

function Fleet({ overview, requests }: FleetProps) {
  const { states, days } = overview;
  const needsYou = overview.needsYou.toSorted((a, b) => weight(a) - weight(b) || b.sinceMs - a.sinceMs);
  const nameOf = useDeviceNames();
  const isQuiet = needsYou.length + requests.length === 0;
  return (
    <>
      <section className={css.section}>
        <h2>{text.overview.needsYou}</h2>
        {isQuiet ? <p className={css.lead}>{text.overview.nothing}</p> : null}
        <ul className={isQuiet ? '' : css.rows}>
          {requests.map((item) => (
            <RequestForMe key={item.id} item={item} />
          ))}
          {needsYou.slice(0, SHOWN).map((item) => (
            <li key={`${item.deviceId}${item.code}`}>
              <Link to="/devices/$id" params={{ id: item.deviceId }} className={css.needs}>
                <span>
                  <strong>{nameOf(item.deviceId)}</strong> · {item.text}
                </span>
                <span className={css.small}>{age(item.sinceMs)}</span>
                <ChevronRight size={16} aria-hidden="true" />
              </Link>
            </li>
          ))}
        </ul>
        {needsYou.length > SHOWN ? (
          <p>
            <Link to="/devices" search={{ state: 'blocked' }}>
              {text.overview.more(needsYou.length - SHOWN)}
            </Link>
          </p>
        ) : null}
      </section>
      <section className={css.section}>
        <h2>{text.overview.fleet}</h2>
        <p className={css.small}>{text.overview.states}</p>
        <div className={css.bar} aria-hidden="true">
          {STATES.map(([state, color]) =>
            states[state] === 0 ? null : (
              <Link
                key={state}
                to="/devices"
                search={{ state }}
                tabIndex={-1}
                className={color}
                style={{ flexGrow: states[state] }}
              />
            ),
          )}
        </div>
        <ul className={css.legend}>
          {STATES.map(([state]) => (
            <li key={state}>
              <Link to="/devices" search={{ state }}>
                <strong>{states[state]}</strong>
                <State kind={ACCESS_KIND[state]}>{text.states[state]}</State>
              </Link>
            </li>
          ))}
          {overview.invited === 0 ? null : (
            <li>
              <Invited count={overview.invited} />
            </li>
          )}
        </ul>
      </section>
      <section className={css.section}>
        <h2>{text.overview.days}</h2>
        {days.every(({ allowed, refused }) => allowed + refused === 0) ? (
          <p className={css.lead}>{text.overview.quiet}</p>
        ) : (
          <>
            <p className={css.small}>{text.overview.daysHint}</p>
            <Strip days={days} />
          </>
        )}
      </section>
    </>
  );
}

const SHOWN = 12;

/** Traces of spyware come first: they wait for a person's judgement. */
function weight({ code }: OverviewReply['needsYou'][number]): number {
  if (code.startsWith('threat.')) return 0;
  return code === 'device.renewal' ? 1 : 2; // it ends for good unless somebody acts
}

/** Thirty columns: allowed upward from the middle line, refused below it. */
function Strip({ days }: { readonly days: OverviewReply['days'] }) {
  const highest = Math.max(1, ...days.map(({ allowed }) => allowed));
  const deepest = Math.max(1, ...days.map(({ refused }) => refused));
  const summary = days.filter(({ allowed, refused }) => allowed + refused > 0);
  return (
    <>
      <svg className={css.strip} viewBox="0 0 300 72" preserveAspectRatio="none" aria-hidden="true">
        {days.map(({ day: date, allowed, refused }, index) => {
          const up = (allowed / highest) * 44;
          const down = (refused / deepest) * 22;
          return (
            <g key={date}>
              <title>{text.overview.dayLabel(date, allowed, refused)}</title>
              <rect className={css.stripAllowed} x={index * 10 + 1} width={8} y={46 - up} height={Math.max(up, 1)} />
              {refused > 0 ? (
                <rect className={css.stripRefused} x={index * 10 + 1} width={8} y={48} height={Math.max(down, 2)} />
              ) : null}
            </g>
          );
        })}
      </svg>
      <ul className={kit.srOnly}>
        {summary.map(({ day: date, allowed, refused }) => (
          <li key={date}>{text.overview.dayLabel(day(Date.parse(date)), allowed, refused)}</li>
        ))}
      </ul>
    </>
  );
}

const STEPS = [
  ['/people', text.overview.checklist.invite],
  ['/policies', text.overview.checklist.policy],
  ['/settings', text.overview.checklist.enrol],
  ['/files', text.overview.checklist.protect],
  ['/findings', text.overview.checklist.check],
] as const;

/** Phones that nothing is decided about yet: beside the bar, not in it. */
function Invited({ count }: { readonly count: number }) {
  return (
    <Link to="/devices" search={{ state: 'invited' }}>
      <strong>{count}</strong>
      <Standing state="pending" access={undefined} />
    </Link>
  );
}

function Checklist({ invited }: { readonly invited: number }) {
  return (
    <section className={css.section}>
      <h2>{text.overview.start}</h2>
      {invited === 0 ? null : (
        <p className={css.legend}>
          <Invited count={invited} />
        </p>
      )}
      <ol className={css.checklist}>
        {STEPS.map(([to, [title, what]]) => (
          <li key={to}>
            <div>
              <h3>{title}</h3>
              <p className={css.lead}>{what}</p>
            </div>
            <Link to={to} className={kit.button}>
              {title}
            </Link>
          </li>
        ))}
      </ol>
    </section>
  );
}
