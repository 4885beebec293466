import type { Actor } from '../audit/index.ts';
import { transaction } from '../storage/index.ts';
import type { AppleServices } from './apple/services.ts';
import { DeviceError } from './device-error.ts';
import { recordChange } from './registry.ts';
import { withdrawCommand } from './store-commands.ts';

/** What a person may take back: all else is queued by the server itself for what the policies demand. */
const WITHDRAWABLE = ['DeviceLock', 'EraseDevice'];

/**
 * Takes back a lock or an erasure that the phone has not fetched yet.
 *
 * Once it was sent nobody can say any more whether the phone carries it out, also when it answered NotNow.
 * @throws DeviceError `device-command-unknown` (404), `device-command-sent` (409), `device-command-ended` (409)
 */
export async function withdrawOrder(
  apple: AppleServices,
  actor: Actor,
  deviceId: string,
  commandId: string,
): Promise<void> {
  await transaction(apple.db, async (tx) => {
    const found = await withdrawCommand(tx, deviceId, commandId, WITHDRAWABLE, new Date(apple.now()));
    switch (found.outcome) {
      case 'withdrawn':
        await recordChange(tx, deviceId, actor, 'device.command.withdrawn', { kind: found.kind, command: commandId });
        return;
      case 'unknown':
        throw new DeviceError(
          'device-command-unknown',
          404,
          'Reload the page: this device has no lock or erasure with this id',
        );
      case 'sent':
        throw new DeviceError(
          'device-command-sent',
          409,
          'Too late to withdraw: the phone has fetched this already. If it must not happen, reach its owner now',
        );
      case 'ended':
        throw new DeviceError('device-command-ended', 409, 'Nothing to withdraw: this has ended already');
    }
  });
}
