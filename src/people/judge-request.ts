import { type Actor, personIdOf, type Role } from '../audit/index.ts';
import type { Json } from '../base/index.ts';
import type { PersonState, RequestStanding } from './api.ts';

/** How a request may have ended; `expired` is one that nobody ended. */
export type Ending = 'done' | 'stopped' | 'refused' | 'withdrawn' | 'lapsed';

/** Who agreed: a second person, the person concerned in a browser of hers, or by her phone. */
export type AgreedAs = 'second' | 'person' | 'phone';

/** A request as it is kept: roles and state are those of the day on which it was made or agreed to. */
export interface TwoPeopleRequest {
  readonly id: string;
  readonly kind: string;
  readonly personId: string;
  readonly personRole: Role;
  readonly personState: PersonState;
  readonly about: { readonly type: 'person' | 'device' | 'file' | 'key'; readonly id: string };
  readonly title: string;
  readonly reason: string;
  readonly detail: { readonly [key: string]: Json };
  readonly barred: readonly string[];
  readonly makerId: string;
  readonly makerRole: Role;
  readonly madeAtMs: number;
  readonly expiresAtMs: number;
  /** Set where nobody else could agree when it was made. */
  readonly aloneFromMs: number | null;
  readonly agreed: { readonly as: AgreedAs; readonly by: string; readonly role: Role; readonly atMs: number } | null;
  readonly ended: { readonly ending: Ending; readonly by: string | null; readonly atMs: number } | null;
  /** Whether its maker did it alone. */
  readonly alone: boolean;
}

/** Somebody as she is now. */
export interface Party {
  readonly id: string;
  readonly displayName: string;
  readonly role: Role;
  readonly state: PersonState;
  /** Until when she neither asks nor agrees, after a recovery of her account. */
  readonly heldUntilMs: number | null;
  /** From when she asks and agrees, after she was given her role. */
  readonly countsFromMs: number | null;
}

/** The people of a request as they are now, by id; who is not there has gone. */
export type Parties = ReadonlyMap<string, Party>;

/**
 * Says how a request stands.
 *
 * Pure. A changed role, or somebody who is no longer active, ends it: who agreed did so knowing who asked, and as what.
 */
export function standingOf(request: TwoPeopleRequest, parties: Parties, nowMs: number): RequestStanding {
  if (request.ended !== null) return request.ended.ending;
  if (nowMs >= request.expiresAtMs) return 'expired';
  const { agreed, makerId, makerRole, personId, personRole, personState } = request;
  const person = parties.get(personId);
  const holds =
    isActiveAs(parties.get(makerId), makerRole) &&
    person?.role === personRole &&
    person.state === personState &&
    (agreed === null || isActiveAs(parties.get(agreed.by), agreed.role));
  if (!holds) return 'lapsed';
  if (agreed !== null) return 'agreed';
  return request.aloneFromMs !== null && nowMs >= request.aloneFromMs ? 'alone' : 'waiting';
}

function isActiveAs(party: Party | undefined, role: Role): boolean {
  return party?.state === 'active' && party.role === role;
}

/** Why somebody may not have a part in a request; each has its words in `request-refusals.data.ts`. */
export type RequestRefusal =
  | 'people-request-person'
  | 'people-request-ended'
  | 'people-request-maker'
  | 'people-request-concerned'
  | 'people-request-barred'
  | 'people-request-role'
  | 'people-request-held'
  | 'people-request-new'
  | 'people-request-agreed'
  | 'people-request-no-confirmation'
  | 'people-request-not-maker'
  | 'people-request-waits'
  | 'people-request-second';

/** What is asked of the caller's part in a request. */
export interface Question {
  readonly request: TwoPeopleRequest;
  readonly parties: Parties;
  /** Who may ask for it and agree to it. */
  readonly roles: readonly Role[];
  readonly personMayAgree: boolean;
  readonly nowMs: number;
}

