import type { ReasonView } from '../access/api.ts';
import { factLabel } from './fact-words.ts';

/** Reasons that one repair puts right, as one: a phone with five open traces is told once what to do, not five times. */
export interface FoldedReason extends ReasonView {
  /** The reason's sentence, with what it is about, or how often it stands. */
  readonly sentence: string;
}

/** Folds reasons of the same code, weight and words, in the order of the first; since the earliest, until the earliest. */
export function foldReasons(reasons: readonly ReasonView[]): readonly FoldedReason[] {
  const folds = new Map<string, ReasonView[]>();
  for (const reason of reasons) {
    const key = JSON.stringify([reason.code, reason.severity, reason.text]);
    folds.set(key, [...(folds.get(key) ?? []), reason]);
  }
  return [...folds.values()].flatMap((same) => {
    const [first] = same;
    if (first === undefined) return [];
    const { sinceMs, untilMs } = first;
    return {
      ...first,
      sentence: sentenceOf(first, same),
      ...(sinceMs === undefined ? {} : { sinceMs: earliest(same.map((reason) => reason.sinceMs)) }),
      ...(untilMs === undefined ? {} : { untilMs: earliest(same.map((reason) => reason.untilMs)) }),
    };
  });
}

function sentenceOf({ code, text }: ReasonView, same: readonly ReasonView[]): string {
  // Reasons about facts say "this": of which facts is theirs to add.
  if (code.startsWith('fact.')) return `${text}: ${same.map(({ factName }) => factLabel(factName)).join(', ')}`;
  return same.length === 1 ? text : `${text} (${same.length})`;
}

function earliest(times: readonly (number | undefined)[]): number {
  return Math.min(...times.filter((time) => time !== undefined));
}
