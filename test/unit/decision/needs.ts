import type { Choices } from './explore.ts';
import { AGREEMENTS, BAD_VALUE, DUE, FACT_VALUES, FRESH, isNever, LESSONS, POLICY } from './posture.ts';

/** Something that an allowance needs, where it needs it, and the ways in which it can be missing. */
export interface Need {
  readonly name: string;
  /** Where it is asked for; each stands for all worlds with these choices. */
  readonly when: readonly Choices[];
  /** What must refuse then. */
  readonly without: readonly Choices[];
}

const is = (...entries: readonly (readonly [string, number])[]): Choices => new Map(entries);
const each = (path: string, indexes: readonly number[]): readonly Choices[] =>
  indexes.map((index) => is([path, index]));
const and = (left: readonly Choices[], right: readonly Choices[]): readonly Choices[] =>
  left.flatMap((a) => right.map((b) => new Map([...a, ...b])));

/** Short words to write down sets of worlds. */
export const choices = { is, each, and };

const ALWAYS = [is()];
const PHONE = [is(['device', 0], ['device.state', 0])];
const NORMAL = and(PHONE, [is(['device.userEnrollment', 0])]);
const USER = and(PHONE, [is(['device.userEnrollment', 1])]);
const ENCRYPTED = [is(['policy.encryption.device', 1])];
const QUALITY = [
  ...each('policy.passcode.minLength', [1, 2]),
  ...each('policy.passcode.noSimple', [1]),
  ...each('policy.passcode.alphanumeric', [1]),
];
const PASSCODE = [...each('policy.passcode.required', [0]), ...QUALITY];
const OTHER_THAN_ANDROID = each('device.platform', [0, 2]);
const ANDROID = each('device.platform', [1]);

/** The ways in which nobody knows a fact: never said, null, of another kind, too old, from time to come, of no time. */
export function unknown(fact: string): readonly Choices[] {
  const kinds = (FACT_VALUES[fact] ?? []).map((_, index) => index).filter((index) => index > BAD_VALUE);
  return [
    is([`fact.${fact}`, 1]),
    ...and([is([`fact.${fact}`, 0])], each(`fact.${fact}.value`, kinds)),
    ...and([is([`fact.${fact}`, 0])], each(`fact.${fact}.observedAtMs`, [1, 3, 4])),
  ];
}

/** A fact that is known and not in order, where nothing is given time for it: no grace, or one that has run out. */
function bad(fact: string, grace: string, code: string): readonly Choices[] {
  const known = and(
    [is([`fact.${fact}`, 0], [`fact.${fact}.value`, BAD_VALUE])],
    each(`fact.${fact}.observedAtMs`, [...FRESH]),
  );
  const over = and(each(`rules.graceMs.${grace}`, [1]), each(`firstFailedAtMs.${code}`, [2, 3, 4]));
  return and(known, [...each(`rules.graceMs.${grace}`, [0]), ...over]);
}

/** Indexes of those lists of which a member is open and no longer due. */
function overdue(
  lists: readonly (readonly { readonly dueAtMs?: number | null }[])[],
  done: (one: object) => boolean,
): readonly number[] {
  const isOver = (one: { readonly dueAtMs?: number | null }): boolean => !done(one) && one.dueAtMs !== DUE[0];
  return lists.flatMap((list, index) => (list.some(isOver) ? [index] : []));
}

const COMPLIANCE_BEFORE_PROFILE = [
  is(
    ['fact.passcode.compliant', 0],
    ['fact.passcode.compliant.value', 0],
    ['fact.passcode.compliant.observedAtMs', 0],
    ['fact.profile.id', 0],
    ['fact.profile.id.observedAtMs', 2],
  ),
  is(['fact.profile.id', 0], ['fact.profile.id.observedAtMs', 4]),
];

