import type { Actor } from '../audit/index.ts';
import type { Db } from '../storage/index.ts';
import type { AppleServices } from './apple/services.ts';

/** What the routes lean on. */
export interface DevicesServices {
  readonly db: Db;
  readonly publicUrl: URL;
  readonly now: () => number;
  readonly apple: AppleServices;
  /** Whether a gateway to Android phones is set up. */
  readonly androidReady: boolean;
  /** Refuses to call an enrolment a false claim where that would free a phone of what was found on it. */
  readonly mayCallFalse: (tx: Db, actor: Actor, deviceId: string) => Promise<void>;
  /** Writes down that somebody looked at a device, for its owner to read. */
  readonly recordLook: (actor: Actor, deviceId: string, what: string) => Promise<void>;
}
