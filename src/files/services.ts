import type { Actor } from '../audit/index.ts';
import type { ReplayGuard } from '../devices/index.ts';
import type { Blobs, Db } from '../storage/index.ts';
import type { KasKeys } from './kas-keys.ts';

export interface FilesServices {
  readonly db: Db;
  readonly blobs: Blobs;
  readonly keys: KasKeys;
  readonly replay: ReplayGuard;
  /** Proofs of possession name it; the key server answers at `/kas` below it. */
  readonly publicUrl: URL;
  readonly now: () => number;
  /** What the protected files of one person may take on the disk. */
  readonly filesPerPersonBytes: number;
  /** Writes down for a device's owner that somebody looked. */
  readonly recordLook: (actor: Actor, deviceId: string, what: string) => Promise<void>;
}
