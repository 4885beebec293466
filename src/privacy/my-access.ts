import type { DeviceAccess } from '../access/api.ts';
import { findDeviceStates, findLastNotices, standing } from '../access/index.ts';
import { findDeviceNames } from '../devices/index.ts';
import type { Db } from '../storage/index.ts';
import type { MyAccessReply } from './api.ts';

/** What a person's own devices and this browser may do, and how to put right what is not. */
export async function myAccess(
  db: Db,
  personId: string,
  browserDeviceId: string | null,
  nowMs: number,
): Promise<MyAccessReply> {
  const devices: DeviceAccess[] = [];
  for (const { deviceId } of await findDeviceStates(db, { personId }))
    devices.push(await standing(db, personId, deviceId, nowMs));
  return {
    thisBrowser: await standing(db, personId, browserDeviceId, nowMs),
    devices,
    notices: await currentNotices(db, personId, devices),
  };
}

/** What was said last of each device and still holds: what keeps a device from work stands among its reasons, as it is now. */
async function currentNotices(
  db: Db,
  personId: string,
  devices: readonly DeviceAccess[],
): Promise<MyAccessReply['notices']> {
  const told = await findLastNotices(db, personId);
  const names = await findDeviceNames(
    db,
    told.map(({ deviceId }) => deviceId),
  );
  return told.flatMap(({ deviceId, ...notice }) => {
    const now = devices.find((device) => device.deviceId === deviceId);
    const deviceName = names.get(deviceId) ?? '';
    return now === undefined || now.state === 'fine' ? [{ ...notice, deviceName }] : [];
  });
}
