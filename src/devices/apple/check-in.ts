import { type PlistDict, writeXmlPlist } from '../../formats/plist/index.ts';
import { type Db, transaction } from '../../storage/index.ts';
import { DeviceError } from '../device-error.ts';
import { FACT, type Fact } from '../facts.ts';
import { changeDeviceState, recordChange, saveFacts } from '../registry.ts';
import { findDevice, findDeviceByNativeId, lockDevice } from '../store.ts';
import { cancelCommands } from '../store-commands.ts';
import { giveBootstrapToken, keepBootstrapToken } from './bootstrap-token.ts';
import { queueInquiry } from './commands.ts';
import { deliverProfile } from './deliver.ts';
import { TOPIC } from './enrolment-profile.ts';
import type { Announced } from './identify.ts';
import { refuseMessage, textIn } from './message.ts';
import type { Pin } from './pins.ts';
import { refuseReplay, rememberSigning } from './replay.ts';
import { senderOf } from './sender.ts';
import type { AppleServices } from './services.ts';
import {
  countReports,
  findStanding,
  insertReport,
  pinCertificate,
  resetApple,
  type Standing,
  saveToken,
  setBootstrapToken,
  setNativeId,
} from './store.ts';
import { endRenewal, pinRenewed } from './store-renewals.ts';

/** Two hundred times what a phone sends; results of commands are larger, and no check-in. */
const MAX_CHECK_IN_BYTES = 256 * 1024;
/** A phone checks in twice when it enrols, and then when its token changes: nobody's phone may fill the disk and the log of all. */
const CHECK_INS_AN_HOUR = 60;
const HOUR_MS = 3_600_000;
/** Raw check-ins kept of each device. */
const KEPT_REPORTS = 100;

/** What a check-in leads to: an answer, or a refusal that is returned, not thrown, since its audit entry must stay. */
type Outcome = { readonly reply?: Uint8Array | undefined; readonly refusal?: DeviceError | undefined };

/** Handles a check-in message, whose signature and certificate were verified, and gives the answer if it has one. */
export async function checkIn(
  services: AppleServices,
  { pin, signedAtMs }: Announced,
  message: PlistDict,
  body: Uint8Array,
): Promise<Uint8Array | undefined> {
  const type = textIn(message, 'MessageType') ?? '';
  const { enrolmentId, user } = senderOf(message);
  if (body.length > MAX_CHECK_IN_BYTES) throw refuseMessage('device-check-in-size', 'it is larger than any check-in');
  const { reply, refusal } = await transaction(services.db, async (tx): Promise<Outcome> => {
    const now = new Date(services.now());
    await lockDevice(tx, pin.deviceId);
    const standing = await findStanding(tx, pin.fingerprint); // what is remembered of the certificate may be out of date
    refuseOthers(standing, type, enrolmentId);
    if (user === undefined && type !== 'CheckOut') refuseReplay(standing, type, signedAtMs);
    const recent = await countReports(tx, pin.deviceId, new Date(now.getTime() - HOUR_MS));
    const leaves = type === 'CheckOut' && user === undefined; // a phone says that once
    if (recent >= CHECK_INS_AN_HOUR && !leaves)
      throw new DeviceError('device-check-ins', 429, 'Wait an hour: this phone has checked in too often');
    const kind = type.slice(0, 60);
    await insertReport(tx, { deviceId: pin.deviceId, kind, body: withoutSecrets(message, body), now }, KEPT_REPORTS);
    if (user !== undefined) return userSays(type);
    const outcome = await deviceSays(tx, services, pin, { type, enrolmentId, message, standing });
    if (outcome.refusal === undefined) await rememberSigning(tx, pin, signedAtMs, now);
    return outcome;
  });
  services.pins.forget(pin.deviceId);
  if (refusal !== undefined) throw refusal;
  return reply;
}

/**
 * Refuses a certificate that does not speak for this enrolment (any more).
 *
 * @throws DeviceError `device-certificate-retired`, `device-not-pinned`, `device-certificate-reuse`
 */
function refuseOthers({ pinned, retired, nativeId }: Standing, type: string, enrolmentId: string): void {
  if (retired) throw refuseMessage('device-certificate-retired', 'its certificate was replaced by another');
  if (type !== 'Authenticate' && (!pinned || nativeId !== enrolmentId))
    throw refuseMessage('device-not-pinned', 'this certificate is not pinned to this enrolment');
  if (type === 'Authenticate' && nativeId !== null && nativeId !== enrolmentId)
    throw refuseMessage('device-certificate-reuse', 'this certificate belongs to another enrolment');
}

