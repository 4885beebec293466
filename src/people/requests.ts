import { type Actor, append, personIdOf, type Role } from '../audit/index.ts';
import type { Json } from '../base/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import {
  type AgreedAs,
  callerOf,
  endingBy,
  type Parties,
  type Question,
  type RequestRefusal,
  type TwoPeopleRequest,
  whyNotCarryOut,
  whyNotConfirm,
  whyNotCounted,
  whyNotSecond,
} from './judge-request.ts';
import { tellPerson } from './notices.ts';
import { PeopleError } from './people-error.ts';
import type { AgreedRequest, RequestKind, RequestResult, WantedRequest } from './request-kind.ts';
import { REFUSALS } from './request-refusals.data.ts';
import { unknownPerson } from './rules.ts';
import type { PeopleServices } from './services.ts';
import {
  deleteOldRequests,
  findParties,
  findRequest,
  findRunningWith,
  holdParties,
  insertRequest,
  isAskedFor,
  listActiveOf,
  lockRequest,
  setAgreed,
  setEnded,
} from './store-requests.ts';
import { aloneFrom } from './two-people.ts';

/** What requests lean on. */
export interface RequestServices extends Pick<PeopleServices, 'db' | 'now'> {
  readonly kinds: readonly RequestKind[];
}

const OPEN_MS = 7 * 86_400_000;
const KEEP_MS = 365 * 86_400_000;

/**
 * Asks for something that takes two people; whom it concerns is told at once, and what happens if nobody else can agree.
 *
 * @throws PeopleError `people-request-person` (403) for a token, `people-request-own` (409) for what concerns oneself, `people-role` (403),
 *   `people-unknown` (404), `people-request-state` (409), `people-request-open` (409) when the same is asked for already,
 *   `people-request-held`, `people-request-new` (403)
 */
export async function makeRequest(
  { db, now }: Pick<PeopleServices, 'db' | 'now'>,
  actor: Actor,
  kind: RequestKind,
  wanted: WantedRequest,
): Promise<TwoPeopleRequest> {
  const nowMs = now();
  const { personId, about, title, reason, detail = {}, barred = [] } = wanted;
  return await transaction(db, async (tx) => {
    await deleteOldRequests(tx, nowMs - KEEP_MS);
    const parties = await holdParties(tx, [personIdOf(actor), personId]);
    const [maker, person] = [callerOf(actor, parties), parties.get(personId)];
    if (person === undefined) throw unknownPerson();
    if (maker === undefined) throw refusal('people-request-person');
    if (maker.id === person.id)
      throw new PeopleError(
        'people-request-own',
        409,
        'Use your own page: a request is for what concerns somebody else',
      );
    const roles = kind.roles(person.role);
    if (!roles.includes(maker.role))
      throw new PeopleError(
        'people-role',
        403,
        `Ask somebody else to do it: it takes one of the roles ${roles.join(', ')}`,
      );
    refuse(whyNotCounted(maker, nowMs));
    if (!kind.personStates.includes(person.state))
      throw new PeopleError('people-request-state', 409, `Nothing to ask for: this person is ${person.state}`);
    if (await isAskedFor(tx, { kind: kind.name, about, detail }, nowMs))
      throw new PeopleError(
        'people-request-open',
        409,
        'Wait for the request that is open: the same is asked for already',
      );
    const without = [maker.id, person.id, ...barred];
    const others = await listActiveOf(tx, roles, without);
    const request = await insertRequest(tx, {
      ...{ kind: kind.name, personId, about, title, reason: reason.trim(), detail, barred },
      ...{ personRole: person.role, personState: person.state, makerId: maker.id, makerRole: maker.role },
      madeAtMs: nowMs,
      expiresAtMs: nowMs + OPEN_MS,
      aloneFromMs: others.length === 0 ? await aloneFrom(tx, without, nowMs) : null,
    });
    await recordRequest(tx, actor, 'people.request.make', request, { aloneFromMs: request.aloneFromMs });
    const untilMs = request.aloneFromMs === null ? {} : { untilMs: request.aloneFromMs };
    await tellPerson(
      tx,
      { personId, kind: 'request-made', actor, what: title, about: { type: 'request', id: request.id }, ...untilMs },
      nowMs,
    );
    return request;
  });
}

/**
 * Agrees as the second person; what is carried out at once is done in this transaction.
 *
 * @throws PeopleError `people-request-unknown` (404), every `RequestRefusal` of `whyNotSecond`; what the kind's `run` throws
 */
export async function agreeToRequest(services: RequestServices, actor: Actor, id: string): Promise<void> {
  await inRequest(services, actor, id, async (tx, question, kind) => {
    refuse(whyNotSecond(question, actor));
    await agree(services, tx, question, kind, { as: 'second', actor, personId: personIdOf(actor) });
  });
}

