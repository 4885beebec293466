/**
 * Mutants that no test can tell from the original, each with its reason. A row that names no mutant any more, or one that a test kills,
 * fails the run: then the row is untrue.
 */
export interface Explained {
  readonly room: string;
  readonly symbol: string;
  readonly operator: string;
  readonly text: string;
  /** Which of several with the same text in the same symbol; all of them where it is left out. */
  readonly nth?: number;
  readonly reason: string;
}

export const EXPLAINED: readonly Explained[] = [];
