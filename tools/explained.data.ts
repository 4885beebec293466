/**
 * Mutants that no test can tell from the original, each with its reason. A row that names no mutant any more, or one that a test kills,
 * fails the run: then the row is untrue.
 */
export interface Explained {
  readonly room: string;
  readonly symbol: string;
  readonly operator: string;
  readonly text: string;
  /** Which of several with the same text in the same symbol; all of them where it is left out. */
  readonly nth?: number;
  readonly reason: string;
}

const NARROWS = 'For the compiler alone: an unknown fact has no value, which the other members refuse.';
const WRITTEN = 'For the compiler alone: the row was written in this transaction.';
const EPOCH = 'null counts as 1970, which no rule calls fresh.';

export const EXPLAINED: readonly Explained[] = [
  ...rows('access', [
    [
      'judgeLink',
      'operand',
      'device.personId !== null',
      'Without a person her id is undefined, and null is not equal to it.',
    ],
    ['judgeSilence', 'operand', 'lastSeenAtMs !== null', EPOCH],
    ['judgeThreats', 'operand', 'threats.lastCheckAtMs !== null', EPOCH],
    ['judgeSystem', 'operand', "have.kind === 'known'", NARROWS],
    ['judgeSystem', 'operand', 'said === null', 'For the compiler alone: what was not said is not enough either.'],
    [
      'judgeAgreements',
      'operand',
      "typeof dueAtMs === 'number'",
      'For the compiler alone: isAhead() calls null and undefined over.',
    ],
    ['mustBe', 'operand', "known.kind === 'unknown'", NARROWS],
    ['madeSo', 'operand', "unmet.kind === 'unknown'", NARROWS],
    ['madeSo', 'operand', 'control.android !== null', 'For the compiler alone: a list of names holds no null.'],
    ['carriesPolicy', 'operand', 'profileUuid !== null', 'A known fact is never null.'],
    ['carriesPolicy', 'operand', "listed.kind === 'known'", NARROWS],
    ['compared', 'operand', "have.kind === 'known'", NARROWS],
    ['known', 'operand', "fact.kind === 'known'", NARROWS],
  ]),
  ...rows('audit', [
    [
      'parseDisclosure',
      'if',
      'bytes.length > MAX_BYTES',
      'formatDisclosure() refuses it as well; this spares reading it.',
    ],
    [
      'hashOf',
      'choice',
      "typeof value === 'string'",
      'For the compiler alone: what is no text cannot be decoded and ends in the same error.',
      2,
    ],
  ]),
  ...rows('formats/tlog-checkpoint', [
    ['compareHeads', 'bound', 'a.size <= b.size', 'Of one size each of the two may be called the older one.'],
  ]),
  ...rows('formats/tlog-witness', [
    [
      'judgeCheckpoint',
      'throw',
      'throw error;',
      'verifyConsistency() throws nothing but FormatError; a bug in it must not look like a log.',
    ],
  ]),
  ...rows('people', [
    ['createPerson', 'if', 'made === undefined', WRITTEN],
    ['registrationOptions', 'field', "attestationType: 'none'", 'What the library asks for by itself.'],
    ['beginJoin', 'choice', 'personId === undefined', 'For the compiler alone: nobody has no id.', 1],
    ['changePerson', 'if', 'after === undefined', WRITTEN],
    ['agree', 'if', 'party === undefined', 'For the compiler alone: who is not there was refused before.'],
    ['openPlaceKey', 'if', 'known !== undefined', 'A saving alone: the first key stays, whatever is made after it.'],
    ['openPlaceKey', 'if', 'made === undefined', WRITTEN],
  ]),
  ...rows('devices/apple', [
    [
      'mdmRoute',
      'if',
      'announced === undefined',
      'For the compiler alone: the hook before has found out who it is, or has refused.',
    ],
  ]),
];

function rows(
  room: string,
  of: readonly (readonly [symbol: string, operator: string, text: string, reason: string, nth?: number])[],
): readonly Explained[] {
  return of.map(([symbol, operator, text, reason, nth]) => ({
    room,
    symbol,
    operator,
    text,
    reason,
    ...(nth === undefined ? {} : { nth }),
  }));
}
