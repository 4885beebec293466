import type { Finding } from './finding.ts';
import { corroborate } from './match-sightings.ts';
import { weighWeakMatches } from './weak-matches.ts';

/** Findings kept of one indicator or rule in one artefact: the first, and beside them the last. */
const FIRST_OF_A_GROUP = 20;
/** Beyond so many repeats of all groups together, a new group keeps its first and last alone. */
const MAX_REPEATS = 10_000;
/** Beyond so many groups, what is new is counted with all of its kind: the public feeds name 12,000 things, and somebody may send them all. */
const MAX_GROUPS = 5_000;

const LEVELS: readonly Finding['level'][] = ['critical', 'high', 'medium', 'low', 'info'];
const VERDICTS: readonly Finding['verdict'][] = ['trace', 'unusual', 'weakness'];

/** Findings that are counted and not kept. */
export interface MoreFindings {
  /** The first of them all, which stands for the others. */
  readonly like: Finding;
  readonly count: number;
}

export interface CollectedFindings {
  /** Worst first; among equals what was not told yet comes before repeats. */
  readonly findings: readonly Finding[];
  /** The findings that `findings` leaves out, in the same order. */
  readonly more: readonly MoreFindings[];
}

interface Group {
  readonly first: Finding;
  readonly repeats: Finding[];
  last: Finding | undefined;
  count: number;
}

/**
 * Collects findings in memory that does not grow with their number: anyone can send a phone thousands of messages that match, and they must not hide
 * what else was found. Of each indicator or rule in one artefact the first twenty and the last are kept, the rest is counted.
 *
 * @param allowed what the allow-list names, which is kept and counted for itself
 */
export function collectFindings(allowed: (finding: Finding) => boolean = () => false): {
  add(finding: Finding): void;
  collected(): CollectedFindings;
} {
  const groups = new Map<string, Group>();
  const proven = new Set<string>();
  const weak = weighWeakMatches();
  let repeats = 0;
  return {
    add(finding) {
      const apart = allowed(finding) ? 'allowed ' : '';
      // What was judged harmless proves nothing of its family either.
      if (finding.verdict === 'trace' && finding.indicator !== undefined && apart === '') {
        proven.add(finding.indicator.collection);
      }
      if (apart === '') weak.add(finding);
      const own = apart + groupOf(finding);
      const key = groups.has(own) || groups.size < MAX_GROUPS ? own : apart + kindOf(finding);
      const group = groups.get(key);
      const count = 1 + (finding.more ?? 0);
      if (group === undefined) {
        groups.set(key, { first: finding, repeats: [], last: undefined, count });
        return;
      }
      group.count += count;
      if (group.repeats.length + 1 < FIRST_OF_A_GROUP && repeats < MAX_REPEATS) {
        group.repeats.push(finding);
        repeats++;
      } else group.last = finding;
    },
    collected() {
      const findings: Finding[] = [];
      const more: MoreFindings[] = [];
      const raise = (finding: Finding): Finding =>
        !allowed(finding) && weak.proves(finding) ? { ...finding, verdict: 'trace' } : corroborate(finding, proven);
      for (const { first, repeats, last, count } of groups.values()) {
        const kept = [first, ...repeats, ...(last === undefined ? [] : [last])];
        findings.push(...kept.map(raise));
        if (count > kept.length) more.push({ like: raise(first), count: count - kept.length });
      }
      return { findings: inOrder(findings), more: worstFirst(more) };
    },
  };
}

/**
 * Keeps what one heuristic tells: of each judgement the first twenty and the last, the others counted. Somebody who sends what is judged low must
 * not hide what is judged high.
 */
export function keepFindings(): { push(...findings: readonly Finding[]): void; kept(): readonly Finding[] } {
  const { add, collected } = collectFindings();
  return {
    push(...findings) {
      for (const finding of findings) add(finding);
    },
    kept() {
      const { findings, more } = collected();
      const counts = new Map(more.map(({ like, count }) => [like, count]));
      return findings.map((finding) => ({ ...finding, more: counts.get(finding) ?? 0 }));
    },
  };
}

/**
 * Keeps at most so many findings: the first of each kind in each artefact whatever else there is, then the first of each indicator or rule, then
 * their repeats. What is left out is counted.
 */
export function chooseFindings({ findings, more }: CollectedFindings, most: number): CollectedFindings {
  if (findings.length <= most) return { findings: inOrder(findings), more };
  const kinds = new Set<string>();
  const weighed = withNth(findings).map(({ finding, nth }) => {
    const isFirst = !kinds.has(kindOf(finding));
    kinds.add(kindOf(finding));
    return { finding, weight: isFirst ? -1 : nth };
  });
  weighed.sort((a, b) => a.weight - b.weight || rank(a.finding) - rank(b.finding));
  const left = new Map<string, MoreFindings>(more.map((row) => [groupOf(row.like), row]));
  for (const { finding } of weighed.slice(most)) {
    const row = left.get(groupOf(finding));
    left.set(groupOf(finding), { like: row?.like ?? finding, count: (row?.count ?? 0) + 1 });
  }
  return {
    findings: inOrder(weighed.slice(0, most).map(({ finding }) => finding)),
    more: worstFirst([...left.values()]),
  };
}

/** Keeps at most so many rows: those of the worst, and what is beyond them added up by kind. */
export function chooseMore(more: readonly MoreFindings[], most: number): readonly MoreFindings[] {
  if (more.length <= most) return more;
  const rest = new Map<string, MoreFindings>();
  const kept = more.slice(0, Math.floor(most / 2));
  for (const { like, count } of more.slice(kept.length)) {
    const key = kindOf(like);
    rest.set(key, { like: rest.get(key)?.like ?? like, count: (rest.get(key)?.count ?? 0) + count });
  }
  return [...kept, ...rest.values()].slice(0, most);
}

/** One indicator or rule in one artefact, with one judgement. */
function groupOf(finding: Finding): string {
  const { indicator, evidence, rule } = finding;
  const what = indicator === undefined ? ['rule', rule] : [indicator.id, indicator.type, indicator.value];
  return JSON.stringify([kindOf(finding), evidence, ...what]);
}

/** There are few kinds: what evidence holds has no part in them. */
function kindOf({ verdict, level, kind, artefact }: Finding): string {
  return `${verdict} ${level} ${kind} ${artefact}`;
}

function rank(finding: Finding): number {
  return VERDICTS.indexOf(finding.verdict) * 10 + LEVELS.indexOf(finding.level);
}

function inOrder(findings: readonly Finding[]): readonly Finding[] {
  return withNth(findings)
    .sort((a, b) => rank(a.finding) - rank(b.finding) || a.nth - b.nth || (a.finding.atMs ?? 0) - (b.finding.atMs ?? 0))
    .map(({ finding }) => finding);
}

function worstFirst(more: readonly MoreFindings[]): readonly MoreFindings[] {
  return [...more].sort((a, b) => rank(a.like) - rank(b.like));
}

/** How many of the same stand before each. */
function withNth(findings: readonly Finding[]): { readonly finding: Finding; readonly nth: number }[] {
  const counts = new Map<string, number>();
  return findings.map((finding) => {
    const key = groupOf(finding);
    const nth = counts.get(key) ?? 0;
    counts.set(key, nth + 1);
    return { finding, nth };
  });
}
