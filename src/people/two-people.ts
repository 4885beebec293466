import { type Actor, append, type Role } from '../audit/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import type { TwoPeopleReply } from './api.ts';
import { tellPerson } from './notices.ts';
import { PeopleError } from './people-error.ts';
import type { PeopleServices } from './services.ts';
import {
  findCouldAgreeUntil,
  findHeldUntil,
  findTimes,
  listActiveOf,
  saveTimes,
  setCouldAgreeUntil,
  setCountsFrom,
  setHeldUntil,
  type TwoPeopleTimes,
} from './store-requests.ts';

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const FORMER_MS = 3 * DAY_HOURS * HOUR_MS; // an office notices within days that nobody but one can sign in, and a request is open for seven
const DEFAULT: TwoPeopleTimes = {
  aloneDelayHours: DAY_HOURS,
  formerAloneDelayHours: DAY_HOURS,
  recoveryHoldHours: DAY_HOURS,
  formerRecoveryHoldHours: DAY_HOURS,
  changedAtMs: 0,
};

/** Reads the times that rule requests, and those that count now: a time that was made shorter counts once the former has run out. */
export async function readTwoPeople(db: Db, nowMs: number): Promise<TwoPeopleReply> {
  const times = (await findTimes(db)) ?? DEFAULT;
  return {
    aloneDelayHours: times.aloneDelayHours,
    aloneDelayNowHours: counting(times.aloneDelayHours, times.formerAloneDelayHours, times.changedAtMs, nowMs),
    recoveryHoldHours: times.recoveryHoldHours,
    recoveryHoldNowHours: counting(times.recoveryHoldHours, times.formerRecoveryHoldHours, times.changedAtMs, nowMs),
  };
}

/** An owner who is alone must not set the delay to nothing and act at once: a shorter time waits as long as the former would have. */
function counting(hours: number, formerHours: number, changedAtMs: number, nowMs: number): number {
  return nowMs < changedAtMs + formerHours * HOUR_MS ? Math.max(hours, formerHours) : hours;
}

/**
 * Sets how long who is alone waits, and for how long no new browser binds after a recovery.
 *
 * @throws PeopleError `people-request-person` (403) for an API token
 */
export async function setTwoPeople(
  { db, now }: Pick<PeopleServices, 'db' | 'now'>,
  actor: Actor,
  wanted: { readonly aloneDelayHours: number; readonly recoveryHoldHours: number },
): Promise<TwoPeopleReply> {
  if (actor.kind !== 'person')
    throw new PeopleError('people-request-person', 403, 'Sign in as a person: an API token sets no rule for people');
  return await transaction(db, async (tx) => {
    const before = await readTwoPeople(tx, now());
    await saveTimes(tx, {
      ...wanted,
      formerAloneDelayHours: before.aloneDelayNowHours,
      formerRecoveryHoldHours: before.recoveryHoldNowHours,
      changedAtMs: now(),
    });
    await append(tx, {
      actor,
      action: 'people.two-people.change',
      object: { type: 'organisation', id: null },
      detail: {
        ...wanted,
        aloneDelayHoursBefore: before.aloneDelayHours,
        recoveryHoldHoursBefore: before.recoveryHoldHours,
      },
    });
    await notify(tx, 'request', {});
    return await readTwoPeople(tx, now());
  });
}

/** Holds a person whose account was recovered by a link: no new browser binds to a phone of hers, she widens no file, and she counts for nobody. */
export async function holdAfterRecovery(tx: Db, personId: string, nowMs: number): Promise<void> {
  const { recoveryHoldNowHours } = await readTwoPeople(tx, nowMs);
  await setHeldUntil(tx, personId, nowMs + recoveryHoldNowHours * HOUR_MS);
}

/**
 * Until when no new browser may be bound to a phone of a person, nor anybody else be given her files, after a recovery of her account;
 * undefined when nothing keeps her from it.
 */
export async function heldUntil(db: Db, personId: string, nowMs: number): Promise<number | undefined> {
  const untilMs = (await findHeldUntil(db, personId)) ?? 0;
  return nowMs < untilMs ? untilMs : undefined;
}

/**
 * Lets who was given a role, or joins in one, count for requests only once the time has passed that somebody alone would wait, and tells it the
 * other owners and administrators: whoever gives roles would otherwise make a second person of her own, and at once. While an installation is
 * younger than that everybody counts.
 *
 * @param actor who gave the role
 */
export async function countLater(
  tx: Db,
  actor: Actor,
  person: { readonly id: string; readonly displayName: string; readonly role: Role },
  nowMs: number,
): Promise<void> {
  if (!ASKING.includes(person.role)) return;
  const delayMs = (await readTwoPeople(tx, nowMs)).aloneDelayNowHours * HOUR_MS;
  if (!(await setCountsFrom(tx, person.id, nowMs + delayMs, nowMs - delayMs))) return;
  const by = actor.kind === 'person' ? [actor.personId] : [];
  const given = { kind: 'role-given', actor, what: person.role, who: person.displayName } as const;
  for (const { id } of await listActiveOf(tx, ASKING, [person.id, ...by]))
    await tellPerson(tx, { personId: id, ...given, untilMs: nowMs + delayMs }, nowMs);
}

/**
 * Remembers who could have agreed until now and was suspended, or lost a role: whoever makes herself the only one by that must not act a day later.
 */
export async function keepFromActingAlone(
  tx: Db,
  before: { readonly id: string; readonly role: Role; readonly state: string },
  nowMs: number,
): Promise<void> {
  if (before.state === 'active' && ASKING.includes(before.role))
    await setCouldAgreeUntil(tx, before.id, nowMs + FORMER_MS);
}

/** From when the only one may act alone; @param without who could not have agreed: its maker, the person concerned, and who is barred */
export async function aloneFrom(db: Db, without: readonly string[], nowMs: number): Promise<number> {
  const { aloneDelayNowHours } = await readTwoPeople(db, nowMs);
  return Math.max(nowMs + aloneDelayNowHours * HOUR_MS, (await findCouldAgreeUntil(db, without)) ?? 0);
}

/** The roles that ask for what takes two people and agree to it. */
const ASKING: readonly Role[] = ['owner', 'administrator'];