/**
 * Says why the caller may not agree as the second person; undefined when she may.
 *
 * Pure. A second person is another active person in a browser of her own: not the maker, not the person concerned, nobody who is barred,
 * no token, and nobody whose own account was just recovered or who just got her role: whoever gives roles would make a second person of her own.
 */
export function whyNotSecond(question: Question, actor: Actor): RequestRefusal | undefined {
  const { request, parties, roles, nowMs } = question;
  const caller = callerOf(actor, parties);
  if (caller === undefined) return 'people-request-person';
  if (caller.id === request.makerId) return 'people-request-maker';
  if (caller.id === request.personId) return 'people-request-concerned';
  if (request.barred.includes(caller.id)) return 'people-request-barred';
  if (!roles.includes(caller.role)) return 'people-request-role';
  return whyNotCounted(caller, nowMs) ?? whyNotOpen(question);
}

/** Says why the person concerned may not agree herself, by a session or her phone; undefined when she may. Pure. */
export function whyNotConfirm(question: Question, personId: string): RequestRefusal | undefined {
  const { request, parties, personMayAgree, nowMs } = question;
  const caller = parties.get(personId);
  if (caller?.state !== 'active' || personId !== request.personId) return 'people-request-role';
  if (!personMayAgree) return 'people-request-no-confirmation';
  if (isHeld(caller, nowMs)) return 'people-request-held';
  return whyNotOpen(question);
}

/**
 * Says why the caller may not carry it out; undefined when she may: she made it, and somebody agreed, or she waited as the only one who can.
 *
 * @param others who could agree now: where somebody can, nobody acts alone, also when there was nobody on the day that it was made
 */
export function whyNotCarryOut(question: Question, actor: Actor, others: readonly Party[]): RequestRefusal | undefined {
  const { request, parties, nowMs } = question;
  const caller = callerOf(actor, parties);
  if (caller === undefined) return 'people-request-person';
  if (caller.id !== request.makerId) return 'people-request-not-maker';
  const uncounted = whyNotCounted(caller, nowMs);
  if (uncounted !== undefined) return uncounted;
  const standing = standingOf(request, parties, nowMs);
  if (standing === 'agreed') return undefined;
  if (standing === 'waiting') return 'people-request-waits';
  if (standing !== 'alone') return 'people-request-ended';
  return others.length > 0 ? 'people-request-second' : undefined;
}

/** As what the caller may end a request that is open; undefined when she has no part in it. Pure. */
export function endingBy(question: Question, actor: Actor): 'stopped' | 'withdrawn' | 'refused' | undefined {
  const { request, parties, roles } = question;
  const caller = callerOf(actor, parties);
  if (caller === undefined) return undefined;
  if (caller.id === request.personId) return 'stopped';
  if (caller.id === request.makerId) return 'withdrawn';
  return roles.includes(caller.role) ? 'refused' : undefined;
}

function whyNotOpen({ request, parties, nowMs }: Question): RequestRefusal | undefined {
  const standing = standingOf(request, parties, nowMs);
  if (standing === 'agreed') return 'people-request-agreed';
  return standing === 'waiting' || standing === 'alone' ? undefined : 'people-request-ended';
}

/** The active person who calls in a session of hers. */
export function callerOf(actor: Actor, parties: Parties): Party | undefined {
  const caller = parties.get(personIdOf(actor) ?? '');
  return caller?.state === 'active' ? caller : undefined;
}

/** Why somebody neither asks nor agrees yet, if so. */
export function whyNotCounted(party: Party, nowMs: number): 'people-request-held' | 'people-request-new' | undefined {
  if (isHeld(party, nowMs)) return 'people-request-held';
  return party.countsFromMs !== null && nowMs < party.countsFromMs ? 'people-request-new' : undefined;
}

/** Whether somebody's account was recovered so lately that she counts for nobody yet. */
function isHeld(party: Party, nowMs: number): boolean {
  return nowMs < (party.heldUntilMs ?? 0);
}
