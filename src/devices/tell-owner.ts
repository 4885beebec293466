import { tellPerson } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import { findDevice } from './store.ts';

/** Tells the owner of a phone what was done to it, in the transaction that does it; see `tellPerson`. */
export async function tellOwner(
  tx: Db,
  deviceId: string,
  notice: Omit<Parameters<typeof tellPerson>[1], 'personId' | 'what' | 'about'>,
  nowMs: number,
): Promise<void> {
  const device = await findDevice(tx, deviceId);
  if (device === undefined) return; // it is gone, and with it what would be told
  const about = { type: 'device', id: deviceId } as const;
  await tellPerson(tx, { ...notice, personId: device.personId, what: device.name, about }, nowMs);
}
