import type { ReasonView, Rules } from '../../../src/access/api.ts';
import type { Posture } from '../../../src/access/facts.ts';
import { type Choices, explore, worldOf } from './explore.ts';
import { lazyPosture, lazyRules, NOW_MS } from './posture.ts';

/** The modules that are proven; a seeded fault is another version of one of them. */
export interface Subject {
  readonly access: typeof import('../../../src/access/decide.ts');
  readonly met: typeof import('../../../src/access/met.ts');
  readonly wordings: typeof import('../../../src/access/remedies.data.ts');
  readonly sightings: typeof import('../../../src/detection/match-sightings.ts');
  readonly weak: typeof import('../../../src/detection/weak-matches.ts');
}

/** A world in which something that was to be proven does not hold. */
export interface Counterexample {
  readonly theorem: string;
  readonly what: string;
  /** What was chosen, in words; all else may be as it will. */
  readonly where: Readonly<Record<string, number>>;
}

/** One question of the decision. */
export type Judge = Subject['access']['JUDGES'][number];

/** Whether a reason refuses: said here once more, so that it is compared with what decide() makes of it. */
export function refusing(reasons: readonly ReasonView[]): readonly ReasonView[] {
  return reasons.filter(({ severity }) => severity !== 'grace' && severity !== 'notice');
}

/** Whether a question is answered by a refusal in every world with these choices. */
export function alwaysRefuses(judge: Judge, fixed: Choices): boolean {
  return explore(
    (world) => judge(lazyPosture(world), lazyRules(world), NOW_MS),
    (reasons) => refusing(reasons).length > 0,
    fixed,
  );
}

/** Builds a counterexample from choices. */
export function counterexample(theorem: string, what: string, choices: Choices): Counterexample {
  return { theorem, what, where: Object.fromEntries(choices) };
}

/** Ends a proof at its first counterexample. */
export class Disproved extends Error {
  readonly counterexample: Counterexample;
  constructor(found: Counterexample) {
    super(`${found.theorem}: ${found.what} ${JSON.stringify(found.where)}`);
    this.counterexample = found;
  }
}

/** The posture and rules of one world, in which all that was not chosen is well, as plain data. */
export function plainWorld(choices: Choices): { readonly posture: Posture; readonly rules: Rules } {
  const world = worldOf(choices);
  const { person, device, policy, training, threats, firstFailedAtMs } = lazyPosture(world);
  const { maxFactAgeMs, maxSilenceMs, graceMs, requireTraining, requireAgreement, maxCheckAgeMs } = lazyRules(world);
  const { osVersion, passcode, encryption } = graceMs;
  return {
    posture: {
      person: person && { id: person.id, state: person.state, joinedAtMs: null },
      device: device && plainDevice(device),
      policy: { ...policy },
      training: training && { lessons: training.lessons, agreements: training.agreements },
      threats: threats && { openTraces: threats.openTraces, lastCheckAtMs: threats.lastCheckAtMs, lastVerdict: null },
      firstFailedAtMs: { ...firstFailedAtMs },
    },
    rules: {
      maxFactAgeMs,
      maxSilenceMs,
      graceMs: { osVersion, passcode, encryption },
      requireTraining,
      requireAgreement,
      maxCheckAgeMs,
    },
  };
}

function plainDevice(device: NonNullable<Posture['device']>): NonNullable<Posture['device']> {
  const { id, personId, platform, state, lastSeenAtMs, userEnrollment } = device;
  const facts = Object.fromEntries(
    Object.entries(device.facts).map(([name, { value, observedAtMs }]) => [name, { value, observedAtMs, source: '' }]),
  );
  return { id, personId, platform, state, lastSeenAtMs, facts, ...(userEnrollment ? { userEnrollment } : {}) };
}
