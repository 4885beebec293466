import { CLOCK_SKEW_MS, type Json } from '../base/index.ts';
import type { Rules } from './api.ts';

/** One thing known about a device, since when and from whom. */
export interface Fact {
  readonly value: Json;
  readonly observedAtMs: number;
  readonly source: string;
}

/** Everything that a decision may look at; canonical JSON of it is what gets hashed, kept and replayed. */
export interface Posture {
  readonly person: { readonly id: string; readonly state: string; readonly joinedAtMs: number | null } | null;
  readonly device: DevicePosture | null;
  /** Wanted values by control id, already merged. */
  readonly policy: Readonly<Record<string, boolean | number | string>>;
  readonly training: TrainingPosture | null;
  readonly threats: ThreatPosture | null;
  /** When each reason was first seen, by its code. */
  readonly firstFailedAtMs: Readonly<Record<string, number>>;
}

export interface DevicePosture {
  readonly id: string;
  readonly personId: string | null;
  readonly platform: string;
  readonly state: string;
  readonly lastSeenAtMs: number | null;
  /** Apple User Enrollment, which reports less; fixed for the life of an enrolment, so no fact that could grow old. */
  readonly userEnrollment?: boolean;
  readonly facts: Readonly<Record<string, Fact>>;
}

interface TrainingPosture {
  readonly lessons: readonly { readonly id: string; readonly dueAtMs: number; readonly completedAtMs: number | null }[];
  readonly agreements: readonly {
    readonly id: string;
    readonly version: string;
    /** Left out or null, the signature is asked for at once. */
    readonly dueAtMs?: number | null;
    readonly signedAtMs: number | null;
  }[];
}

interface ThreatPosture {
  readonly openTraces: readonly {
    readonly findingId: string;
    readonly title: string;
    readonly foundAtMs: number;
    /** Found on a phone that the person had before, and nobody has said that this is another one. */
    readonly ofFormerPhone?: boolean;
  }[];
  readonly lastCheckAtMs: number | null;
  readonly lastVerdict: string | null;
}

/** A fact in three values: known, or unknown with the reason. */
export type Known =
  | { readonly kind: 'known'; readonly value: Json }
  | { readonly kind: 'unknown'; readonly why: 'missing' | 'stale' | 'unreadable' };

/**
 * Reads a fact as of now.
 *
 * Never observed, null, older than the rules allow, or dated in the future: unknown. A clock may run a minute ahead.
 */
export function readFact(device: DevicePosture, name: string, rules: Rules, nowMs: number): Known {
  const fact = Object.hasOwn(device.facts, name) ? device.facts[name] : undefined;
  if (fact === undefined || fact.value === null) return { kind: 'unknown', why: 'missing' };
  return isFresh(fact.observedAtMs, rules.maxFactAgeMs, nowMs)
    ? { kind: 'known', value: fact.value }
    : { kind: 'unknown', why: Number.isFinite(fact.observedAtMs) ? 'stale' : 'unreadable' };
}

/** Whether a time lies within an age, and not in the future. Anything that is not a time is not fresh. */
export function isFresh(atMs: number, maxAgeMs: number, nowMs: number): boolean {
  const ageMs = nowMs - atMs;
  return ageMs <= maxAgeMs && ageMs >= -CLOCK_SKEW_MS; // neither holds of what is no number
}
