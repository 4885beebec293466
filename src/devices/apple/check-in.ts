import { isPlistDict, type PlistDict } from '../../formats/plist/index.ts';
import { type Db, transaction } from '../../storage/index.ts';
import { DeviceError } from '../device-error.ts';
import { FACT, type Fact } from '../facts.ts';
import { changeDeviceState, recordChange, saveFacts } from '../registry.ts';
import { findDevice, findDeviceByNativeId } from '../store.ts';
import { cancelCommands } from '../store-commands.ts';
import { queueInquiry } from './commands.ts';
import { deliverProfile } from './deliver.ts';
import type { Pin } from './pins.ts';
import type { AppleServices } from './services.ts';
import { countReports, insertReport, pinCertificate, resetApple, saveToken, setNativeId } from './store.ts';
import { endRenewal, pinRenewed } from './store-renewals.ts';

/** Two hundred times what a phone sends; results of commands are larger, and no check-in. */
const MAX_CHECK_IN_BYTES = 256 * 1024;
/** A phone checks in twice when it enrols, and then when its token changes: nobody's phone may fill the disk and the log of all. */
const CHECK_INS_AN_HOUR = 60;
const HOUR_MS = 3_600_000;
/** Raw check-ins kept of each device. */
const KEPT_REPORTS = 100;

function refuse(code: string, why: string): DeviceError {
  return new DeviceError(code, 400, `Cannot accept check-in: ${why}`);
}

export function textIn(dict: PlistDict, key: string): string | undefined {
  const value = dict[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The enrolment's id: UDID, or EnrollmentID where the phone keeps its UDID to itself. */
export function nativeIdOf(message: PlistDict): string {
  const id = textIn(message, 'UDID') ?? textIn(message, 'EnrollmentID');
  if (id === undefined || id.length > 200) throw refuse('device-identity', 'no UDID and no EnrollmentID');
  return id;
}

/** Handles a check-in message; the sender's signature and certificate were verified. */
export async function checkIn(services: AppleServices, pin: Pin, message: PlistDict, body: Uint8Array): Promise<void> {
  const type = textIn(message, 'MessageType') ?? '';
  const nativeId = nativeIdOf(message);
  if (type !== 'Authenticate' && (!pin.pinned || pin.nativeId !== nativeId)) {
    throw refuse('device-not-pinned', 'this certificate is not pinned to this enrolment');
  }
  if (body.length > MAX_CHECK_IN_BYTES) throw refuse('device-check-in-size', 'it is larger than any check-in');
  // A refusal is returned, not thrown, where its audit entry must stay.
  const refusal = await transaction(services.db, async (tx): Promise<DeviceError | undefined> => {
    const now = new Date(services.now());
    const recent = await countReports(tx, pin.deviceId, new Date(now.getTime() - HOUR_MS));
    if (recent >= CHECK_INS_AN_HOUR && type !== 'CheckOut')
      // a phone says once that it leaves
      throw new DeviceError('device-check-ins', 429, 'Wait an hour: this phone has checked in too often');
    const kind = type.slice(0, 60);
    await insertReport(tx, { deviceId: pin.deviceId, kind, body, now }, KEPT_REPORTS);
    switch (type) {
      case 'Authenticate':
        return await authenticate(tx, services, pin, message, nativeId);
      case 'TokenUpdate':
        await tokenUpdate(tx, services, pin, message);
        return undefined;
      case 'CheckOut':
        await cancelCommands(tx, pin.deviceId, new Date(services.now()));
        await changeDeviceState(tx, pin.deviceId, 'checked-out', services.now());
        return undefined;
      case 'SetBootstrapToken':
      case 'GetBootstrapToken':
        return undefined; // Macs only; an empty answer says that there is none
      default:
        throw refuse('device-message-type', 'the MessageType is unknown');
    }
  });
  services.pins.forget(pin.deviceId);
  if (refusal !== undefined) throw refusal;
}

async function authenticate(
  tx: Db,
  services: AppleServices,
  pin: Pin,
  message: PlistDict,
  nativeId: string,
): Promise<DeviceError | undefined> {
  if (pin.nativeId !== null && pin.nativeId !== nativeId)
    throw refuse('device-certificate-reuse', 'this certificate belongs to another enrolment');
  const nowMs = services.now();
  // A renewed certificate: the same enrolment goes on, with its queue, its profile and its tokens.
  if (pin.nativeId === nativeId && (await pinRenewed(tx, pin.deviceId, pin.fingerprint, new Date(nowMs)))) {
    await saveFacts(tx, pin.deviceId, factsOfAuthenticate(message, nowMs));
    return undefined;
  }
  const reject = async (code: string, why: string): Promise<DeviceError> => {
    await recordChange(tx, pin.deviceId, { kind: 'device', deviceId: pin.deviceId }, 'device.refused', { code });
    return refuse(code, why);
  };
  const former = await findDeviceByNativeId(tx, 'apple', nativeId);
  const another = former !== undefined && former.id !== pin.deviceId ? former : undefined;
  // The UDID is only claimed: it must not end the enrolment of another person's phone, be it complete or under way. An administrator
  // releases a phone that changed hands.
  if (another !== undefined && another.personId !== (await findDevice(tx, pin.deviceId))?.personId) {
    return await reject('device-of-another-person', 'this phone is enrolled for another person');
  }
  if (!(await pinCertificate(tx, pin.fingerprint, pin.deviceId, new Date(nowMs)))) {
    return await reject('device-certificate-reuse', 'another certificate of this invitation is in use');
  }
  // The same phone by a new invitation: its former enrolment ends here.
  if (another !== undefined) {
    await cancelCommands(tx, another.id, new Date(nowMs));
    await changeDeviceState(tx, another.id, 'checked-out', nowMs);
    services.pins.forget(another.id);
  }
  await cancelCommands(tx, pin.deviceId, new Date(nowMs));
  await setNativeId(tx, pin.deviceId, nativeId);
  await resetApple(tx, pin.deviceId, textIn(message, 'Topic') ?? '');
  await recordChange(tx, pin.deviceId, { kind: 'device', deviceId: pin.deviceId }, 'device.authenticated', {});
  // A phone that authenticates has no management and so none of its profiles.
  const bare: Fact = { name: FACT.profileId, value: null, observedAtMs: nowMs, source: 'apple.Authenticate' };
  await saveFacts(tx, pin.deviceId, [...factsOfAuthenticate(message, nowMs), bare]);
  return undefined;
}

function factsOfAuthenticate(message: PlistDict, nowMs: number): readonly Fact[] {
  const facts: Fact[] = [];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined) facts.push({ name, value, observedAtMs: nowMs, source: 'apple.Authenticate' });
  };
  add(FACT.deviceName, textIn(message, 'DeviceName'));
  add(FACT.deviceModel, textIn(message, 'ProductName') ?? textIn(message, 'ModelName') ?? textIn(message, 'Model'));
  add(FACT.osVersion, textIn(message, 'OSVersion'));
  add(FACT.osBuild, textIn(message, 'BuildVersion'));
  add(FACT.enrolmentKind, textIn(message, 'UDID') === undefined ? 'user' : 'device');
  return facts;
}

