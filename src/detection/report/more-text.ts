import type { CheckReport } from '../api.ts';
import { isNote } from '../is-note.ts';

/** One line on findings that a report counts and does not list; what it quotes is of the evidence, to be escaped by whoever shows it. */
export function moreText({ count, level, verdict, artefact, value, indicator, allowed }: MoreRow): string {
  const known = indicator === null ? '' : `, known from ${indicator.collection}`;
  const judged = allowed ? ', judged harmless before' : '';
  const mark = isNote({ level, verdict }) ? 'note' : `${verdict}, ${level}`;
  return `${count.toLocaleString('en')} more in ${artefact} (${mark}${known}${judged}) like “${value}”`;
}

type MoreRow = NonNullable<CheckReport['more']>[number];
