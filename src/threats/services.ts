import type { Actor } from '../audit/index.ts';
import type { SightingServices } from './sightings.ts';

/** What the routes lean on. */
export interface ThreatRoutesServices extends SightingServices {
  /** Writes down that somebody looked at what was found on a device, for its owner to read. */
  readonly recordLook: (actor: Actor, deviceId: string, what: string) => Promise<void>;
}
