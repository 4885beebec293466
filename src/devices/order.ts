import type { Actor } from '../audit/index.ts';
import { transaction } from '../storage/index.ts';
import { appListOf, queueApple, queueInquiry, queueProfile } from './apple/commands.ts';
import type { AppleServices } from './apple/services.ts';
import { DeviceError } from './device-error.ts';
import { recordChange } from './registry.ts';
import { sameName } from './same-name.ts';
import { findDevice } from './store.ts';
import { findCommands } from './store-commands.ts';

export type OrderKind =
  | 'DeviceInformation'
  | 'SecurityInfo'
  | 'InstalledApplicationList'
  | 'InstallProfile'
  | 'DeviceLock'
  | 'EraseDevice';

/** Queues what a person ordered for an Apple device; lock and erase demand the device's name. Returns the CommandUUIDs. */
export async function orderCommand(
  apple: AppleServices,
  actor: Actor,
  order: { readonly deviceId: string; readonly kind: OrderKind; readonly confirmName: string | undefined },
): Promise<readonly string[]> {
  const { deviceId, kind } = order;
  const ids = await transaction(apple.db, async (tx) => {
    const device = await findDevice(tx, deviceId);
    if (device === undefined) throw new DeviceError('device-unknown', 404, 'Cannot find device: no device has this id');
    if (device.platform !== 'apple')
      throw new DeviceError('device-platform', 409, 'Cannot queue command: this device is not an Apple device');
    if (device.state !== 'enrolled')
      throw new DeviceError('device-not-enrolled', 409, `Cannot queue command: the device is ${device.state}`);
    if ((kind === 'DeviceLock' || kind === 'EraseDevice') && !sameName(order.confirmName ?? '', device.name)) {
      throw new DeviceError(
        'device-confirm-name',
        422,
        "Type the device's name as its page shows it, capitals included, to confirm: the name given is another",
      );
    }
    const before = (await findCommands(tx, deviceId, undefined, 1))[0]?.seq ?? 0;
    const profile = kind === 'InstallProfile' ? await apple.profileFor(tx, deviceId) : undefined;
    if (profile !== undefined) await queueProfile(tx, apple, deviceId, profile);
    else if (kind === 'DeviceInformation') await queueInquiry(tx, deviceId, apple.now());
    else if (kind !== 'InstallProfile') {
      const members = kind === 'InstalledApplicationList' ? appListOf(device.ownership) : {};
      await queueApple(tx, deviceId, kind, members, apple.now());
    }
    const queued = (await findCommands(tx, deviceId, undefined, 10))
      .filter((row) => row.seq > before)
      .map((row) => row.id);
    await recordChange(tx, deviceId, actor, 'device.command.queued', { kind, commands: queued });
    return queued;
  });
  apple.pins.forget(deviceId);
  return ids;
}
