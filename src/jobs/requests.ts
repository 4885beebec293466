import type { Db } from '../storage/index.ts';
import { enqueue } from './store.ts';

/** Whom a change touches: one device, every device of a person, or all devices. */
export type Touched = { readonly deviceId: string } | { readonly personId: string } | 'everyone';

/**
 * Asks `access` to judge anew, in the transaction of the change.
 *
 * Requests for the same target that still wait become one. A request with `delayMs` waits apart from those: it must not put off one that
 * is due now.
 */
export async function requestReassess(tx: Db, touched: Touched, delayMs = 0): Promise<void> {
  const key = `access.reassess${delayMs > 0 ? '.later' : ''}.${keyOf(touched)}`;
  await enqueue(tx, 'access.reassess', targetOf(touched), { jobKey: key, delayMs });
}

/** Asks `devices` to see that phones carry the policy that is wanted of them by now, in the transaction of the change. */
export async function requestDelivery(tx: Db, touched: Touched): Promise<void> {
  await enqueue(tx, 'devices.deliver', targetOf(touched), { jobKey: `devices.deliver.${keyOf(touched)}` });
}

/** Reads whom a request touches from a job's payload. */
export function touchedOf(payload: unknown): Touched {
  const read = (key: string): string | undefined => {
    const value: unknown = typeof payload === 'object' && payload !== null ? Reflect.get(payload, key) : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const [deviceId, personId] = [read('deviceId'), read('personId')];
  if (deviceId !== undefined) return { deviceId };
  return personId === undefined ? 'everyone' : { personId };
}

function keyOf(touched: Touched): string {
  if (touched === 'everyone') return 'everyone';
  return 'deviceId' in touched ? `device.${touched.deviceId}` : `person.${touched.personId}`;
}

function targetOf(touched: Touched): { readonly personId: string | null; readonly deviceId: string | null } {
  if (touched === 'everyone') return { personId: null, deviceId: null };
  return 'deviceId' in touched
    ? { personId: null, deviceId: touched.deviceId }
    : { personId: touched.personId, deviceId: null };
}
