import type { Db } from '../storage/index.ts';
import { keepAccepted } from './kept-head.ts';
import { EMPTY_LOG, type LogState } from './log-state.ts';
import { findKey, findLastSealed } from './store.ts';

/**
 * Takes the log as it stands in the database for the right one, by the word of whoever holds the host: a server that raised an alarm seals and
 * signs again from there, within seconds, and its log tells what was accepted, in place of what and why.
 *
 * An entry that was changed stays changed: `verifyChain` goes on finding it.
 * @returns undefined where no server has run yet
 */
export async function acceptLog(
  { db, data, now }: { readonly db: Db; readonly data: string; readonly now: () => number },
  reason: string,
): Promise<{ readonly from: LogState | null; readonly to: LogState } | undefined> {
  const key = await findKey(db);
  if (key === undefined) return undefined;
  const to = (await findLastSealed(db)) ?? EMPTY_LOG;
  return { from: await keepAccepted(data, { state: to, publicKey: key.publicKey, reason }, now()), to };
}