async function tokenUpdate(tx: Db, services: AppleServices, pin: Pin, message: PlistDict): Promise<void> {
  if (textIn(message, 'UserID') !== undefined) return; // a user channel: not ours, and harmless
  const token = message['Token'];
  const unlock = message['UnlockToken'];
  if (!(token instanceof Uint8Array)) throw refuse('device-token', 'TokenUpdate has no Token');
  const tally = await saveToken(tx, pin.deviceId, {
    token,
    magic: textIn(message, 'PushMagic') ?? '',
    unlockSealed: unlock instanceof Uint8Array ? services.secrets.seal('devices-unlock-token', unlock) : undefined,
  });
  if (tally === 0) throw refuse('device-not-authenticated', 'TokenUpdate before Authenticate');
  if (await endRenewal(tx, pin.deviceId, pin.fingerprint, new Date(services.now())))
    await recordChange(tx, pin.deviceId, { kind: 'device', deviceId: pin.deviceId }, 'device.certificate.renewed', {});
  if (tally > 1) return;
  await changeDeviceState(tx, pin.deviceId, 'enrolled', services.now());
  await deliverProfile(tx, services, pin.deviceId);
  await queueInquiry(tx, pin.deviceId, services.now());
}

/** Checks that a parsed body is a dictionary. */
export function dictOf(value: ReturnType<typeof import('../../formats/plist/index.ts').parsePlist>): PlistDict {
  if (!isPlistDict(value)) throw refuse('device-body', 'the body is not a dictionary');
  return value;
}
