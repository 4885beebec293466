import type { Choices } from './explore.ts';
import { BAD_VALUE, FACT_VALUES, LESSONS } from './posture.ts';

/** The worlds in which one of the chosen things is better. */
export function* bettered(worse: Choices): Generator<Choices> {
  for (const [path, index] of worse) {
    for (const changes of betterThan(path, index, worse)) yield new Map([...worse, ...changes]);
  }
}

function betterThan(path: string, index: number, worse: Choices): readonly (readonly (readonly [string, number])[])[] {
  const fact = /^fact\.(.+?)(\.value|\.observedAtMs)?$/.exec(path);
  if (fact?.[1] !== undefined) return betterFact(fact[1], fact[2], index, worse);
  if (path === 'device.lastSeenAtMs' || path === 'threats.lastCheckAtMs')
    return index === 0 || index === 2 ? [] : [[[path, 0]]];
  if (path === 'training.lessons') return withoutOne(LESSONS, index).map((other) => [[path, other]]);
  if (path === 'threats.openTraces' || path === 'training.agreements') return index === 0 ? [] : [[[path, 0]]];
  if (path === 'threats' || path === 'training') return index === 0 ? [] : [[[path, 0]]];
  return [];
}

/**
 * In order is better than not in order, known than unknown, fresh than old. A profile is no better for being installed later; and that a phone
 * under User Enrollment says "no passcode" is no knowledge which it could lose, since it is not asked: rule and compliance prove one.
 */
function betterFact(
  fact: string,
  part: string | undefined,
  index: number,
  worse: Choices,
): readonly (readonly (readonly [string, number])[])[] {
  const there = `fact.${fact}`;
  const notAsked = fact === 'profile.id' || (fact === 'passcode.present' && worse.get('device.userEnrollment') === 1);
  const known = notAsked ? [0] : [0, BAD_VALUE];
  const nowKnown = known.map((value): readonly (readonly [string, number])[] => [
    [there, 0],
    [`${there}.value`, value],
    [`${there}.observedAtMs`, 0],
  ]);
  if (part === undefined) return index === 1 ? nowKnown : [];
  if (part === '.observedAtMs')
    return fact === 'profile.id' || index === 0 || index === 2 ? [] : [[[`${there}${part}`, 0]]];
  if (index === 0) return [];
  if (index === BAD_VALUE && fact !== 'profile.id') return [[[`${there}${part}`, 0]]];
  const last = (FACT_VALUES[fact] ?? []).length - 1;
  return index <= last && worse.has(there) ? nowKnown : [];
}

/** The lists that a list becomes when one of its members needs nothing any more. */
function withoutOne<T>(lists: readonly (readonly T[])[], index: number): readonly number[] {
  const list = lists[index] ?? [];
  return list.map((_, gone) =>
    lists.findIndex((other) =>
      sameMembers(
        other,
        list.filter((_member, i) => i !== gone),
      ),
    ),
  );
}

function sameMembers<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((one, i) => one === right[i]);
}
