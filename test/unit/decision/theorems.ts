import { bettered } from './better.ts';
import { type Choices, explore } from './explore.ts';
import { NEEDS } from './needs.ts';
import { FAILING_CODES, isNever, lazyPosture, lazyRules, NOW_MS } from './posture.ts';
import { alwaysRefuses, counterexample, Disproved, type Judge, plainWorld, refusing, type Subject } from './subject.ts';

/** What is in order is allowed, on every kind of phone: a decision that always refuses would prove the rest. */
export function proveAllows({ access: { decide } }: Subject): void {
  const android = new Map([
    ['device.platform', 1],
    ['policy.os.minPatchLevel', 1],
    ['policy.dev.rootDetect', 1],
  ]);
  const user = new Map([
    ['device.userEnrollment', 1],
    ['policy.encryption.device', 1],
  ]);
  for (const choices of [new Map<string, number>(), android, user]) {
    const { posture, rules } = plainWorld(choices);
    if (!decide(posture, rules, NOW_MS).allow)
      throw new Disproved(counterexample('in order is allowed', 'refused', choices));
  }
}

/** Missing, stale or unreadable never allows: whatever an allowance needs, without it some question refuses in every world. */
export function proveNeeds({ access: { JUDGES } }: Subject): void {
  for (const { name, when, without } of NEEDS) {
    for (const asked of when) {
      for (const gone of without) {
        const world = new Map([...asked, ...gone]);
        if (!JUDGES.some((judge) => alwaysRefuses(judge, world)))
          throw new Disproved(counterexample('unknown never allows', `allows without ${name}`, world));
      }
    }
  }
}

/** Every reason that refuses tells how to repair it, in the words of the catalogue. */
export function proveRepairs({ access: { JUDGES }, wordings: { WORDINGS } }: Subject): void {
  for (const judge of JUDGES) {
    everyAnswer(judge, (reasons, choices) => {
      for (const { code, remedy, text } of refusing(reasons)) {
        const known = Object.hasOwn(WORDINGS, code);
        if (!known || text === '' || remedy.title === '' || remedy.steps.length === 0 || remedy.steps.includes(''))
          throw new Disproved(counterexample('every refusal has a repair', `no repair for ${code}`, choices()));
      }
    });
  }
}

/**
 * A worse posture never allows what a better one was refused. Worse by one thing at a time, which makes every worse one: a value that is no
 * longer in order, or is no longer known, or has grown old.
 *
 * Read from the other end: what a question lets pass, it lets pass when one thing is better; or another question refuses the worse one in
 * any case; or the better one's refusal was written down, and the worse world is one in which it never was.
 */
export function proveMonotone({ access: { JUDGES } }: Subject): void {
  for (const judge of JUDGES) {
    everyAnswer(judge, (reasons, choices) => {
      if (refusing(reasons).length > 0) return;
      const worse = choices();
      for (const better of bettered(worse)) {
        explore(
          (world) => judge(lazyPosture(world), lazyRules(world), NOW_MS),
          (answer, where) => {
            const refused = refusing(answer);
            if (refused.length === 0 || refused.some(({ code }) => isForgotten(code, worse))) return true;
            if (JUDGES.some((other) => other !== judge && alwaysRefuses(other, worse))) return true;
            throw new Disproved(
              counterexample(
                'worse never allows',
                `${refused[0]?.code} is lost when it gets worse`,
                new Map([...where(), ...worse]),
              ),
            );
          },
          better,
        );
      }
    });
  }
}

/** Whether a world is one in which a reason was never seen, as it cannot be after a refusal for it. */
function isForgotten(code: string, choices: Choices): boolean {
  const index = choices.get(`firstFailedAtMs.${code}`);
  return FAILING_CODES.includes(code) && index !== undefined && isNever(index);
}

/**
 * decide() says what its questions say, all of it and nothing else, worst first, and allows exactly when none of it refuses: for each answer
 * of each question alone, and for each two answers of two questions together.
 */
export function proveUnion({ access: { decide, JUDGES } }: Subject): void {
  const answers = JUDGES.map(distinctAnswers);
  for (const [i, first] of answers.entries()) {
    for (const one of first) {
      for (const second of answers.slice(i)) {
        for (const two of second) {
          const choices = new Map([...two, ...one]);
          const { posture, rules } = plainWorld(choices);
          const expected = JUDGES.flatMap((judge) => judge(posture, rules, NOW_MS));
          const { allow, state, reasons } = decide(posture, rules, NOW_MS);
          const severities = reasons.map(({ severity }) => ORDER.indexOf(severity));
          const holds =
            allow === (refusing(expected).length === 0) &&
            state === stateOf(severities[0]) &&
            sameText(reasons.map(nameOf), expected.map(nameOf)) &&
            severities.every((severity, k) => k === 0 || severity >= (severities[k - 1] ?? 0));
          if (!holds) throw new Disproved(counterexample('decide() joins its questions', `${allow} ${state}`, choices));
        }
      }
    }
  }
}

const ORDER: readonly string[] = ['block', 'unknown', 'grace', 'notice'];

function stateOf(worst: number | undefined): string {
  return ['blocked', 'unknown', 'grace'][worst ?? 3] ?? 'fine';
}

function nameOf({ code, severity, factName }: { code: string; severity: string; factName: string }): string {
  return `${code} ${severity} ${factName}`;
}

function sameText(left: readonly string[], right: readonly string[]): boolean {
  return [...left].sort().join('\n') === [...right].sort().join('\n');
}

/** One world for each answer that a question can give. */
function distinctAnswers(judge: Judge): readonly Choices[] {
  const found = new Map<string, Choices>();
  everyAnswer(judge, (reasons, choices) => {
    const key = reasons.map(nameOf).sort().join('\n');
    if (!found.has(key)) found.set(key, choices());
  });
  return [...found.values()];
}

function everyAnswer(judge: Judge, visit: (reasons: ReturnType<Judge>, choices: () => Choices) => void): void {
  explore(
    (world) => judge(lazyPosture(world), lazyRules(world), NOW_MS),
    (reasons, choices) => {
      visit(reasons, choices);
      return true;
    },
  );
}
