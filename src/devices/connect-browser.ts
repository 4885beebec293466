import type { Actor } from '../audit/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import { DeviceError } from './device-error.ts';
import { INVITATION_MS, newToken } from './enrolments.ts';
import { recordChange } from './registry.ts';
import { clearBrowserKey, findDevice, lockDevice } from './store.ts';
import { endInvitations, expireInvitations, insertEnrolment } from './store-enrolments.ts';
import { tellOwner } from './tell-owner.ts';

/**
 * Lets another browser take the place of the one that is bound to an enrolled device, by decision of an administrator: a cleared browser
 * has lost its key for good, and a second one is not taken beside it.
 *
 * The former key ends here, and with it what leans on it: tokens lead to no device any more, open views end at their next renewal, and
 * former links bind nothing. The new link binds a browser and does nothing else: no other phone can enrol by it.
 * @throws DeviceError `device-unknown`, `device-not-enrolled`
 */
export async function connectBrowser(
  { db, now }: { db: Db; now: () => number },
  actor: Actor,
  deviceId: string,
): Promise<{ token: string; expiresAtMs: number }> {
  const { token, hash } = newToken();
  const nowMs = now();
  const expiresAtMs = nowMs + INVITATION_MS;
  return await transaction(db, async (tx) => {
    await lockDevice(tx, deviceId);
    const device = await findDevice(tx, deviceId);
    if (device === undefined) throw new DeviceError('device-unknown', 404, 'Cannot find device: no device has this id');
    if (device.state !== 'enrolled')
      throw new DeviceError('device-not-enrolled', 409, `Cannot connect a browser: the device is ${device.state}`);
    await expireInvitations(tx, deviceId, new Date(nowMs));
    const thumbprint = await clearBrowserKey(tx, deviceId);
    await insertEnrolment(tx, { deviceId, tokenHash: hash, now: new Date(nowMs), expiresAt: new Date(expiresAtMs) });
    await endInvitations(tx, deviceId, new Date(nowMs)); // used up as far as enrolling goes
    await recordChange(tx, deviceId, actor, 'device.browser.replaced', { formerThumbprint: thumbprint, expiresAtMs });
    await tellOwner(tx, deviceId, { kind: 'browser-link-made', actor, untilMs: expiresAtMs }, nowMs);
    return { token, expiresAtMs };
  });
}
