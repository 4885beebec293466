import { peoplePage } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import { PoliciesError } from './policies-error.ts';
import { findPolicies } from './store.ts';

const PAGE = 1000;

/**
 * Makes a change of policies, unless it leaves people without any policy and nobody confirmed that.
 *
 * Their phones would be refused (`policy.none`), so that whoever does this by mistake has to hear of it first.
 * @throws PoliciesError `policies-takes-away` (409), which says how many people would lose their policy
 */
export async function withoutLosers(tx: Db, confirmed: boolean, change: () => Promise<void>): Promise<void> {
  const before = confirmed ? undefined : await peopleWithoutPolicy(tx);
  await change();
  if (before === undefined) return;
  const losers = [...(await peopleWithoutPolicy(tx))].filter((id) => !before.has(id)).length;
  if (losers === 0) return;
  const who = losers === 1 ? '1 person loses her' : `${losers} people lose their`;
  throw new PoliciesError(
    'policies-takes-away',
    409,
    `Confirm that ${who} only policy: no other one asks for anything there, and such phones open no protected file`,
  );
}

/** Everybody but the suspended of whose phones no policy asks for anything. */
async function peopleWithoutPolicy(db: Db): Promise<ReadonlySet<string>> {
  const asking = (await findPolicies(db)).filter(({ settings }) =>
    Object.values(settings).some((value) => value !== false),
  );
  if (asking.some(({ assignment }) => assignment.everyone)) return new Set();
  const covered = new Set(asking.flatMap(({ assignment }) => assignment.groups));
  const without = new Set<string>();
  let after: string | undefined;
  do {
    const page = await peoplePage(db, { after }, PAGE);
    for (const { id, state, groups } of page.people)
      if (state !== 'suspended' && !groups.some((group) => covered.has(group.id))) without.add(id);
    after = page.next;
  } while (after !== undefined);
  return without;
}
