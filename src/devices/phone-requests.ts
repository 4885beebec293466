import type { RequestItem } from '../people/api.ts';
import {
  confirmByPhone,
  type Phone,
  type RequestServices,
  readActive,
  requestsByPhone,
  stopByPhone,
} from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import type { Device } from './device.ts';
import { DeviceError } from './device-error.ts';
import { checkProof, type ReplayGuard } from './proof.ts';
import { findDeviceByKeyThumbprint } from './registry.ts';
import { lockDevice } from './store.ts';

/** What a phone needs to answer for its owner. */
export interface PhoneServices extends RequestServices {
  readonly db: Db;
  /** Proofs name it. */
  readonly publicUrl: URL;
  readonly now: () => number;
  readonly replay: ReplayGuard;
  /** What keeps a phone itself from being trusted now, in a sentence; undefined where nothing does. */
  readonly phoneTrouble: (
    tx: Db,
    phone: { readonly personId: string; readonly deviceId: string },
  ) => Promise<string | undefined>;
}

/** How the browser of a phone shows that it is it: a DPoP proof (RFC 9449) for this very address, with the key that was bound to the phone. */
export interface PhoneCall {
  readonly path: string;
  readonly proof: string | undefined;
}

/** What is asked for about the owner of a phone; throws as `phoneOf`. */
export async function readByPhone(services: PhoneServices, call: PhoneCall): Promise<RequestItem[]> {
  const { device } = await phoneOf(services, call);
  return await requestsByPhone(services, { deviceId: device.id, personId: device.personId });
}

/**
 * Agrees to a request by the phone of whom it concerns, without a session: the key of its browser counts for the passkey that she may
 * have lost. It counts as long as it is bound, and the phone as long as the decision would not close files on it for its own state:
 * whoever took a phone over would say yes by it.
 *
 * @throws DeviceError as `phoneOf`, `device-not-in-order` (403); PeopleError as `confirmByPhone`
 */
export async function confirmOnPhone(services: PhoneServices, call: PhoneCall, requestId: string): Promise<void> {
  const proven = await phoneOf(services, call);
  const prove = async (tx: Db): Promise<void> => {
    await requireBound(tx, proven);
    const trouble = await services.phoneTrouble(tx, { personId: proven.device.personId, deviceId: proven.device.id });
    if (trouble !== undefined)
      throw new DeviceError(
        'device-not-in-order',
        403,
        `Let somebody else agree, or put this phone in order first: ${trouble}`,
      );
  };
  await confirmByPhone(services, { ...phone(proven), prove }, requestId);
}

/** Stops a request by the phone of whom it concerns, also by one that is not in order; throws as `phoneOf`; PeopleError as `stopByPhone`. */
export async function stopOnPhone(services: PhoneServices, call: PhoneCall, requestId: string): Promise<void> {
  const proven = await phoneOf(services, call);
  await stopByPhone(services, { ...phone(proven), prove: (tx) => requireBound(tx, proven) }, requestId);
}

interface ProvenPhone {
  readonly device: Device;
  readonly thumbprint: string;
}

function phone({ device }: ProvenPhone): Omit<Phone, 'prove'> {
  return { deviceId: device.id, personId: device.personId };
}

/**
 * Finds the phone in whose browser a call was made.
 *
 * @throws DeviceError `device-key-proof` (401), `device-key-busy` (429), `device-key-unknown` (403) for a key that is bound to no enrolled
 *   phone, or no more, or whose person is not active; FormatError `jwt-invalid`
 */
async function phoneOf(
  { db, publicUrl, now, replay }: PhoneServices,
  { path, proof }: PhoneCall,
): Promise<ProvenPhone> {
  if (proof === undefined)
    throw new DeviceError('device-key-proof', 401, 'Send a DPoP proof: no session counts here, but the key of a phone');
  // Who it is counted for has to be known before; what it says of the phone counts after it was proven.
  const personId = async (key: string): Promise<string> => (await boundPhone(db, key)).personId;
  const url = new URL(path, publicUrl).href;
  const { thumbprint } = await checkProof(proof, { method: 'POST', url, personId, replay }, now());
  const device = await boundPhone(db, thumbprint);
  if ((await readActive(db, device.personId)) === undefined) throw unknownKey();
  return { device, thumbprint };
}

async function boundPhone(db: Db, thumbprint: string): Promise<Device> {
  const device = await findDeviceByKeyThumbprint(db, thumbprint);
  if (device?.state !== 'enrolled') throw unknownKey();
  return device;
}

/** The phone as it was proven, held until the transaction ends: its browser may have been replaced meanwhile, or the phone released. */
async function requireBound(tx: Db, { device, thumbprint }: ProvenPhone): Promise<void> {
  await lockDevice(tx, device.id);
  const { id, personId } = await boundPhone(tx, thumbprint);
  if (id !== device.id || personId !== device.personId) throw unknownKey();
}

function unknownKey(): DeviceError {
  return new DeviceError(
    'device-key-unknown',
    403,
    'Open the workspace in the browser that is connected to your phone: this one is connected to none',
  );
}
