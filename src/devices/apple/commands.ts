import { randomUUID } from 'node:crypto';
import { type PlistValue, writeXmlPlist } from '../../formats/plist/index.ts';
import { POLICY_PROFILE_IDENTIFIER } from '../../policies/index.ts';
import { type Db, transaction } from '../../storage/index.ts';
import type { Ownership } from '../device.ts';
import { findDevice } from '../store.ts';
import { commandWaits, insertCommand, takeNextCommand } from '../store-commands.ts';
import { signProfile } from './enrolment-profile.ts';
import type { Pin } from './pins.ts';
import { askForRenewal, RENEWAL, renewalIsDue, writeRenewal } from './renewal.ts';
import type { AppleServices, WantedProfile } from './services.ts';

/** com.apple.mdm DeviceInformation: what is asked; a phone skips what its enrolment forbids. */
const QUERIES = [
  'DeviceName',
  'OSVersion',
  'BuildVersion',
  'ModelName',
  'ProductName',
  'SerialNumber',
  'UDID',
  'IsSupervised',
];
/** How long a queue counts as empty although nobody was told otherwise: notices may get lost with their connection. */
const EMPTY_MS = 30_000;

/** Queues one command as its plist and returns its CommandUUID. */
export async function queueApple(
  tx: Db,
  deviceId: string,
  kind: string,
  members: { readonly [key: string]: PlistValue },
  nowMs: number,
  profileId: string | null = null,
): Promise<string> {
  const id = randomUUID();
  const payload = writeXmlPlist({ CommandUUID: id, Command: { RequestType: kind, ...members } });
  await insertCommand(tx, { id, deviceId, kind, payload, profileId, now: new Date(nowMs) });
  return id;
}

/** Asks for the facts, unless the same question waits already. */
export async function queueInquiry(tx: Db, deviceId: string, nowMs: number): Promise<void> {
  await ask(tx, deviceId, 'DeviceInformation', { Queries: QUERIES }, nowMs);
  await ask(tx, deviceId, 'SecurityInfo', {}, nowMs);
  const ownership = (await findDevice(tx, deviceId))?.ownership ?? 'personal';
  await ask(tx, deviceId, 'InstalledApplicationList', appListOf(ownership), nowMs);
  await ask(tx, deviceId, 'ProfileList', { ManagedOnly: true }, nowMs);
}

/** com.apple.mdm InstalledApplicationList: what somebody put on a phone of her own is nobody's business, and shows faith, health and love. */
export function appListOf(ownership: Ownership): { readonly [key: string]: PlistValue } {
  return ownership === 'personal' ? { ManagedAppsOnly: true } : {};
}

/** Asks what a profile that was just installed or removed has changed: an acknowledgement says nothing of what holds now. */
export async function queueProfileCheck(tx: Db, deviceId: string, nowMs: number): Promise<void> {
  await ask(tx, deviceId, 'SecurityInfo', {}, nowMs);
  await ask(tx, deviceId, 'ProfileList', { ManagedOnly: true }, nowMs);
}

async function ask(
  tx: Db,
  deviceId: string,
  kind: string,
  members: { readonly [key: string]: PlistValue },
  nowMs: number,
): Promise<void> {
  if (!(await commandWaits(tx, deviceId, kind))) await queueApple(tx, deviceId, kind, members, nowMs);
}

/** Queues a profile, signed, and returns its CommandUUID. */
export async function queueProfile(
  tx: Db,
  services: AppleServices,
  deviceId: string,
  { id, payload }: WantedProfile,
): Promise<string> {
  const sent = services.scepLegacyDes ? payload : signProfile(payload, services.authority, services.now());
  return await queueApple(tx, deviceId, 'InstallProfile', { Payload: sent }, services.now(), id);
}

/** Queues the removal of the policy profile and returns its CommandUUID. */
export async function queueProfileRemoval(tx: Db, deviceId: string, nowMs: number): Promise<string> {
  return await queueApple(tx, deviceId, 'RemoveProfile', { Identifier: POLICY_PROFILE_IDENTIFIER }, nowMs);
}

/** Gives the next command for a phone that just said `status`; an idle phone with an empty queue costs no SQL. */
export async function nextCommand(services: AppleServices, pin: Pin, status: string): Promise<Uint8Array | undefined> {
  const nowMs = services.now();
  const idle = status === 'Idle';
  const expired = nowMs > pin.expiresAt.getTime();
  if (idle && renewalIsDue(pin, nowMs)) {
    await askForRenewal(services, pin);
    pin.emptyUntilMs = 0;
  }
  if (idle && !expired && nowMs - pin.askedAtMs > services.factMaxAgeMs) {
    await transaction(services.db, (tx) => queueInquiry(tx, pin.deviceId, nowMs));
    pin.askedAtMs = nowMs;
    pin.emptyUntilMs = 0;
  }
  if (nowMs < pin.emptyUntilMs) return undefined;
  const only = expired ? RENEWAL : undefined;
  const command = await takeNextCommand(services.db, pin.deviceId, idle, new Date(nowMs), only);
  // Only Idle sees the whole queue: after another status something may still wait that was put off.
  if (command === undefined && idle) pin.emptyUntilMs = nowMs + EMPTY_MS;
  if (command?.kind === RENEWAL) return await writeRenewal(services, pin.deviceId, command.id);
  return command?.payload;
}
