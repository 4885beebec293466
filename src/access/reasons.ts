import type { ReasonView, Rules } from './api.ts';
import { type DevicePosture, isFresh, type Known, type Posture } from './facts.ts';
import { reason } from './remedies.ts';

/** Asks for a fact as of now. */
export type ReadFact = (name: string) => Known;

/** One question about a phone in service: every reason that its answer gives. */
export type DeviceJudge = (
  device: DevicePosture,
  posture: Posture,
  rules: Rules,
  nowMs: number,
) => readonly ReasonView[];

/** A reason about one fact, with what is known of it. */
export function detailed(item: ReasonView, factName: string, text?: string, sinceMs?: number): ReasonView {
  return { ...item, factName, ...(text === undefined ? {} : { text }), ...(sinceMs === undefined ? {} : { sinceMs }) };
}

/** The reason for a fact that is missing, old, or of a kind that nobody can read. */
export function unknownFact(name: string, known: Known): ReasonView {
  const why = known.kind === 'known' ? 'unreadable' : known.why;
  return detailed(reason(`fact.${why}`, 'unknown'), name);
}

/** Nothing when a fact is known to be `wanted`, else the reason. */
export function mustBe(wanted: boolean, name: string, fact: ReadFact, failed: () => ReasonView): readonly ReasonView[] {
  const known = fact(name);
  if (known.kind === 'unknown' || typeof known.value !== 'boolean') return [unknownFact(name, known)];
  return known.value === wanted ? [] : [failed()];
}

/**
 * A failure is only warned about for the rules' grace, counted from when it was first seen. Where that lies in the future, the server's
 * clock was wrong then: counted from there, the grace would last as long as the clock was ahead.
 */
export function inGrace(code: string, graceMs: number, posture: Posture, nowMs: number): ReasonView {
  const sinceMs = posture.firstFailedAtMs[code] ?? nowMs;
  const untilMs = sinceMs + graceMs;
  return graceMs > 0 && isFresh(sinceMs, graceMs, nowMs) && nowMs < untilMs
    ? { ...reason(code, 'grace'), untilMs }
    : reason(code, 'block');
}
