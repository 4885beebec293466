import { ADVICE } from '../detection/report/advice.data.ts';
import type { FindingItem } from '../findings/api.ts';
import css from './console.module.css';

/** The same words that the report and the phone's owner read. */
export function Advice({ verdict }: Pick<FindingItem, 'verdict'>) {
  const { title, steps } = ADVICE[verdict === 'trace' ? 'trace-found' : verdict];
  return (
    <section className={css.section}>
      <h2>{title}</h2>
      <ol className={css.steps}>
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </section>
  );
}
