import type { Rules } from '../../../src/access/api.ts';
import type { Fact, Posture } from '../../../src/access/facts.ts';
import type { Json } from '../../../src/base/index.ts';
import { ABSENT, lazyRecord, type World } from './explore.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
export const NOW_MS = Date.UTC(2026, 10, 24);
const MAX_FACT_AGE_MS = 7 * DAY_MS;
const MAX_SILENCE_MS = 5 * DAY_MS;
const MAX_CHECK_AGE_MS = 30 * DAY_MS;
const GRACE_MS = DAY_MS;

/** Each side of each limit that a time is compared with: the oldest that is fresh, then too old, ahead as clocks are, too far ahead, none. */
function times(maxAgeMs: number): readonly number[] {
  return [NOW_MS - maxAgeMs, NOW_MS - maxAgeMs - 1, NOW_MS + 60_000, NOW_MS + 60_001, Number.NaN];
}
/** Which of `times()` count as fresh. */
export const FRESH: ReadonlySet<number> = new Set([0, 2]);

const FACT_TIMES = times(MAX_FACT_AGE_MS);

/**
 * What a phone can say, by fact: a value that is well, one that is not where there is one, one of another kind, and null. A decision
 * compares values only with `true`, `false`, null, their kind, and by order of versions, so that each of these stands for all like it.
 */
export const FACT_VALUES: Readonly<Record<string, readonly Json[]>> = {
  'os.version': ['18.6', '18.5', '18.x', 26, null],
  'os.patchLevel': ['2026-06-01', '2026-05-31', '2026-06', 2026, null],
  'passcode.present': [true, false, 'true', null],
  'passcode.compliant': [true, false, 'true', null],
  'passcode.rule': [true, false, 'true', null],
  'profile.id': ['P', 5, null],
  'profile.listed': ['P', 'Q', false, null],
  'profile.installed': [true, false, 'true', null],
  'policy.unmet': [[], ['screenCaptureDisabled'], 'none', null],
  'encryption.enabled': [true, false, 'true', null],
  'encryption.hardware': [true, false, 'true', null],
  'integrity.rooted': [false, true, 'false', null],
};
/** The values of a fact that are known and not in order. */
export const BAD_VALUE = 1;

/**
 * What a policy can say of a control. Left out and `false` are the same to whoever asks for a value; whoever goes through all controls and
 * their values meets `false` in one of each kind, and in those of which more than the value counts.
 */
export const POLICY: Readonly<Record<string, readonly (boolean | number | string | typeof ABSENT)[]>> = {
  'passcode.required': [true, ABSENT],
  'os.minVersion': [ABSENT, '18.6', 'newest'],
  'os.minPatchLevel': [ABSENT, '2026-06-01', 'newest'],
  'passcode.minLength': [ABSENT, 6, 7, false],
  'passcode.noSimple': [ABSENT, true],
  'passcode.alphanumeric': [ABSENT, true, false],
  'encryption.device': [ABSENT, true],
  'dev.rootDetect': [ABSENT, true],
  // Stands for every control that the decision does not look at.
  'dlp.screenCapture': [ABSENT, true, false],
};

/** When a reason was first seen: never, within its grace, at its end, before, in time to come. */
const FIRST_FAILED: readonly (number | typeof ABSENT)[] = [
  ABSENT,
  NOW_MS - GRACE_MS + 1,
  NOW_MS - GRACE_MS,
  NOW_MS - 2 * GRACE_MS,
  NOW_MS + 400 * DAY_MS,
];
const NEVER_FAILED = 0;

export const DUE: readonly number[] = [NOW_MS + 1, NOW_MS, NOW_MS - DAY_MS, Number.NaN, Number.POSITIVE_INFINITY];
const DONE: readonly (number | null)[] = [NOW_MS - HOUR_MS, null];

/** A posture of which each thing is chosen when it is looked at. */
export function lazyPosture(world: World): Posture {
  return new LazyPosture(world);
}

