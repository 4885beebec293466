/** How far ahead of ours another clock may be, ms. */
export const CLOCK_SKEW_MS = 60_000;

/** A stamp beyond this is of a clock that was wrong, ours of then or another's. */
export function timeToCome(nowMs: number): Date {
  return new Date(nowMs + CLOCK_SKEW_MS);
}