interface Said {
  readonly type: string;
  readonly enrolmentId: string;
  readonly message: PlistDict;
  readonly standing: Standing;
}

/** Messages on the channel of the device itself. */
async function deviceSays(
  tx: Db,
  services: AppleServices,
  pin: Pin,
  { type, enrolmentId, message, standing }: Said,
): Promise<Outcome> {
  switch (type) {
    case 'Authenticate':
      return { refusal: await authenticate(tx, services, pin, message, enrolmentId, standing) };
    case 'TokenUpdate':
      await tokenUpdate(tx, services, pin, message, standing);
      return {};
    case 'CheckOut':
      await cancelCommands(tx, pin.deviceId, new Date(services.now()));
      await setBootstrapToken(tx, pin.deviceId, null);
      await changeDeviceState(tx, pin.deviceId, 'checked-out', services.now());
      return {};
    case 'SetBootstrapToken':
      await keepBootstrapToken(tx, services, pin.deviceId, message);
      return {};
    case 'GetBootstrapToken':
      return { reply: await giveBootstrapToken(tx, services, pin.deviceId) };
    default:
      throw refuseMessage('device-message-type', 'the MessageType is unknown');
  }
}

/** A user of the device comes or goes: the device, its push token and its commands are none of theirs. */
function userSays(type: string): Outcome {
  if (type === 'TokenUpdate' || type === 'CheckOut') return {};
  throw refuseMessage('device-user-channel', 'a user cannot say this for the device');
}

/** What is kept of a check-in: as it came, but for what would unlock the phone. */
function withoutSecrets(message: PlistDict, body: Uint8Array): Uint8Array {
  const { UnlockToken, BootstrapToken, ...rest } = message;
  return UnlockToken === undefined && BootstrapToken === undefined ? body : writeXmlPlist(rest);
}

async function authenticate(
  tx: Db,
  services: AppleServices,
  pin: Pin,
  message: PlistDict,
  nativeId: string,
  standing: Standing,
): Promise<DeviceError | undefined> {
  // Apple forbids that it changes for an enrolment: what names another was not made by our profile.
  if (textIn(message, 'Topic') !== TOPIC)
    throw refuseMessage('device-topic', 'its Topic is not the one of our profile');
  const nowMs = services.now();
  // A renewed certificate: the same enrolment goes on, with its queue, its profile and its tokens.
  if (standing.nativeId === nativeId && (await pinRenewed(tx, pin.deviceId, pin.fingerprint, new Date(nowMs)))) {
    await saveFacts(tx, pin.deviceId, factsOfAuthenticate(message, nowMs), nowMs);
    return undefined;
  }
  const reject = async (code: string, why: string): Promise<DeviceError> => {
    await recordChange(tx, pin.deviceId, { kind: 'device', deviceId: pin.deviceId }, 'device.refused', { code });
    return refuseMessage(code, why);
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
  await resetApple(tx, pin.deviceId, TOPIC);
  await recordChange(tx, pin.deviceId, { kind: 'device', deviceId: pin.deviceId }, 'device.authenticated', {});
  // A phone that authenticates has no management and so none of its profiles.
  const bare: Fact = { name: FACT.profileId, value: null, observedAtMs: nowMs, source: 'apple.Authenticate' };
  await saveFacts(tx, pin.deviceId, [...factsOfAuthenticate(message, nowMs), bare], nowMs);
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

async function tokenUpdate(
  tx: Db,
  services: AppleServices,
  pin: Pin,
  message: PlistDict,
  { topic }: Standing,
): Promise<void> {
  if (topic === null) throw refuseMessage('device-not-authenticated', 'TokenUpdate before Authenticate');
  if (textIn(message, 'Topic') !== topic)
    throw refuseMessage('device-topic', 'its Topic is not the one of its enrolment');
  const token = message['Token'];
  const unlock = message['UnlockToken'];
  if (!(token instanceof Uint8Array)) throw refuseMessage('device-token', 'TokenUpdate has no Token');
  const tally = await saveToken(tx, pin.deviceId, {
    token,
    magic: textIn(message, 'PushMagic') ?? '',
    unlockSealed: unlock instanceof Uint8Array ? services.secrets.seal('devices-unlock-token', unlock) : undefined,
  });
  if (await endRenewal(tx, pin.deviceId, pin.fingerprint, new Date(services.now())))
    await recordChange(tx, pin.deviceId, { kind: 'device', deviceId: pin.deviceId }, 'device.certificate.renewed', {});
  if (tally > 1) return;
  await changeDeviceState(tx, pin.deviceId, 'enrolled', services.now());
  await deliverProfile(tx, services, pin.deviceId);
  await queueInquiry(tx, pin.deviceId, services.now());
}
