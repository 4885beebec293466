/** What the main process tells a worker, in the file that `PAVISE_MUTANTS_PLAN` names. */
export interface Plan {
  /** For each test file, by its path from the root: the mutants to try, by their numbers. */
  readonly jobs: Readonly<Record<string, readonly number[]>>;
  /** Where reports are appended, one JSON document a line. */
  readonly reports: string;
  /** One mutant for each process: what was doubtful before. */
  readonly alone: boolean;
  /** When to stop, or null. */
  readonly deadlineMs: number | null;
}

/** What a worker reports. */
export type Report =
  /** The tests of the file without any mutant: which mutants they reach. */
  | {
      readonly kind: 'baseline';
      readonly test: string;
      readonly pid: number;
      readonly reached: readonly number[];
    }
  /** A test fails without any mutant: it is left out, or the whole file where it cannot be run. */
  | { readonly kind: 'broken'; readonly test: string; readonly why: string }
  | { readonly kind: 'trying'; readonly test: string; readonly id: number; readonly limitMs: number }
  | { readonly kind: 'survived'; readonly test: string; readonly id: number }
  | { readonly kind: 'killed'; readonly test: string; readonly id: number; readonly by: string }
  /** After these kills the tests fail without a mutant too: each is to be tried again in a process of its own. */
  | { readonly kind: 'doubtful'; readonly test: string; readonly ids: readonly number[] }
  | { readonly kind: 'done'; readonly test: string; readonly cut: boolean };

/** Every report of a file of reports; a line that is still being written is left for the next look. */
export function parseReports(text: string): readonly Report[] {
  // Written by our own worker of this run alone.
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Report);
}
