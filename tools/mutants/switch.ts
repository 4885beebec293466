/** What the instrumented source asks: whether mutant `id` is the active one. */
interface Switch {
  (id: number): boolean;
  /** Compares by the operator that was written, or while the mutant is active by the other. */
  compare(id: number, written: Bound, other: Bound, left: number, right: number): boolean;
}

type Bound = '<' | '<=' | '>' | '>=';

declare global {
  var __mutant: Switch | undefined;
}

let active = 0;
let reached: Set<number> | undefined;

function isActive(id: number): boolean {
  reached?.add(id);
  return id === active;
}

function compare(left: number, operator: Bound, right: number): boolean {
  if (operator === '<') return left < right;
  if (operator === '<=') return left <= right;
  return operator === '>' ? left > right : left >= right;
}

globalThis.__mutant = Object.assign(isActive, {
  compare: (id: number, written: Bound, other: Bound, left: number, right: number): boolean =>
    compare(left, isActive(id) ? other : written, right),
});

/** Chooses the mutant that runs, 0 for none, and where to note which are reached. */
export const mutantSwitch = {
  activate(id: number): void {
    active = id;
  },
  reach(into: Set<number> | undefined): void {
    reached = into;
  },
};
