import type { Authority } from '../../formats/scep/node.ts';
import type { Db, Secrets } from '../../storage/index.ts';
import { openRefusals, type Refusals } from '../refusals.ts';
import { openAuthority } from './authority.ts';
import { type LastSeen, openLastSeen } from './last-seen.ts';
import { openPins, type Pins } from './pins.ts';

/** A configuration profile; equal content has equal ids. */
export interface WantedProfile {
  readonly id: string;
  readonly payload: Uint8Array;
}

/** What `server` gives. */
export interface AppleOptions {
  readonly db: Db;
  readonly secrets: Secrets;
  readonly publicUrl: URL;
  readonly now: () => number;
  readonly scepLegacyDes: boolean;
  readonly organisation: string;
  /** The unsigned configuration profile that a device should carry, with its PayloadUUID, or nothing. */
  readonly profileFor: (db: Db, deviceId: string) => Promise<WantedProfile | undefined>;
  /** Facts older than this are asked for again at the next check-in. */
  readonly factMaxAgeMs: number;
}

/** What Apple's routes lean on; closes by writing what was collected last. */
export interface AppleServices extends AppleOptions, AsyncDisposable {
  readonly authority: Authority;
  readonly pins: Pins;
  readonly lastSeen: LastSeen;
  readonly refusals: Refusals;
}

/** Opens the authority (made at the first start) and what is kept in memory about phones. */
export async function openApple(options: AppleOptions): Promise<AppleServices> {
  const authority = await openAuthority(options, options.organisation);
  const lastSeen = openLastSeen(options.db);
  const refusals = openRefusals(options);
  const pins = openPins({ db: options.db, authority });
  const close = async (): Promise<void> => {
    await refusals[Symbol.asyncDispose]();
    await lastSeen.close();
  };
  return { ...options, authority, pins, lastSeen, refusals, [Symbol.asyncDispose]: close };
}
