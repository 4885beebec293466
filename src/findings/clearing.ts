import { type Actor, append } from '../audit/index.ts';
import { listPeople } from '../people/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import type { Clearing, FindingItem } from './api.ts';
import { FindingsError } from './findings-error.ts';
import { findTwoPeople, saveTwoPeople } from './store-clearing.ts';

const MOST_PEOPLE = 1000;

/** Reads whether two people clear a trace, and whether two are there who could. */
export async function readClearing(db: Db): Promise<Clearing> {
  const active = await listPeople(db, { state: 'active' }, MOST_PEOPLE);
  const investigators = active.filter(({ role }) => role === 'investigator').length;
  const owners = active.filter(({ role }) => role === 'owner').length;
  return { twoPeople: await findTwoPeople(db), possible: investigators > 0 && investigators + owners > 1 };
}

/**
 * Sets whether two people clear a trace. Only an owner does, as a person, and the audit log tells it.
 *
 * Throws FindingsError `clearing-person` (403), `clearing-too-few` (409) while there are no two people who could close a case.
 */
export async function setClearing(db: Db, actor: Actor, twoPeople: boolean, nowMs: number): Promise<Clearing> {
  if (actor.kind !== 'person')
    throw new FindingsError(
      'clearing-person',
      403,
      'Sign in as a person: a token cannot answer for who clears a trace',
    );
  const { possible } = await readClearing(db);
  if (twoPeople && !possible)
    throw new FindingsError(
      'clearing-too-few',
      409,
      'Invite an investigator first: two people close a case, one of them an investigator, the other an investigator or owner',
    );
  await transaction(db, async (tx) => {
    await saveTwoPeople(tx, twoPeople, new Date(nowMs));
    await append(tx, {
      actor,
      action: 'clearing.changed',
      object: { type: 'organisation', id: null },
      detail: { twoPeople },
    });
    await notify(tx, 'finding', {});
  });
  return { twoPeople, possible };
}

/** Refuses to clear a trace alone where two people have to; FindingsError `finding-two-people` (409). */
export async function mayClearAlone(tx: Db, { verdict, caseId }: FindingItem): Promise<void> {
  if (verdict !== 'trace' || caseId === null || !(await findTwoPeople(tx))) return;
  throw new FindingsError(
    'finding-two-people',
    409,
    'Propose to close its case: here two people clear a trace, and the closing of the case clears it',
  );
}