/**
 * Agrees in place of a second person, as whom it concerns, in a session of hers.
 *
 * @param prove refuses a session without a fresh use of a passkey; asked where the kind demands one
 * @throws PeopleError `people-request-unknown` (404), every `RequestRefusal` of `whyNotConfirm`; what the kind's `run` throws
 */
export async function confirmRequest(
  services: RequestServices,
  actor: Actor,
  personId: string,
  id: string,
  prove: () => Promise<void>,
): Promise<void> {
  await inRequest(services, actor, id, async (tx, question, kind) => {
    refuse(whyNotConfirm(question, personId));
    if (kind.personMayAgree === 'by-passkey') await prove();
    await agree(services, tx, question, kind, { as: 'person', actor, personId });
  });
}

/** A phone that proved itself, whose it is, and what refuses it where it is hers no more by the time that it counts. */
export interface Phone {
  readonly deviceId: string;
  readonly personId: string;
  readonly prove: (tx: Db) => Promise<void>;
}

/**
 * Agrees in place of a second person by a phone of whom it concerns, which counts for her passkey: she may have lost that one, and her
 * sign-in with it.
 *
 * @throws PeopleError as `confirmRequest`; what `phone.prove` throws
 */
export async function confirmByPhone(services: RequestServices, phone: Phone, id: string): Promise<void> {
  const actor: Actor = { kind: 'device', deviceId: phone.deviceId };
  await inRequest(services, actor, id, async (tx, question, kind) => {
    refuse(whyNotConfirm(question, phone.personId));
    await phone.prove(tx);
    await agree(services, tx, question, kind, { as: 'phone', actor, personId: phone.personId });
  });
}

/**
 * Ends a request by a phone of whom it concerns, as she may herself.
 *
 * @throws PeopleError as `endRequest`; what `phone.prove` throws
 */
export async function stopByPhone(services: RequestServices, phone: Phone, id: string): Promise<void> {
  const actor: Actor = { kind: 'device', deviceId: phone.deviceId };
  await inRequest(services, actor, id, async (tx, { request, parties }, kind) => {
    const isHers = request.personId === phone.personId && parties.get(phone.personId)?.state === 'active';
    if (!isHers) throw refusal('people-request-role');
    await phone.prove(tx);
    await end(services, tx, actor, kind, request, 'stopped');
  });
}

/**
 * Carries out what somebody agreed to, or what nobody else can agree to once the delay has passed, and gives its maker the result.
 *
 * @throws PeopleError `people-request-unknown` (404), every `RequestRefusal` of `whyNotCarryOut`; what the kind's `run` throws
 */
export async function carryOutRequest(
  services: RequestServices,
  actor: Actor,
  id: string,
): Promise<RequestResult | undefined> {
  return await inRequest(services, actor, id, async (tx, question, kind) => {
    const { request, roles } = question;
    refuse(whyNotCarryOut(question, actor, await othersOf(tx, request, roles)));
    return await carryOut(services, tx, kind, { request, actor, agreedAs: request.agreed?.as ?? 'alone' });
  });
}

/**
 * Ends a request that is open, or was carried out and can be taken back: whom it concerns stops it, its maker withdraws it, who could
 * agree refuses it.
 *
 * @throws PeopleError `people-request-unknown` (404), `people-request-role` (403), `people-request-ended` (409)
 */
export async function endRequest(services: RequestServices, actor: Actor, id: string): Promise<void> {
  await inRequest(services, actor, id, async (tx, question, kind) => {
    const ending = endingBy(question, actor);
    if (ending === undefined) throw refusal('people-request-role');
    await end(services, tx, actor, kind, question.request, ending);
  });
}

/**
 * Ends the requests that run with somebody whose role or state changes, in the transaction of the change: what was asked for and agreed
 * to was so by people in their roles, also when they get these back.
 *
 * @param aboutHer whether those that concern her end, too
 */
export async function lapseRequests(
  { now }: Pick<PeopleServices, 'now'>,
  tx: Db,
  actor: Actor,
  personId: string,
  { aboutHer }: { readonly aboutHer: boolean },
): Promise<void> {
  for (const request of await findRunningWith(tx, personId, { aboutHer })) {
    if (!(await setEnded(tx, request.id, { ending: 'lapsed', by: null }, now()))) continue;
    await recordRequest(tx, actor, 'people.request.lapse', request, { changedPersonId: personId });
  }
}

/** Who else could agree to a request now. */
export function othersOf(db: Db, { makerId, personId, barred }: TwoPeopleRequest, roles: readonly Role[]) {
  return listActiveOf(db, roles, [makerId, personId, ...barred]);
}

