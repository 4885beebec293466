import type { Json } from '../base/index.ts';
import type { Db } from '../storage/index.ts';
import type { Actor } from './actor.ts';
import { insertEntry } from './store.ts';

/**
 * Writes who did what to which thing, in the transaction of the change itself.
 *
 * @param entry.action dotted, e.g. `file.key.refused`; `detail` names ids, counts and codes, never contents or addresses
 */
export async function append(
  tx: Db,
  entry: {
    readonly actor: Actor;
    readonly action: string;
    readonly object: { readonly type: string; readonly id: string | null };
    readonly detail?: { readonly [key: string]: Json };
  },
): Promise<void> {
  await insertEntry(tx, {
    actor: { ...entry.actor },
    action: entry.action,
    objectType: entry.object.type,
    objectId: entry.object.id,
    detail: entry.detail ?? {},
  });
}
