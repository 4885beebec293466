import { type Actor, append } from '../audit/index.ts';
import { devicesOfSamePhone } from '../devices/index.ts';
import { requestReassess } from '../jobs/index.ts';
import { type Db, notify } from '../storage/index.ts';
import type { ReportFinding } from './api.ts';
import { upsertFinding } from './store.ts';

/** Where a finding comes from, for the audit log: a check, or a set of indicators looked up afterwards. */
export type FindingOrigin = { readonly checkId: string } | { readonly setId: string };

/** Keeps a finding in the caller's transaction, with its audit entries; `opened` where it is new or open again. */
export async function keepFinding(
  tx: Db,
  actor: Actor,
  { deviceId, finding, origin, now }: { deviceId: string; finding: ReportFinding; origin: FindingOrigin; now: Date },
): Promise<{ readonly id: string; readonly opened: boolean }> {
  const kept = await upsertFinding(tx, deviceId, finding, now);
  if (kept.reopened) {
    const detail = { deviceId, ...origin, verdict: finding.verdict, level: finding.level };
    await append(tx, { actor, action: 'finding.reopened', object: { type: 'finding', id: kept.id }, detail });
  }
  return { id: kept.id, opened: kept.fresh || kept.reopened };
}

/** Has access judge every enrolment of the phone anew, and tells the listeners. */
export async function tellChange(tx: Db, deviceId: string, personId: string, findingId: string | null): Promise<void> {
  for (const id of await devicesOfSamePhone(tx, deviceId)) await requestReassess(tx, { deviceId: id });
  await notify(tx, 'finding', { deviceId, personId, findingId });
}
