import type { IndicatorKey } from '../../src/formats/stix/index.ts';

/** A trace that a generator can plant, and what a check must tell of it. */
export interface Trace {
  /** First and last major system that keeps the file it stands in. */
  readonly since?: number;
  readonly until?: number;
  /** Level, verdict and artefact: "critical trace packages". */
  readonly told: string;
  /** What names it in a feed; a trace without one is found by heuristics alone. */
  readonly indicator?: readonly [key: IndicatorKey, value: string];
}