/** Getters of classes, since a proof makes a hundred thousand of these. */
class LazyPosture implements Posture {
  readonly #world: World;
  #policy: Posture['policy'] | undefined;
  #firstFailedAtMs: Posture['firstFailedAtMs'] | undefined;
  #person: Posture['person'] | undefined;
  #device: Posture['device'] | undefined;
  #training: Posture['training'] | undefined;
  #threats: Posture['threats'] | undefined;

  constructor(world: World) {
    this.#world = world;
  }
  get person(): Posture['person'] {
    this.#person ??= this.#world.pick('person', THERE) ? new LazyPerson(this.#world) : null;
    return this.#person;
  }
  get device(): Posture['device'] {
    this.#device ??= this.#world.pick('device', THERE) ? new LazyDevice(this.#world) : null;
    return this.#device;
  }
  get training(): Posture['training'] {
    this.#training ??= this.#world.pick('training', THERE) ? new LazyTraining(this.#world) : null;
    return this.#training;
  }
  get threats(): Posture['threats'] {
    this.#threats ??= this.#world.pick('threats', THERE) ? new LazyThreats(this.#world) : null;
    return this.#threats;
  }
  get policy(): Posture['policy'] {
    this.#policy ??= lazyRecord(POLICY_NAMES, (name) => this.#world.pick(`policy.${name}`, POLICY[name] ?? []));
    return this.#policy;
  }
  get firstFailedAtMs(): Posture['firstFailedAtMs'] {
    this.#firstFailedAtMs ??= lazyRecord(FAILING_CODES, (code) =>
      this.#world.pick(`firstFailedAtMs.${code}`, FIRST_FAILED),
    );
    return this.#firstFailedAtMs;
  }
}

const THERE = [true, false];
const POLICY_NAMES = Object.keys(POLICY);
const FACT_NAMES = Object.keys(FACT_VALUES);

/** Reasons with a memory: those with a grace, and the broken system that only a fresh report clears. */
export const FAILING_CODES = ['os.too-old', 'passcode.missing', 'passcode.weak', 'encryption.off', 'integrity.rooted'];
/** Whether a choice for `firstFailedAtMs.*` says that the reason was never seen. */
export const isNever = (index: number | undefined): boolean => index === NEVER_FAILED;

class LazyPerson {
  readonly #world: World;
  readonly id = 'p';
  constructor(world: World) {
    this.#world = world;
  }
  get state(): string {
    return this.#world.pick('person.state', PERSON_STATES);
  }
  get joinedAtMs(): number {
    throw new Error('Amend the model: something looks at joinedAtMs');
  }
}

class LazyDevice {
  readonly #world: World;
  #facts: Readonly<Record<string, Fact>> | undefined;
  readonly id = 'd';
  constructor(world: World) {
    this.#world = world;
  }
  get personId(): string | null {
    return this.#world.pick('device.personId', OWNERS);
  }
  get platform(): string {
    return this.#world.pick('device.platform', PLATFORMS);
  }
  get state(): string {
    return this.#world.pick('device.state', DEVICE_STATES);
  }
  get lastSeenAtMs(): number | null {
    return this.#world.pick('device.lastSeenAtMs', LAST_SEEN);
  }
  get userEnrollment(): boolean {
    return this.#world.pick('device.userEnrollment', USER_ENROLLMENT);
  }
  get facts(): Readonly<Record<string, Fact>> {
    this.#facts ??= lazyRecord<Fact>(FACT_NAMES, (name) =>
      this.#world.pick(`fact.${name}`, THERE) ? new LazyFact(this.#world, name) : ABSENT,
    );
    return this.#facts;
  }
}

const PERSON_STATES = ['active', 'invited', 'suspended', 'unheard-of'];
const OWNERS = ['p', 'q', null];
const PLATFORMS = ['apple', 'android', 'unheard-of'];
const DEVICE_STATES = ['enrolled', 'pending', 'checked-out', 'unheard-of'];
const LAST_SEEN = [...times(MAX_SILENCE_MS), null];
const LAST_CHECK = [...times(MAX_CHECK_AGE_MS), null];
const USER_ENROLLMENT = [false, true];

