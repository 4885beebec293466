import { Type } from 'typebox';
import { Value } from 'typebox/value';
import type { JobHandlers } from '../jobs/index.ts';
import { huntDevice, huntVersion } from './retro-hunt.ts';
import type { SightingServices } from './sightings.ts';

const VersionJob = Type.Object({ setId: Type.String(), version: Type.Integer() });
const DeviceJob = Type.Object({ deviceId: Type.String() });

/** Jobs of this room: indicators looked up in what stood on the phones. */
export function huntJobs(services: SightingServices & { readonly now: () => number }): JobHandlers {
  return {
    'threats.retro-hunt': async (payload) =>
      await huntVersion(services, Value.Parse(VersionJob, payload), services.now),
    'threats.hunt-device': async (payload) =>
      await huntDevice(services, Value.Parse(DeviceJob, payload).deviceId, services.now),
  };
}
