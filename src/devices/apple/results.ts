import { isPlistDict, type PlistDict, type PlistValue } from '../../formats/plist/index.ts';
import { requestDelivery } from '../../jobs/index.ts';
import { PASSCODE_PAYLOAD, POLICY_PROFILE_IDENTIFIER } from '../../policies/index.ts';
import { type Db, transaction } from '../../storage/index.ts';
import type { ReportedApp } from '../device.ts';
import { FACT, type Fact } from '../facts.ts';
import { readDevice, recordChange, saveApps, saveFacts } from '../registry.ts';
import { countCommands, finishCommand, putOffCommand } from '../store-commands.ts';
import { nextCommand, queueProfileCheck } from './commands.ts';
import { refuseMessage, textIn } from './message.ts';
import type { Pin } from './pins.ts';
import { senderOf } from './sender.ts';
import type { AppleServices } from './services.ts';

const MAX_APPS = 5000; // a phone holds some hundred
const MAX_PROFILES = 500; // a phone holds a handful
/** A phone that keeps listing another profile than it confirms is not sent the right one more often than this in an hour. */
const PROFILES_AN_HOUR = 3;

/** Takes the result that a phone sends (or its Idle) and answers with the next command, if any. */
export async function takeResult(
  services: AppleServices,
  pin: Pin,
  message: PlistDict,
  body: Uint8Array,
): Promise<Uint8Array | undefined> {
  const { enrolmentId, user } = senderOf(message);
  if (!pin.pinned || pin.nativeId !== enrolmentId || pin.state !== 'enrolled')
    throw refuseMessage('device-not-pinned', 'this certificate is not pinned to this enrolment');
  if (services.now() <= pin.expiresAt.getTime()) services.lastSeen.touch(pin.deviceId, services.now());
  if (user !== undefined) return undefined; // commands are for the device
  const status = textIn(message, 'Status') ?? 'Idle';
  const id = textIn(message, 'CommandUUID') ?? ''; // which names no command
  if (status === 'NotNow') await putOffCommand(services.db, pin.deviceId, id);
  else if (status !== 'Idle') await finish(services, pin.deviceId, id, status, message, body);
  return await nextCommand(services, pin, status);
}

async function finish(
  services: AppleServices,
  deviceId: string,
  id: string,
  status: string,
  message: PlistDict,
  body: Uint8Array,
): Promise<void> {
  const acknowledged = status === 'Acknowledged';
  await transaction(services.db, async (tx) => {
    const state = acknowledged ? 'acknowledged' : 'error';
    const error = acknowledged ? null : errorText(status, message);
    const command = await finishCommand(tx, deviceId, id, {
      state,
      result: body,
      error,
      now: new Date(services.now()),
    });
    if (command === undefined) return; // unknown or answered before: nothing to do, and no reason to fail
    const detail = { command: id, kind: command.kind, state };
    await recordChange(tx, deviceId, { kind: 'device', deviceId }, 'device.command.finished', detail);
    // A refused profile leaves the former one in place.
    if (acknowledged) await applyResult(tx, deviceId, command, message, services.now());
  });
}

/** The first error of the chain by domain and code; texts of phones may hold names, so they stay in the raw bytes. */
function errorText(status: string, message: PlistDict): string {
  const chain = message['ErrorChain'];
  const first = Array.isArray(chain) ? chain[0] : undefined;
  if (!isPlistDict(first)) return status;
  return `${textIn(first, 'ErrorDomain') ?? 'unknown'} ${String(first['ErrorCode'] ?? '')}`.slice(0, 200);
}

async function applyResult(
  tx: Db,
  deviceId: string,
  { kind, profileId }: { readonly kind: string; readonly profileId: string | null },
  message: PlistDict,
  nowMs: number,
): Promise<void> {
  if (kind === 'InstallProfile' || kind === 'RemoveProfile') {
    await saveFacts(
      tx,
      deviceId,
      [{ name: FACT.profileId, value: profileId, observedAtMs: nowMs, source: `apple.${kind}` }],
      nowMs,
    );
    await queueProfileCheck(tx, deviceId, nowMs);
  }
  if (kind === 'ProfileList') await takeListing(tx, deviceId, message['ProfileList'], nowMs);
  if (kind === 'DeviceInformation') {
    await saveFacts(tx, deviceId, factsOfInformation(message['QueryResponses'], nowMs), nowMs);
    // Whether it is supervised decides what its profile may hold; and what was missed otherwise is made good by this.
    await requestDelivery(tx, { deviceId });
  }
  if (kind === 'SecurityInfo') await saveFacts(tx, deviceId, factsOfSecurity(message['SecurityInfo'], nowMs), nowMs);
  if (kind === 'InstalledApplicationList') {
    await saveApps(tx, deviceId, appsOf(message['InstalledApplicationList']), `apple.${kind}`, nowMs, nowMs);
  }
}

