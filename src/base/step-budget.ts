import { FormatError } from './format-error.ts';

/**
 * Counts the steps of a parser and ends it when they are used up, so that hostile input cannot hold a core.
 */
export interface StepBudget {
  /** Takes `steps` (default 1); throws `FormatError(code)` when the budget is used up. */
  spend(steps?: number): void;
}

/** Makes a budget of `limit` steps whose overrun is reported under `code`. */
export function stepBudget(limit: number, code: string): StepBudget {
  let left = limit;
  return {
    spend(steps = 1) {
      left -= steps;
      if (left < 0) throw new FormatError(code, -1, `Cannot parse further: step limit of ${limit} reached`);
    },
  };
}
