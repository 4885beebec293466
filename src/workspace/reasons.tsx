import { Link } from '@tanstack/react-router';
import type { ReasonView } from '../access/api.ts';
import { age, day, foldReasons, kit, State } from '../ui/index.ts';
import { text } from './text.ts';
import css from './workspace.module.css';

/** Everything that refuses, worst first as the decision gives it, each with its repair. */
export function Reasons({ reasons }: { readonly reasons: readonly ReasonView[] }) {
  return (
    <ul className={css.list}>
      {foldReasons(reasons).map((reason) => (
        <li key={`${reason.code}/${reason.factName}`} className={css.fix}>
          <div className={css.spread}>
            <h3>{reason.remedy.title}</h3>
            <Weight reason={reason} />
          </div>
          <p>{reason.sentence}</p>
          {reason.remedy.steps.length > 0 ? (
            <ol>
              {reason.remedy.steps.map((step) => (
                <li key={step}>{step}</li>
              ))}
            </ol>
          ) : null}
          <Repair code={reason.code} />
        </li>
      ))}
    </ul>
  );
}

/** The way to the screen where a reason is put right. */
function Repair({ code }: Pick<ReasonView, 'code'>) {
  const to = code === 'threat.unchecked' ? '/check' : /^(training|agreement)\./.test(code) ? '/learn' : null;
  if (to === null) return null;
  return (
    <div>
      <Link to={to} className={kit.button}>
        {text.today.goTo[to]}
      </Link>
    </div>
  );
}

function Weight({ reason }: { readonly reason: ReasonView }) {
  const { severity, sinceMs, untilMs } = reason;
  const when =
    untilMs !== undefined
      ? text.today.until(day(untilMs))
      : sinceMs !== undefined
        ? text.today.since(age(sinceMs))
        : '';
  if (severity === 'block') return <State kind="blocked">{when || text.today.states.blocked}</State>;
  if (severity === 'unknown') return <State kind="unknown">{text.today.states.unknown}</State>;
  return <State kind="attention">{when || text.today.states.grace}</State>;
}