/** What the phone lists outweighs what it once confirmed: a profile that is gone, or another, is made good. */
async function takeListing(tx: Db, deviceId: string, list: PlistValue | undefined, nowMs: number): Promise<void> {
  const listing = listingOf(list);
  if (listing === undefined) return;
  const fact = (name: string, value: string | boolean | null): Fact => ({
    name,
    value,
    observedAtMs: nowMs,
    source: 'apple.ProfileList',
  });
  const listed = [fact(FACT.profileListed, listing.uuid), fact(FACT.passcodeRule, listing.passcodeRule)];
  const carried = listing.uuid === false ? null : listing.uuid;
  const confirmed = (await readDevice(tx, deviceId))?.facts.find(({ name }) => name === FACT.profileId)?.value ?? null;
  if (confirmed === carried) return await saveFacts(tx, deviceId, listed, nowMs);
  await saveFacts(tx, deviceId, [...listed, fact(FACT.profileId, carried)], nowMs);
  const sent = await countCommands(tx, deviceId, 'InstallProfile', new Date(nowMs - 3_600_000));
  if (sent < PROFILES_AN_HOUR) await requestDelivery(tx, { deviceId });
}

/** How our policy profile stands in a ProfileList; undefined when the answer is none. Contents that are left out are not known. */
function listingOf(
  list: PlistValue | undefined,
): { readonly uuid: string | false; readonly passcodeRule: boolean | null } | undefined {
  if (!Array.isArray(list)) return undefined;
  const ours = list
    .slice(0, MAX_PROFILES)
    .filter((item) => isPlistDict(item))
    .find((item) => item['PayloadIdentifier'] === POLICY_PROFILE_IDENTIFIER);
  if (ours === undefined) return { uuid: false, passcodeRule: false };
  const payloads = ours['PayloadContent'];
  return {
    uuid: textIn(ours, 'PayloadUUID')?.slice(0, 100) ?? false,
    passcodeRule: Array.isArray(payloads)
      ? payloads.some((payload) => isPlistDict(payload) && payload['PayloadType'] === PASSCODE_PAYLOAD)
      : null,
  };
}

function factsOfInformation(answers: PlistValue | undefined, nowMs: number): readonly Fact[] {
  if (!isPlistDict(answers)) return [];
  const facts: Fact[] = [];
  const add = (name: string, value: string | boolean | undefined): void => {
    if (value !== undefined) facts.push({ name, value, observedAtMs: nowMs, source: 'apple.DeviceInformation' });
  };
  add(FACT.deviceName, textIn(answers, 'DeviceName'));
  add(FACT.deviceModel, textIn(answers, 'ProductName') ?? textIn(answers, 'ModelName'));
  add(FACT.osVersion, textIn(answers, 'OSVersion'));
  add(FACT.osBuild, textIn(answers, 'BuildVersion'));
  add(FACT.supervised, booleanIn(answers, 'IsSupervised'));
  return facts;
}

function booleanIn(dict: PlistDict, key: string): boolean | undefined {
  const value = dict[key];
  return typeof value === 'boolean' ? value : undefined;
}

function factsOfSecurity(info: PlistValue | undefined, nowMs: number): readonly Fact[] {
  if (!isPlistDict(info)) return [];
  const facts: Fact[] = [];
  const add = (name: string, value: boolean | undefined): void => {
    if (value !== undefined) facts.push({ name, value, observedAtMs: nowMs, source: 'apple.SecurityInfo' });
  };
  const passcode = booleanIn(info, 'PasscodePresent');
  const capabilities = info['HardwareEncryptionCaps'];
  add(FACT.passcodePresent, passcode);
  add(FACT.encryptionHardware, typeof capabilities === 'number' ? capabilities === 3 : undefined);
  add(FACT.passcodeCompliant, booleanIn(info, 'PasscodeCompliantWithProfiles') ?? booleanIn(info, 'PasscodeCompliant'));
  // SecurityInfo.yaml: 3 = block and file level; file protection holds only with a passcode.
  add(
    FACT.encryptionEnabled,
    typeof capabilities === 'number' && passcode !== undefined ? capabilities === 3 && passcode : undefined,
  );
  return facts;
}

function appsOf(list: PlistValue | undefined): readonly ReportedApp[] {
  const apps = new Map<string, ReportedApp>();
  for (const item of Array.isArray(list) ? list.slice(0, MAX_APPS) : []) {
    if (!isPlistDict(item)) continue;
    const appId = textIn(item, 'Identifier')?.slice(0, 300);
    if (appId === undefined) continue;
    const version = textIn(item, 'ShortVersion') ?? textIn(item, 'Version') ?? '';
    apps.set(appId, { appId, name: (textIn(item, 'Name') ?? appId).slice(0, 300), version: version.slice(0, 100) });
  }
  return [...apps.values()];
}
