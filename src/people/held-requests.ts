import type { Db } from '../storage/index.ts';
import type { HeldRequest } from './api.ts';
import { standingOf } from './judge-request.ts';
import { peopleOf } from './requests.ts';
import { countOwnRequests, findParties, listRequests } from './store-requests.ts';

const SHOWN = 100;

/** What is kept of requests about a person, for her to read: each that concerns her, and how many of others she asked for or agreed to. */
export async function heldRequests(
  db: Db,
  personId: string,
  nowMs: number,
): Promise<{ readonly about: readonly HeldRequest[]; readonly own: number }> {
  const requests = await listRequests(db, { personId }, nowMs, SHOWN);
  const parties = await findParties(db, requests.flatMap(peopleOf));
  const nameOf = (id: string): string => parties.get(id)?.displayName ?? '';
  const about = requests.map((request): HeldRequest => {
    const { id, title, reason, makerId, madeAtMs, expiresAtMs, aloneFromMs, agreed, ended, alone } = request;
    return {
      ...{ id, title, reason, madeAtMs, expiresAtMs, aloneFromMs },
      person: { id: personId, displayName: nameOf(personId) },
      maker: { id: makerId, displayName: nameOf(makerId) },
      standing: standingOf(request, parties, nowMs),
      agreed: agreed && { as: agreed.as, by: nameOf(agreed.by), atMs: agreed.atMs },
      ended: ended && { by: ended.by === null ? null : nameOf(ended.by), atMs: ended.atMs, alone },
    };
  });
  return { about, own: await countOwnRequests(db, personId) };
}