class LazyFact implements Fact {
  readonly #world: World;
  readonly #name: string;
  constructor(world: World, name: string) {
    this.#world = world;
    this.#name = name;
  }
  get value(): Json {
    return this.#world.pick(`fact.${this.#name}.value`, FACT_VALUES[this.#name] ?? []);
  }
  get observedAtMs(): number {
    return this.#world.pick(`fact.${this.#name}.observedAtMs`, FACT_TIMES);
  }
  get source(): string {
    throw new Error('Amend the model: something looks at the source of a fact');
  }
}

/** A decision looks at the members of a list one by one, so that a list of none, of one and of two stand for all. */
function lists<T>(members: readonly T[]): readonly (readonly T[])[] {
  return [[], ...members.map((one) => [one]), ...members.flatMap((one) => members.map((two) => [one, two]))];
}

export const LESSONS = lists(
  DONE.flatMap((completedAtMs) => DUE.map((dueAtMs) => ({ id: 'l', dueAtMs, completedAtMs }))),
);
export const AGREEMENTS = lists(
  DONE.flatMap((signedAtMs) =>
    [...DUE, null, undefined].map((dueAtMs) => ({
      id: 'a',
      version: '1',
      signedAtMs,
      ...(dueAtMs === undefined ? {} : { dueAtMs }),
    })),
  ),
);
const TRACES = lists([
  { findingId: 'f', title: 't', foundAtMs: NOW_MS },
  { findingId: 'f', title: 't', foundAtMs: NOW_MS, ofFormerPhone: true },
]);

class LazyTraining {
  readonly #world: World;
  constructor(world: World) {
    this.#world = world;
  }
  get lessons(): (typeof LESSONS)[number] {
    return this.#world.pick('training.lessons', LESSONS);
  }
  get agreements(): (typeof AGREEMENTS)[number] {
    return this.#world.pick('training.agreements', AGREEMENTS);
  }
}

class LazyThreats {
  readonly #world: World;
  constructor(world: World) {
    this.#world = world;
  }
  get openTraces(): NonNullable<Posture['threats']>['openTraces'] {
    return this.#world.pick('threats.openTraces', TRACES);
  }
  get lastCheckAtMs(): number | null {
    return this.#world.pick('threats.lastCheckAtMs', LAST_CHECK);
  }
  get lastVerdict(): string {
    // What was received or visited makes a check `unusual` and no trace: it must not be looked at.
    throw new Error('The verdict of a check is looked at, where only open traces may refuse');
  }
}

/** Rules of which each is chosen when it is looked at. */
export function lazyRules(world: World): Rules {
  return new LazyRules(world);
}

class LazyRules {
  readonly #world: World;
  readonly maxFactAgeMs = MAX_FACT_AGE_MS;
  readonly maxSilenceMs = MAX_SILENCE_MS;
  readonly graceMs: Rules['graceMs'];
  constructor(world: World) {
    this.#world = world;
    this.graceMs = new LazyGrace(world);
  }
  get requireTraining(): boolean {
    return this.#world.pick('rules.requireTraining', THERE);
  }
  get requireAgreement(): boolean {
    return this.#world.pick('rules.requireAgreement', THERE);
  }
  get maxCheckAgeMs(): number | null {
    return this.#world.pick('rules.maxCheckAgeMs', CHECK_AGES);
  }
}

class LazyGrace {
  readonly #world: World;
  constructor(world: World) {
    this.#world = world;
  }
  get osVersion(): number {
    return this.#world.pick('rules.graceMs.osVersion', GRACES);
  }
  get passcode(): number {
    return this.#world.pick('rules.graceMs.passcode', GRACES);
  }
  get encryption(): number {
    return this.#world.pick('rules.graceMs.encryption', GRACES);
  }
}

const CHECK_AGES = [null, MAX_CHECK_AGE_MS];
const GRACES = [0, GRACE_MS];
