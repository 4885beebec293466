import { type Actor, roleOf } from '../audit/index.ts';
import { devicesOfSamePhone } from '../devices/index.ts';
import type { Db } from '../storage/index.ts';
import { ownersOf } from './cases.ts';
import { FindingsError } from './findings-error.ts';
import { findOpenTraces } from './store-binding.ts';

/**
 * Refuses to call an enrolment a false claim while a trace that staff found under it is open: it would follow the phone no more, and
 * administrators clear none. An owner of the organisation may, but of no phone of her own.
 *
 * @throws FindingsError `claim-trace` (403)
 */
export async function mayCallFalse(db: Db, actor: Actor, deviceId: string): Promise<void> {
  const [trace] = await findOpenTraces(db, [{ deviceId, ofStaff: true, foundBefore: null }], 1);
  if (trace === undefined) return;
  const owners = await ownersOf(db, await devicesOfSamePhone(db, deviceId));
  if (roleOf(actor) === 'owner' && actor.kind === 'person' && !owners.includes(actor.personId)) return;
  throw new FindingsError(
    'claim-trace',
    403,
    'Have the trace cleared first, or ask an owner whose phone it is not: staff found spyware under this claim, and it would follow the phone no more',
  );
}
