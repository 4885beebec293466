import type { Actor } from '../audit/index.ts';
import { transaction } from '../storage/index.ts';
import type { AppleServices } from './apple/services.ts';
import { retireCertificates, setBootstrapToken } from './apple/store.ts';
import { DeviceError } from './device-error.ts';
import { recordChange } from './registry.ts';
import { type DeviceRow, findDevice, lockDevice, setClaimFalse, setDeviceState } from './store.ts';
import { cancelCommands } from './store-commands.ts';
import { endInvitations } from './store-enrolments.ts';

/**
 * Ends an enrolment by decision of an administrator: for a phone that changed hands without CheckOut, or an invitation that is withdrawn.
 *
 * Certificates, browser key, invitations and waiting commands end here; open views end at their next renewal, since the device has left.
 * Facts, checks and findings stay, and follow the phone into its next enrolment (`devicesOfSamePhone`), unless `claimFalse` says that this
 * was never the phone that it claimed to be. The reassessment that follows tells the former owner. Nothing is sent to the phone.
 * @throws DeviceError `device-unknown`, `device-has-left`
 */
export async function releaseDevice(
  apple: AppleServices,
  actor: Actor,
  deviceId: string,
  { claimFalse = false }: { readonly claimFalse?: boolean } = {},
): Promise<DeviceRow> {
  const released = await transaction(apple.db, async (tx) => {
    const now = new Date(apple.now());
    // Held first: a check-in that is on its way writes its report before all else, and then finds its certificate retired.
    await lockDevice(tx, deviceId);
    const device = await findDevice(tx, deviceId);
    if (device === undefined) throw new DeviceError('device-unknown', 404, 'Cannot find device: no device has this id');
    await endInvitations(tx, deviceId, now);
    await retireCertificates(tx, deviceId, now);
    await cancelCommands(tx, deviceId, now);
    await setBootstrapToken(tx, deviceId, null);
    if (!(await setDeviceState(tx, deviceId, 'checked-out', now)))
      throw new DeviceError('device-has-left', 409, 'Nothing to release: this device has left already');
    const { state, personId } = device;
    if (claimFalse) await setClaimFalse(tx, deviceId, now);
    const told = claimFalse ? { claimFalse } : {};
    await recordChange(tx, deviceId, actor, 'device.released', { state, formerOwner: personId, ...told });
    return (await findDevice(tx, deviceId)) ?? device;
  });
  apple.pins.forget(deviceId);
  return released;
}
