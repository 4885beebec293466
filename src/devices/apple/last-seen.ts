import type { Db } from '../../storage/index.ts';
import { touchDevices } from '../store.ts';

const FLUSH_MS = 3000;

/** Collects when phones were last seen and writes them together, so that an idle check-in costs no statement. */
export interface LastSeen {
  touch(deviceId: string, atMs: number): void;
  /** Writes what is waiting and stops. */
  close(): Promise<void>;
}

export function openLastSeen(db: Db): LastSeen {
  let seen = new Map<string, number>();
  const flush = async (): Promise<void> => {
    if (seen.size === 0) return;
    const batch = seen;
    seen = new Map();
    await touchDevices(db, batch);
  };
  // A failed batch is lost on purpose: the next check-in says the same again.
  const timer = setInterval(() => void flush().catch(() => {}), FLUSH_MS);
  timer.unref();
  return {
    touch(deviceId, atMs) {
      seen.set(deviceId, atMs);
    },
    async close() {
      clearInterval(timer);
      await flush();
    },
  };
}
