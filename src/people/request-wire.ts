import { type Actor, personIdOf } from '../audit/index.ts';
import type { Db } from '../storage/index.ts';
import type { OutlookReply, RequestItem } from './api.ts';
import {
  endingBy,
  type Parties,
  standingOf,
  type TwoPeopleRequest,
  whyNotCarryOut,
  whyNotConfirm,
  whyNotSecond,
} from './judge-request.ts';
import { PeopleError } from './people-error.ts';
import type { RequestKind } from './request-kind.ts';
import { canUndo, othersOf, peopleOf, questionOf, type RequestServices } from './requests.ts';
import { unknownPerson } from './rules.ts';
import { findMemberByEmail } from './store.ts';
import { findParties, listActiveOf, listRequests } from './store-requests.ts';
import { aloneFrom, readTwoPeople } from './two-people.ts';

const HOUR_MS = 3_600_000;
const SHOWN = 100;
const END = { stopped: 'stop', withdrawn: 'withdraw', refused: 'refuse' } as const;

/** Lists requests as the caller may see them, those that are open first. */
export async function readRequests(
  services: RequestServices,
  actor: Actor,
  filter: { readonly personId?: string | undefined; readonly openOnly?: boolean | undefined },
): Promise<RequestItem[]> {
  const { db, now } = services;
  return await requestItems(services, actor, await listRequests(db, filter, now(), SHOWN));
}

/** Lists what concerns somebody, as her phone may answer it. */
export async function requestsByPhone(
  services: RequestServices,
  { deviceId, personId }: { readonly deviceId: string; readonly personId: string },
): Promise<RequestItem[]> {
  const requests = await listRequests(services.db, { personId }, services.now(), SHOWN);
  return await requestItems(services, { kind: 'device', deviceId }, requests, personId);
}

/** One request in the shape of the wire. */
export async function requestItem(
  services: RequestServices,
  actor: Actor,
  request: TwoPeopleRequest,
): Promise<RequestItem> {
  const [item] = await requestItems(services, actor, [request]);
  if (item === undefined) throw new Error(`no kind is called ${request.kind}`);
  return item;
}

/**
 * Requests in the shape of the wire; what is of a kind that no room knows any more is left out.
 *
 * @param selfId who the caller is as a person: by her session, or whose phone it is
 */
async function requestItems(
  { db, kinds, now }: RequestServices,
  actor: Actor,
  requests: readonly TwoPeopleRequest[],
  selfId = personIdOf(actor),
): Promise<RequestItem[]> {
  const parties = await findParties(db, [...requests.flatMap(peopleOf), selfId]);
  const items: RequestItem[] = [];
  for (const request of requests) {
    const kind = kinds.find(({ name }) => name === request.kind);
    if (kind !== undefined) items.push(await itemOf(db, { actor, selfId }, request, kind, parties, now()));
  }
  return items;
}

async function itemOf(
  db: Db,
  { actor, selfId }: { readonly actor: Actor; readonly selfId: string | undefined },
  request: TwoPeopleRequest,
  kind: RequestKind,
  parties: Parties,
  nowMs: number,
): Promise<RequestItem> {
  const question = questionOf(request, kind, parties, nowMs);
  const standing = standingOf(request, parties, nowMs);
  const isOpen = standing === 'waiting' || standing === 'agreed' || standing === 'alone';
  const others = isOpen ? await othersOf(db, request, question.roles) : [];
  const nameOf = (id: string): string => parties.get(id)?.displayName ?? '';
  const byPhone = actor.kind === 'device' && selfId === request.personId;
  const endsAs = byPhone ? 'stopped' : endingBy(question, actor);
  const ending = isOpen || canUndo(request, kind, nowMs) ? endsAs : undefined;
  return {
    ...{ id: request.id, kind: request.kind, title: request.title, reason: request.reason, about: request.about },
    person: { id: request.personId, displayName: nameOf(request.personId) },
    maker: { id: request.makerId, displayName: nameOf(request.makerId) },
    standing,
    madeAtMs: request.madeAtMs,
    expiresAtMs: request.expiresAtMs,
    aloneFromMs: request.aloneFromMs,
    others: standing === 'agreed' ? [] : others.map(({ displayName }) => displayName),
    agreed: request.agreed && { as: request.agreed.as, by: nameOf(request.agreed.by), atMs: request.agreed.atMs },
    ended: request.ended && {
      by: request.ended.by === null ? null : nameOf(request.ended.by),
      atMs: request.ended.atMs,
      alone: request.alone,
    },
    may: {
      agree: whyNotSecond(question, actor) === undefined,
      confirm: selfId !== undefined && whyNotConfirm(question, selfId) === undefined,
      carryOut: whyNotCarryOut(question, actor, others) === undefined,
      end: ending === undefined ? null : END[ending],
    },
  };
}

/**
 * Says before a request is made who could agree to it, or how long its maker would wait.
 *
 * @throws PeopleError `people-request-kind` (404), `people-unknown` (404)
 */
export async function readOutlook(
  { db, kinds, now }: RequestServices,
  actor: Actor,
  { kind: name, personId, email }: { readonly kind: string; readonly personId: string; readonly email?: string },
): Promise<OutlookReply> {
  const kind = kinds.find((known) => known.name === name);
  if (kind === undefined)
    throw new PeopleError('people-request-kind', 404, 'Choose another kind: nothing of this name takes two people');
  const person = (await findParties(db, [personId])).get(personId);
  if (person === undefined) throw unknownPerson();
  const own = actor.kind === 'person' ? [actor.personId] : [];
  const gainer = email === undefined ? undefined : await findMemberByEmail(db, email);
  const gains = gainer === undefined ? [] : [gainer.id];
  const without = [personId, ...own, ...gains];
  const others = await listActiveOf(db, kind.roles(person.role), without);
  const { recoveryHoldNowHours } = await readTwoPeople(db, now());
  const aloneInHours = async (): Promise<number> =>
    Math.ceil(((await aloneFrom(db, without, now())) - now()) / HOUR_MS);
  return {
    gainer: gainer === undefined ? null : { id: gainer.id, displayName: gainer.displayName },
    others: others.map(({ displayName }) => displayName),
    personActive: person.state === 'active',
    personMayAgree: kind.personMayAgree !== 'never' && person.state === 'active',
    aloneDelayHours: others.length === 0 ? await aloneInHours() : null,
    recoveryHoldHours: recoveryHoldNowHours,
  };
}
