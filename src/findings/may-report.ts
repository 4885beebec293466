import type { Actor } from '../audit/index.ts';
import { type Device, readDevice } from '../devices/index.ts';
import type { Db } from '../storage/index.ts';
import { unknownDevice } from './findings-error.ts';

/** The device that a caller may report about: staff any, a member the own ones. Throws FindingsError `device-unknown` for all others. */
export async function mayReport(db: Db, actor: Actor, deviceId: string): Promise<Device> {
  const device = await readDevice(db, deviceId);
  const staff = actor.kind === 'person' || actor.kind === 'token' ? actor.role !== 'member' : false;
  const own = actor.kind === 'person' && device?.personId === actor.personId;
  if (device === undefined || (!staff && !own)) throw unknownDevice();
  return device;
}

/** Whoever reports as a member, or as nobody of staff: what they send is theirs to invent. */
export function isMember(actor: Actor): boolean {
  return (actor.kind !== 'person' && actor.kind !== 'token') || actor.role === 'member';
}
