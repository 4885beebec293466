import type { CheckReport } from '../api.ts';
import { ADVICE, type Advice, HEADLINES, NOT_OPENED, PARTLY_OPENED } from './advice.data.ts';

type Headed = Pick<CheckReport, 'verdict' | 'sources'>;

/** The result of a check in one sentence: of evidence that could not be opened it says that, and not that nothing was found. */
export function headlineOf(report: Headed): string {
  const closed = closedOf(report);
  if (closed === 'all') return NOT_OPENED.headline;
  return closed === 'some' ? PARTLY_OPENED : HEADLINES[report.verdict];
}

/** What to do after a check. */
export function adviceOf(report: Headed): Advice {
  return closedOf(report) === 'all' ? NOT_OPENED.advice : ADVICE[report.verdict];
}

/** How much of the evidence stayed closed, where nothing was found that would have to be said first. */
export function closedOf({ verdict, sources }: Headed): 'all' | 'some' | 'none' {
  const closed = sources.filter(({ opened }) => opened === false).length;
  if (verdict !== 'incomplete' || closed === 0) return 'none';
  return closed === sources.length ? 'all' : 'some';
}
