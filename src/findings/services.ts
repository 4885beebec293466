import type { Actor } from '../audit/index.ts';
import type { Db } from '../storage/index.ts';

/** What the routes lean on. */
export interface FindingsServices {
  readonly db: Db;
  readonly now: () => number;
  /** Writes down that somebody looked at what was found on a device, for its owner to read. */
  readonly recordLook: (actor: Actor, deviceId: string, what: string) => Promise<void>;
}
