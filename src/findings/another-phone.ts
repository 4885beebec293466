import { type Actor, append } from '../audit/index.ts';
import { devicesOfSamePhone, readDevice } from '../devices/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import type { DeviceTraces } from './api.ts';
import { bindingTraces } from './binding.ts';
import { ownersOf } from './cases.ts';
import { FindingsError, unknownDevice } from './findings-error.ts';
import { mustBeStorable } from './storable.ts';
import { findAnotherPhone, insertAnotherPhone } from './store-binding.ts';
import { tellChange } from './tell-change.ts';

/** Reads which traces refuse on a device, and whether staff said that it is another phone than its person had before. */
export async function readDeviceTraces(db: Db, deviceId: string): Promise<DeviceTraces> {
  const said = await findAnotherPhone(db, deviceId);
  return {
    items: [...(await bindingTraces(db, deviceId))],
    anotherPhone:
      said === undefined ? null : { saidBy: said.saidBy, saidAtMs: said.saidAt.getTime(), reason: said.reason },
  };
}

/**
 * Says that a device is another phone than its person had before, so that traces of those refuse on it no more.
 *
 * Only a person does, never the owner of the phone, and of no invitation: whatever phone takes it up would be free of them. Throws
 * FindingsError `device-unknown`, `phone-person`, `phone-own`, `phone-reason`, `phone-pending` and `phone-said` (409).
 */
export async function sayAnotherPhone(
  db: Db,
  actor: Actor,
  deviceId: string,
  reason: string,
  nowMs: number,
): Promise<DeviceTraces> {
  if (actor.kind !== 'person')
    throw new FindingsError('phone-person', 403, 'Sign in as a person: a token cannot answer for what a phone is');
  mustBeStorable(reason);
  const text = reason.trim();
  if (text.length < 10)
    throw new FindingsError('phone-reason', 400, 'Say how you know in at least 10 characters: the reason is too short');
  await transaction(db, async (tx) => {
    const device = await readDevice(tx, deviceId);
    if (device === undefined) throw unknownDevice();
    if ((await ownersOf(tx, await devicesOfSamePhone(tx, deviceId))).includes(actor.personId))
      throw new FindingsError('phone-own', 403, 'Ask another investigator: nobody says this of their own phone');
    if (device.state === 'pending')
      throw new FindingsError(
        'phone-pending',
        409,
        'Wait until the phone is enrolled: an invitation says of no phone which it is',
      );
    if (!(await insertAnotherPhone(tx, deviceId, { personId: actor.personId, reason: text }, new Date(nowMs))))
      throw new FindingsError('phone-said', 409, 'Reload the device: this was said already');
    const detail = { personId: device.personId, reason: text };
    await append(tx, { actor, action: 'device.another-phone', object: { type: 'device', id: deviceId }, detail });
    await tellChange(tx, deviceId, device.personId, null);
  });
  return await readDeviceTraces(db, deviceId);
}
