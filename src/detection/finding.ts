import type { EvidenceKind } from '../evidence/index.ts';
import type { Indicator } from './indicators/index.ts';

/** Something that a check found, before it is told: `indicator` is undefined for a heuristic. */
export interface Finding {
  readonly level: 'critical' | 'high' | 'medium' | 'low' | 'info';
  readonly verdict: 'trace' | 'unusual' | 'weakness';
  readonly kind: 'indicator' | 'heuristic';
  readonly evidence: EvidenceKind;
  readonly value: string;
  readonly indicator: Indicator | undefined;
  readonly artefact: string;
  readonly path: string;
  readonly locator: string;
  readonly atMs: number | undefined;
  readonly explanation: string;
  /** Which heuristic of its artefact told it; undefined for an indicator. */
  readonly rule?: string;
  /** So many more of the same were found, and are not kept. */
  readonly more?: number;
}
