import type { Finding } from './finding.ts';

/** Something that is harmless alone and counts for a rule when others stand beside it in time. */
export interface Clue {
  /** Id of the rule that it counts for. */
  readonly rule: string;
  /** Kind of clue within the rule. */
  readonly class: string;
  readonly atMs: number;
  /** What it is about, as reports show it. */
  readonly subject: string;
  readonly artefact: string;
  readonly path: string;
  readonly locator: string;
}

/** "At least k of these classes within t minutes." */
export interface CorrelationRule {
  readonly id: string;
  readonly windowMs: number;
  /** At most so many clues from a window's first are looked at; a burst of ordinary activity is no sign. */
  readonly maxClues: number;
  readonly classes: readonly string[];
  readonly atLeast: number;
  /** The class that a window begins with, where only what follows it counts; further ones begin their own. */
  readonly begins?: string;
  /** A window of `maxClues` is told by nobody: an update or a new phone begins everything at once. */
  readonly burstIsHarmless?: true;
  /** Classes that make a window harmless, wherever they stand in it. */
  readonly vetoes: readonly string[];
  finding(window: readonly Clue[]): Pick<Finding, 'level' | 'verdict' | 'value' | 'explanation'>;
}

/** Clues kept per rule: twenty years of one an hour. */
const MAX_CLUES = 200_000;
/** Times of vetoes kept per rule: a phone may hold hundreds of thousands of attachments. */
const MAX_VETOES = 2_000_000;
/** Clues looked at behind the first of a window, with those that begin windows of their own. */
const MAX_LOOKED = 1000;
/** The same rule is told so often; more windows say nothing more. */
const MAX_FINDINGS = 20;

/**
 * Collects clues of any number of artefacts and sources, and then slides each rule's window over them.
 *
 * Linear in clues times `maxClues`. A window that ends with the last clue counts like any other.
 */
export function collectClues(rules: readonly CorrelationRule[]): {
  add(clue: Clue): void;
  findings(): readonly Finding[];
} {
  const kept = new Map<string, Kept>(rules.map((rule) => [rule.id, { rule, clues: [], vetoesMs: [] }]));
  return {
    add(clue) {
      const own = kept.get(clue.rule);
      if (own === undefined) return;
      if (own.rule.vetoes.includes(clue.class)) {
        if (own.vetoesMs.length < MAX_VETOES) own.vetoesMs.push(clue.atMs);
      } else if (own.clues.length < MAX_CLUES) own.clues.push(clue);
    },
    findings: () => [...kept.values()].flatMap(judgeRule),
  };
}

interface Kept {
  readonly rule: CorrelationRule;
  readonly clues: Clue[];
  readonly vetoesMs: number[];
}

function judgeRule({ rule, clues, vetoesMs }: Kept): Finding[] {
  const follows = ({ class: name }: Clue): number => (name === rule.begins ? 0 : 1);
  // What begins a window stands before what happened in the same moment.
  const sorted = [...clues].sort((a, b) => a.atMs - b.atMs || follows(a) - follows(b));
  const vetoes = Float64Array.from(vetoesMs).sort();
  const findings: Finding[] = [];
  let toldUntilMs = Number.NEGATIVE_INFINITY;
  for (const [i, first] of sorted.entries()) {
    if (findings.length >= MAX_FINDINGS) break;
    // What stands in a window that was told is not told again.
    if (first.atMs <= toldUntilMs) continue;
    if (rule.begins !== undefined && first.class !== rule.begins) continue;
    const window: Clue[] = [first];
    for (let k = i + 1; k < i + MAX_LOOKED && window.length < rule.maxClues; k++) {
      const clue = sorted[k];
      if (clue === undefined || clue.atMs - first.atMs > rule.windowMs) break;
      if (clue.class !== rule.begins) window.push(clue);
    }
    if (rule.burstIsHarmless && window.length === rule.maxClues) continue;
    if (!holds(rule, window) || anyWithin(vetoes, first.atMs, first.atMs + rule.windowMs)) continue;
    toldUntilMs = window.at(-1)?.atMs ?? first.atMs;
    findings.push(findingOf(rule, window));
  }
  return findings;
}

/** Whether a sorted list has a value from `from` to `to`. */
function anyWithin(sorted: Float64Array, from: number, to: number): boolean {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < from) low = middle + 1;
    else high = middle;
  }
  return low < sorted.length && (sorted[low] ?? 0) <= to;
}

function holds({ classes, atLeast }: CorrelationRule, window: readonly Clue[]): boolean {
  const seen = new Set(window.map((clue) => clue.class));
  return classes.filter((name) => seen.has(name)).length >= atLeast;
}

function findingOf(rule: CorrelationRule, window: readonly Clue[]): Finding {
  const [first] = window;
  return {
    ...rule.finding(window),
    kind: 'heuristic',
    evidence: 'structure',
    indicator: undefined,
    artefact: 'correlation',
    path: [...new Set(window.map(({ path }) => path))].join(', '),
    locator: `${rule.id}: ${window.map(({ locator }) => locator).join('; ')}`.slice(0, 500),
    atMs: first?.atMs,
  };
}
