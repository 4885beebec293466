import type { Db } from '../storage/index.ts';
import type { DeviceAccess } from './api.ts';
import { currentRules } from './authorize.ts';
import { decide } from './decide.ts';
import { gatherPosture } from './posture.ts';
import { findDeviceState } from './store-states.ts';

/** Where a device stands for its owner, decided now. */
export async function standing(
  db: Db,
  personId: string,
  deviceId: string | null,
  nowMs: number,
): Promise<DeviceAccess> {
  const posture = await gatherPosture(db, personId, deviceId);
  const { allow, state, reasons } = decide(posture, (await currentRules(db)).rules, nowMs);
  const kept = deviceId === null ? undefined : await findDeviceState(db, deviceId);
  return {
    deviceId,
    personId,
    state,
    allow,
    sinceMs: kept?.state === state ? kept.sinceMs : null,
    reasons: [...reasons],
  };
}