/** Holds everybody who has a part in a request, then the request, and asks; the order is that of a change of a role. */
async function inRequest<T>(
  { db, kinds, now }: RequestServices,
  actor: Actor,
  id: string,
  act: (tx: Db, question: Question, kind: RequestKind) => Promise<T>,
): Promise<T> {
  return await transaction(db, async (tx) => {
    const seen = await findRequest(tx, id);
    if (seen === undefined) throw unknownRequest();
    await holdParties(tx, [...peopleOf(seen), personIdOf(actor)]);
    const request = await lockRequest(tx, id);
    const kind = kinds.find(({ name }) => name === seen.kind);
    if (request === undefined || kind === undefined) throw unknownRequest();
    // Read now: somebody may have agreed while we waited. Her role changes only after this, since that would end the request.
    const parties = await findParties(tx, [...peopleOf(request), personIdOf(actor)]);
    return await act(tx, questionOf(request, kind, parties, now()), kind);
  });
}

/** Everybody who has a part in a request. */
export function peopleOf({ makerId, personId, agreed, ended }: TwoPeopleRequest): (string | null | undefined)[] {
  return [makerId, personId, agreed?.by, ended?.by];
}

/** What is asked of a caller's part in a request of a kind. */
export function questionOf(request: TwoPeopleRequest, kind: RequestKind, parties: Parties, nowMs: number): Question {
  const personMayAgree = kind.personMayAgree !== 'never';
  return { request, parties, roles: kind.roles(request.personRole), personMayAgree, nowMs };
}

async function agree(
  services: RequestServices,
  tx: Db,
  { request, parties, nowMs }: Question,
  kind: RequestKind,
  { as, actor, personId }: { readonly as: AgreedAs; readonly actor: Actor; readonly personId: string | undefined },
): Promise<void> {
  const party = parties.get(personId ?? '');
  if (party === undefined) throw refusal('people-request-person');
  if (!(await setAgreed(tx, request.id, { as, by: party.id, role: party.role }, nowMs)))
    throw refusal('people-request-ended');
  await recordRequest(tx, actor, 'people.request.agree', request, { as });
  if (kind.carriedOut === 'at-once') await carryOut(services, tx, kind, { request, actor, agreedAs: as });
}

async function carryOut(
  { now }: RequestServices,
  tx: Db,
  kind: RequestKind,
  agreed: AgreedRequest,
): Promise<RequestResult | undefined> {
  const { request, actor, agreedAs } = agreed;
  const by = personIdOf(actor) ?? null;
  if (!(await setEnded(tx, request.id, { ending: 'done', by, alone: agreedAs === 'alone' }, now())))
    throw refusal('people-request-ended');
  await recordRequest(tx, actor, 'people.request.carry-out', request, { agreedAs });
  return await kind.run(tx, agreed);
}

async function end(
  { now }: RequestServices,
  tx: Db,
  actor: Actor,
  kind: RequestKind,
  request: TwoPeopleRequest,
  ending: 'stopped' | 'withdrawn' | 'refused',
): Promise<void> {
  const nowMs = now();
  const ended = { ending, by: personIdOf(actor) ?? null, alone: request.alone };
  const takesBack = canUndo(request, kind, nowMs);
  const isOver = takesBack ? !(await kind.undo?.run(tx, request)) : nowMs >= request.expiresAtMs;
  if (isOver || !(await setEnded(tx, request.id, ended, nowMs, takesBack ? 'done' : null)))
    throw refusal('people-request-ended');
  await recordRequest(tx, actor, 'people.request.end', request, { ending, takenBack: takesBack });
}

/** Whether what a request was for may still be taken back. */
export function canUndo({ ended }: TwoPeopleRequest, { undo }: RequestKind, nowMs: number): boolean {
  return ended?.ending === 'done' && undo !== undefined && nowMs < ended.atMs + undo.withinMs;
}

async function recordRequest(
  tx: Db,
  actor: Actor,
  action: string,
  { id, kind, personId, about }: TwoPeopleRequest,
  detail: { readonly [key: string]: Json },
): Promise<void> {
  await append(tx, {
    actor,
    action,
    object: { type: 'request', id },
    detail: { kind, personId, about: { ...about }, ...detail },
  });
  await notify(tx, 'request', { requestId: id, personId });
}

function refuse(code: RequestRefusal | undefined): void {
  if (code !== undefined) throw refusal(code);
}

function refusal(code: RequestRefusal): PeopleError {
  const [status, words] = REFUSALS[code];
  return new PeopleError(code, status, words);
}

function unknownRequest(): PeopleError {
  return new PeopleError('people-request-unknown', 404, 'Reload the list: no request has this id');
}
