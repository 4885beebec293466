import { type Counterexample, Disproved, type Subject } from './subject.ts';
import { proveMet } from './theorem-met.ts';
import { proveReceived } from './theorem-received.ts';
import { proveAllows, proveMonotone, proveNeeds, proveRepairs, proveUnion } from './theorems.ts';

/** Proves what is promised of the decision, in every posture that it can tell apart; the first counterexample, or undefined. */
export function prove(subject: Subject): Counterexample | undefined {
  try {
    for (const theorem of [proveAllows, proveNeeds, proveReceived, proveMet, proveUnion, proveRepairs, proveMonotone])
      theorem(subject);
    return undefined;
  } catch (error) {
    if (error instanceof Disproved) return error.counterexample;
    // The model does not know what is looked at, or something threw: a decision is total, and the model must be amended.
    return { theorem: 'the model holds', what: String(error), where: {} };
  }
}
