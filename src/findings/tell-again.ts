import { type Actor, append } from '../audit/index.ts';
import { readDevice } from '../devices/index.ts';
import { readActive, tellPerson } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import { type KeptFinding, setToldAgain } from './store.ts';
import { lockCase } from './store-cases.ts';

/** Somebody may send the same report twenty times an hour. */
const TOLD_EVERY_MS = 24 * 3_600_000;

/** Tells those who cleared a trace that it was reported again, at most once a day: what was judged harmless is still there. */
export async function tellAgain(
  tx: Db,
  actor: Actor,
  { deviceId, before, now }: { readonly deviceId: string; readonly before: KeptFinding; readonly now: Date },
): Promise<void> {
  if (before.verdict !== 'trace' || before.state !== 'cleared') return;
  if (before.toldAgainAt !== null && now.getTime() - before.toldAgainAt.getTime() < TOLD_EVERY_MS) return;
  await setToldAgain(tx, before.id, now);
  const closed = before.caseId === null ? undefined : await lockCase(tx, before.caseId);
  const cleared = new Set([before.clearedBy, closed?.status === 'closed' ? closed.proposedBy : null]);
  const what = (await readDevice(tx, deviceId))?.name ?? '';
  for (const personId of cleared) {
    if (personId === null || (await readActive(tx, personId)) === undefined) continue;
    const about = { type: 'finding', id: before.id } as const;
    await tellPerson(tx, { personId, kind: 'trace-again', actor, what, about }, now.getTime());
  }
  await append(tx, {
    actor,
    action: 'finding.reported-again',
    object: { type: 'finding', id: before.id },
    detail: { deviceId, clearedBy: before.clearedBy },
  });
}