/** All that an allowance needs: what the decision promises, said without its code. */
export const NEEDS: readonly Need[] = [
  {
    name: 'a person who is active',
    when: ALWAYS,
    without: [...each('person', [1]), ...each('person.state', [1, 2, 3])],
  },
  {
    name: 'a phone in service',
    when: ALWAYS,
    without: [...each('device', [1]), ...and(each('device', [0]), each('device.state', [1, 2, 3]))],
  },
  { name: 'a phone of the person', when: PHONE, without: each('device.personId', [1, 2]) },
  { name: 'a phone that reports', when: PHONE, without: each('device.lastSeenAtMs', [1, 3, 4, 5]) },
  { name: 'a policy that asks for something', when: PHONE, without: emptyPolicies() },
  {
    name: 'the version of the system',
    when: and(and(PHONE, OTHER_THAN_ANDROID), each('policy.os.minVersion', [1, 2])),
    without: unknown('os.version'),
  },
  {
    name: 'a system that is new enough',
    when: and(and(PHONE, OTHER_THAN_ANDROID), each('policy.os.minVersion', [1])),
    without: bad('os.version', 'osVersion', 'os.too-old'),
  },
  {
    name: 'the patch level',
    when: and(and(PHONE, ANDROID), each('policy.os.minPatchLevel', [1, 2])),
    without: unknown('os.patchLevel'),
  },
  {
    name: 'a patch level that is new enough',
    when: and(and(PHONE, ANDROID), each('policy.os.minPatchLevel', [1])),
    without: bad('os.patchLevel', 'osVersion', 'os.too-old'),
  },
  {
    name: 'a passcode',
    when: and(NORMAL, PASSCODE),
    without: [...unknown('passcode.present'), ...bad('passcode.present', 'passcode', 'passcode.missing')],
  },
  {
    name: 'a passcode as good as asked for',
    when: and(NORMAL, QUALITY),
    without: [...unknown('passcode.compliant'), ...bad('passcode.compliant', 'passcode', 'passcode.weak')],
  },
  {
    name: 'encryption',
    when: and(NORMAL, ENCRYPTED),
    without: [...unknown('encryption.enabled'), ...bad('encryption.enabled', 'encryption', 'encryption.off')],
  },
  {
    name: 'a passcode rule on a phone under User Enrollment',
    when: and(USER, [...PASSCODE, ...ENCRYPTED]),
    without: [
      ...unknown('passcode.rule'),
      is(['fact.passcode.rule', 0], ['fact.passcode.rule.value', BAD_VALUE]),
      is(['fact.profile.id', 1]),
      ...and(each('fact.profile.id', [0]), each('fact.profile.id.value', [1, 2])),
      ...and(each('fact.passcode.present', [0]), bad('passcode.present', 'passcode', 'passcode.missing')),
    ],
  },
  {
    name: 'compliance since the profile on a phone under User Enrollment',
    when: and(USER, [...PASSCODE, ...ENCRYPTED]),
    without: [
      ...unknown('passcode.compliant'),
      ...bad('passcode.compliant', 'passcode', 'passcode.weak'),
      ...COMPLIANCE_BEFORE_PROFILE,
    ],
  },
  {
    name: 'what can be shown, on a phone under User Enrollment',
    when: USER,
    without: [...each('policy.passcode.minLength', [2]), ...each('policy.passcode.alphanumeric', [1])],
  },
  {
    name: 'encryption by hardware on a phone under User Enrollment',
    when: and(USER, ENCRYPTED),
    without: [...unknown('encryption.hardware'), ...bad('encryption.hardware', 'encryption', 'encryption.off')],
  },
  {
    name: 'a system that is whole, wherever the opposite was ever said',
    when: PHONE,
    without: [
      is(['fact.integrity.rooted', 0], ['fact.integrity.rooted.value', BAD_VALUE]),
      is(['fact.integrity.rooted', 0], ['fact.integrity.rooted.value', 2]),
      ...and(
        [1, 2, 3, 4].filter((index) => !isNever(index)).map((index) => is(['firstFailedAtMs.integrity.rooted', index])),
        unknown('integrity.rooted'),
      ),
    ],
  },
  {
    name: 'the word of an Android phone that its system is whole',
    when: and(and(PHONE, ANDROID), each('policy.dev.rootDetect', [1])),
    without: unknown('integrity.rooted'),
  },
  { name: 'results of checks that can be read', when: PHONE, without: each('threats', [1]) },
  { name: 'no open trace', when: PHONE, without: each('threats.openTraces', [1, 2, 3, 4, 5, 6]) },
  {
    name: 'a check that is new enough',
    when: and(PHONE, each('rules.maxCheckAgeMs', [1])),
    without: each('threats.lastCheckAtMs', [1, 3, 4, 5]),
  },
  {
    name: 'a training record that can be read',
    when: [...each('rules.requireTraining', [0]), is(['rules.requireTraining', 1], ['rules.requireAgreement', 0])],
    without: each('training', [1]),
  },
  {
    name: 'lessons that are taken',
    when: and(each('rules.requireTraining', [0]), each('training', [0])),
    without: each(
      'training.lessons',
      overdue(LESSONS, (one) => 'completedAtMs' in one && one.completedAtMs !== null),
    ),
  },
  {
    name: 'texts that are signed',
    when: and(each('rules.requireAgreement', [0]), each('training', [0])),
    without: each(
      'training.agreements',
      overdue(AGREEMENTS, (one) => 'signedAtMs' in one && one.signedAtMs !== null),
    ),
  },
];

/** Every policy that asks for nothing: each control is left out, or false. */
function emptyPolicies(): readonly Choices[] {
  let out: readonly Choices[] = [is()];
  for (const [name, values] of Object.entries(POLICY)) {
    const asksNothing = values.flatMap((value, index) => (value === false || typeof value === 'symbol' ? [index] : []));
    out = and(out, each(`policy.${name}`, asksNothing));
  }
  return out;
}
