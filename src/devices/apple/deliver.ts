import { type JobHandlers, type Touched, touchedOf } from '../../jobs/index.ts';
import { type Db, transaction } from '../../storage/index.ts';
import { FACT } from '../facts.ts';
import { readDevice, recordChange } from '../registry.ts';
import { findDeviceIds, lockDevice } from '../store.ts';
import { cancelOtherProfiles, findProfileCommand } from '../store-commands.ts';
import { queueProfile, queueProfileRemoval } from './commands.ts';
import type { AppleServices } from './services.ts';

/** A profile that a phone refused is offered again after this long: it may have been updated, or supervised, since. */
const TRY_AGAIN_MS = 86_400_000;

/** The job by which a changed policy, group or trait of a phone becomes another profile on the phone. */
export function appleJobs(services: AppleServices): JobHandlers {
  return {
    'devices.deliver': async (payload) => {
      for (const deviceId of await devicesOf(services.db, touchedOf(payload))) {
        await transaction(services.db, (tx) => deliverProfile(tx, services, deviceId));
        services.pins.forget(deviceId); // its queue may no longer be empty
      }
    },
  };
}

async function devicesOf(db: Db, touched: Touched): Promise<readonly string[]> {
  if (touched === 'everyone') return await findDeviceIds(db, 'apple', undefined);
  return 'deviceId' in touched ? [touched.deviceId] : await findDeviceIds(db, 'apple', touched.personId);
}

/**
 * Queues the profile that an enrolled iPhone should carry, or the removal of the one it carries, unless it has it or is about to get it.
 *
 * Safe to run at any time: what a phone carries is what it last confirmed. A command that has been sent already is left to its answer,
 * and the wanted one follows it; one that has not been sent is cancelled when another profile is wanted by now.
 */
export async function deliverProfile(tx: Db, services: AppleServices, deviceId: string): Promise<void> {
  await lockDevice(tx, deviceId);
  const device = await readDevice(tx, deviceId);
  if (device === undefined || device.platform !== 'apple' || device.state !== 'enrolled') return;
  const nowMs = services.now();
  const profile = await services.profileFor(tx, deviceId);
  const wanted = profile?.id ?? null;
  await cancelOtherProfiles(tx, deviceId, wanted, new Date(nowMs));
  const last = await findProfileCommand(tx, deviceId);
  const confirmed = device.facts.find((fact) => fact.name === FACT.profileId)?.value ?? null;
  const waits = last !== undefined && last.finishedAt === null;
  if ((waits ? last.profileId : confirmed) === wanted) return;
  const refusedAtMs = last?.state === 'error' && last.profileId === wanted ? last.finishedAt?.getTime() : undefined;
  if (refusedAtMs !== undefined && nowMs - refusedAtMs < TRY_AGAIN_MS) return;
  const id =
    profile === undefined
      ? await queueProfileRemoval(tx, deviceId, nowMs)
      : await queueProfile(tx, services, deviceId, profile);
  const kind = profile === undefined ? 'RemoveProfile' : 'InstallProfile';
  await recordChange(tx, deviceId, { kind: 'system' }, 'device.command.queued', { kind, commands: [id] });
}
