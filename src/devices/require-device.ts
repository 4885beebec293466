import type { Db } from '../storage/index.ts';
import { DeviceError } from './device-error.ts';
import { type DeviceRow, findDevice } from './store.ts';

/** The row of a device; DeviceError `device-unknown` (404). */
export async function requireDevice(db: Db, id: string): Promise<DeviceRow> {
  const row = await findDevice(db, id);
  if (row === undefined) throw new DeviceError('device-unknown', 404, 'Cannot find device: no device has this id');
  return row;
}
