import type { ReasonView } from '../access/api.ts';
import type { Actor } from '../audit/index.ts';
import type { Blobs, Db } from '../storage/index.ts';
import type { KasKeys } from './kas-keys.ts';
import type { ReplayGuard } from './proof.ts';

/** The one decision, asked anew at each release of a key: `authorize` of the access room. */
export type Authorize = (
  request: {
    readonly personId: string;
    /** Null is the unknown device. */
    readonly deviceId: string | null;
    readonly action: string;
    readonly attributes: readonly string[];
    readonly actor: Actor;
    /** The decision that opened the view that asks to go on. */
    readonly continues?: string;
  },
  nowMs: number,
) => Promise<{ readonly allow: boolean; readonly decisionId: string; readonly reasons: readonly ReasonView[] }>;

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
  readonly authorize: Authorize;
  /** Writes down for a device's owner that somebody looked. */
  readonly recordLook: (actor: Actor, deviceId: string, what: string) => Promise<void>;
  /** Whether the browser that was bound to a device at a time still is. */
  readonly browserBoundSince: (deviceId: string, atMs: number) => Promise<boolean>;
  /** From the thumbprint of a browser's key to the enrolled device that it is bound to. */
  readonly findDeviceByKeyThumbprint: (
    thumbprint: string,
  ) => Promise<{ readonly id: string; readonly personId: string } | undefined>;
}
