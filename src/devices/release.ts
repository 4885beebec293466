import type { Actor } from '../audit/index.ts';
import { requestReassess } from '../jobs/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import type { AppleServices } from './apple/services.ts';
import { retireCertificates, setBootstrapToken } from './apple/store.ts';
import { DeviceError } from './device-error.ts';
import { recordChange } from './registry.ts';
import type { DevicesServices } from './services.ts';
import { type DeviceRow, devicesOfSamePhone, findDevice, lockDevice, setClaimFalse, setDeviceState } from './store.ts';
import { cancelCommands } from './store-commands.ts';
import { endInvitations } from './store-enrolments.ts';

/**
 * Ends an enrolment by decision of an administrator: for a phone that changed hands without CheckOut, or an invitation that is withdrawn.
 *
 * Certificates, browser key, invitations and waiting commands end here; open views end at their next renewal, since the device has left.
 * Facts, checks and findings stay, and follow the phone into its next enrolment (`devicesOfSamePhone`), unless `claimFalse` says that this
 * was never the phone that it claimed to be, which can be said of one that has left by itself, too. The reassessment that follows tells the
 * former owner. Nothing is sent to the phone.
 * @throws DeviceError `device-unknown`, `device-has-left`; what `mayCallFalse` throws
 */
export async function releaseDevice(
  apple: AppleServices,
  actor: Actor,
  deviceId: string,
  { claimFalse = false }: { readonly claimFalse?: boolean },
  mayCallFalse: DevicesServices['mayCallFalse'],
): Promise<DeviceRow> {
  const released = await transaction(apple.db, async (tx) => {
    const now = new Date(apple.now());
    // Held first: a check-in that is on its way writes its report before all else, and then finds its certificate retired.
    await lockDevice(tx, deviceId);
    const device = await findDevice(tx, deviceId);
    if (device === undefined) throw new DeviceError('device-unknown', 404, 'Cannot find device: no device has this id');
    const { state, personId: formerOwner } = device;
    const marks = claimFalse && device.claimFalseAt === null;
    if (marks) await mayCallFalse(tx, actor, deviceId);
    if (state === 'checked-out' && !marks)
      throw new DeviceError('device-has-left', 409, 'Nothing to release: this device has left already');
    if (state !== 'checked-out') await endEnrolment(tx, deviceId, now);
    if (marks) await endClaim(tx, deviceId, now);
    const told = marks ? { claimFalse } : {};
    await recordChange(tx, deviceId, actor, state === 'checked-out' ? 'device.claim-false' : 'device.released', {
      state,
      formerOwner,
      ...told,
    });
    return (await findDevice(tx, deviceId)) ?? device;
  });
  apple.pins.forget(deviceId);
  return released;
}

async function endEnrolment(tx: Db, deviceId: string, now: Date): Promise<void> {
  await endInvitations(tx, deviceId, now);
  await retireCertificates(tx, deviceId, now);
  await cancelCommands(tx, deviceId, now);
  await setBootstrapToken(tx, deviceId, null);
  await setDeviceState(tx, deviceId, 'checked-out', now);
}

/** What was found under this enrolment refuses on the phone that it named no more: each that names it is judged anew. */
async function endClaim(tx: Db, deviceId: string, now: Date): Promise<void> {
  const named = await devicesOfSamePhone(tx, deviceId);
  await setClaimFalse(tx, deviceId, now);
  for (const id of named) await requestReassess(tx, { deviceId: id });
}
