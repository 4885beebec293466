import { CONTROLS } from '../../../src/policies/catalogue.data.ts';
import type { Control } from '../../../src/policies/control.ts';
import { bettered } from './better.ts';
import { type Choices, explore, type World } from './explore.ts';
import { FRESH, lazyPosture, lazyRules, NOW_MS, POLICY } from './posture.ts';
import { counterexample, Disproved, type Subject } from './subject.ts';

const ANDROID = 1;
const USER = 1;

/** Facts that must be known for a yes, by control; for the qualities of a passcode where nothing else is said. */
function factsNeeded(control: string, choices: Choices): readonly string[] {
  const carried = choices.get('device.platform') === ANDROID ? ['profile.installed'] : ['profile.listed'];
  const proof = choices.get('device.userEnrollment') === USER ? ['passcode.rule', 'passcode.compliant'] : undefined;
  switch (control) {
    case 'os.minVersion':
      return ['os.version'];
    case 'os.minPatchLevel':
      return ['os.patchLevel'];
    case 'dev.rootDetect':
      return ['integrity.rooted'];
    case 'encryption.device':
      return proof === undefined ? ['encryption.enabled'] : ['encryption.hardware', ...proof];
    case 'passcode.required':
      return proof ?? ['passcode.present'];
    case 'dlp.screenCapture':
      return [...carried, ...(choices.get('device.platform') === ANDROID ? ['policy.unmet'] : [])];
    default:
      return proof ?? ['passcode.present', 'passcode.compliant', ...carried];
  }
}

// When a fact is fresh is readFact()'s alone to say, and all its answers are met in the proof of the decision: here the oldest fresh one,
// one that is too old, and one of no time.
const SOME_TIMES = [0, 1, 4];
const someTimes = (path: string): readonly number[] | undefined =>
  path.endsWith('.observedAtMs') ? SOME_TIMES : undefined;

/**
 * The list of what is met never says yes of what nobody knows, of a phone that is not in service, or of a profile that is not the one
 * wanted; and a worse posture never makes a yes of what was none.
 */
export function proveMet({ met: { metOf } }: Subject): void {
  for (const control of CONTROLS.filter(({ id }) => Object.hasOwn(POLICY, id))) {
    const met = (world: World): boolean | null =>
      metOf(control, demanded(control, world), lazyPosture(world), lazyRules(world), NOW_MS);
    explore(
      met,
      (answer, choices) => {
        if (answer !== true) return true;
        const worse = choices();
        const missing = inService(worse)
          ? factsNeeded(control.id, worse).find((fact) => !isKnown(fact, worse))
          : 'a phone in service';
        if (missing !== undefined)
          throw new Disproved(counterexample('unknown is never met', `${control.id} without ${missing}`, worse));
        for (const better of bettered(worse)) {
          explore(
            met,
            (before, where) => {
              if (before === true) return true;
              throw new Disproved(counterexample('worse is never met', control.id, where()));
            },
            better,
            someTimes,
          );
        }
        return true;
      },
      undefined,
      someTimes,
    );
  }
}

function inService(choices: Choices): boolean {
  return choices.get('device') === 0 && choices.get('device.state') === 0;
}

/** Whether the answer hangs on this fact, and it is there, well and fresh. */
function isKnown(fact: string, choices: Choices): boolean {
  if (fact === 'profile.listed' && choices.get('profileUuid') !== 0) return false;
  return (
    choices.get(`fact.${fact}`) === 0 &&
    choices.get(`fact.${fact}.value`) === 0 &&
    FRESH.has(choices.get(`fact.${fact}.observedAtMs`) ?? -1)
  );
}

function demanded(control: Control, world: World): Parameters<Subject['met']['metOf']>[1] {
  const values = (POLICY[control.id] ?? []).filter((value) => typeof value !== 'symbol' && value !== false);
  return {
    get value() {
      return world.pick('value', values) as boolean | number | string; // ABSENT is filtered out
    },
    get enforced() {
      return world.pick('enforced', [true, false]);
    },
    get profileUuid() {
      return world.pick('profileUuid', ['P', null]);
    },
  };
}
