import { type Actor, append, countEntriesAbout } from '../audit/index.ts';
import {
  countInvited,
  countRecords,
  type Device,
  FACT,
  findApps,
  findDeviceIdsOf,
  findDeviceNames,
  findLateRenewals,
  readDevice,
} from '../devices/index.ts';
import { readHeld } from '../findings/index.ts';
import { listTokens, readPerson } from '../people/index.ts';
import { CONTROLS, coverageOf, effectivePolicy, profileIdOf } from '../policies/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import { AccessError } from './access-error.ts';
import type { DeviceAccess, DevicePolicyReply, MyAccessReply, OverviewReply, PrivacyReply } from './api.ts';
import { currentRules } from './authorize.ts';
import { decide } from './decide.ts';
import { deviceKindOf } from './device-kind.ts';
import { metOf } from './met.ts';
import { gatherPosture } from './posture.ts';
import { countDays } from './store.ts';
import {
  countDecisions,
  countStates,
  findDeviceState,
  findDeviceStates,
  findLastNotices,
  findViews,
  insertView,
  type Viewer,
} from './store-states.ts';

/** Where a device stands for its owner, decided now. */
export async function deviceAccess(
  db: Db,
  personId: string,
  deviceId: string | null,
  nowMs: number,
): Promise<DeviceAccess> {
  const posture = await gatherPosture(db, personId, deviceId);
  const { allow, state, reasons } = decide(posture, (await currentRules(db)).rules, nowMs);
  const kept = deviceId === null ? undefined : await findDeviceState(db, deviceId);
  return {
    deviceId,
    personId,
    state,
    allow,
    sinceMs: kept?.state === state ? kept.sinceMs : null,
    reasons: [...reasons],
  };
}

/** What a person's own devices and this browser may do, and how to put right what is not. */
export async function myAccess(
  db: Db,
  personId: string,
  browserDeviceId: string | null,
  nowMs: number,
): Promise<MyAccessReply> {
  const devices: DeviceAccess[] = [];
  for (const { deviceId } of await findDeviceStates(db, { personId }))
    devices.push(await deviceAccess(db, personId, deviceId, nowMs));
  return {
    thisBrowser: await deviceAccess(db, personId, browserDeviceId, nowMs),
    devices,
    notices: await currentNotices(db, personId, devices),
  };
}

/** What was said last of each device and still holds: what keeps a device from work stands among its reasons, as it is now. */
async function currentNotices(
  db: Db,
  personId: string,
  devices: readonly DeviceAccess[],
): Promise<MyAccessReply['notices']> {
  const told = await findLastNotices(db, personId);
  const names = await findDeviceNames(
    db,
    told.map(({ deviceId }) => deviceId),
  );
  return told.flatMap(({ deviceId, ...notice }) => {
    const now = devices.find((device) => device.deviceId === deviceId);
    const deviceName = names.get(deviceId) ?? '';
    return now === undefined || now.state === 'fine' ? [{ ...notice, deviceName }] : [];
  });
}

/** Per control: what is wanted and by which policy, what the device reports, how far the control holds, and whether it is met. */
export async function devicePolicy(db: Db, device: Device, nowMs: number): Promise<DevicePolicyReply> {
  const { settings } = await effectivePolicy(db, device.personId);
  const posture = await gatherPosture(db, device.personId, device.id);
  const { rules } = await currentRules(db);
  const kind = deviceKindOf(device);
  const profileUuid = device.platform === 'apple' ? profileIdOf(posture.policy, kind) : null;
  const confirmed = hasConfirmed(device, profileUuid);
  const rows = CONTROLS.flatMap((control) => {
    const wanted = settings[control.id];
    if (wanted === undefined || (control.only !== undefined && control.only !== device.platform)) return [];
    const coverage = coverageOf(control, kind, wanted.value);
    const enforced = coverage.label === 'enforced';
    const reported = device.facts.find((fact) => fact.name === control.fact[device.platform]);
    return {
      controlId: control.id,
      topic: control.topic,
      title: control.title,
      wanted: wanted.value,
      from: [...wanted.from],
      reported: reported === undefined ? null : { ...reported },
      met: metOf(control, { value: wanted.value, enforced, profileUuid }, posture, rules, nowMs),
      coverage: enforced && !confirmed ? ('checked' as const) : coverage.label,
      why:
        enforced && !confirmed
          ? 'The phone enforces it once it has confirmed this policy: it has not yet'
          : coverage.why,
      key: coverage.key ?? null,
    };
  });
  return { deviceId: device.id, controls: rows };
}

/** What an administrator has to see first. */
export async function overview(db: Db, nowMs: number): Promise<OverviewReply> {
  const states = (await findDeviceStates(db, { notFine: true, limit: 50 })).flatMap((state) => {
    const worst = state.reasons[0];
    if (worst === undefined) return [];
    return {
      code: worst.code,
      text: worst.text,
      deviceId: state.deviceId,
      personId: state.personId,
      sinceMs: state.sinceMs,
    };
  });
  const needsYou = [...states, ...(await lateRenewals(db, nowMs))];
  return { states: await countStates(db), invited: await countInvited(db), needsYou, days: await countDays(db, nowMs) };
}

const DAY_MS = 86_400_000;
/** Phones are asked half a year before the end of their certificate: three months later somebody has to look. */
const RENEWAL_LATE_MS = 90 * DAY_MS;

async function lateRenewals(db: Db, nowMs: number): Promise<OverviewReply['needsYou']> {
  const late = await findLateRenewals(db, new Date(nowMs + RENEWAL_LATE_MS));
  return late.map(({ deviceId, personId, expiresAt }) => {
    const days = Math.floor((expiresAt.getTime() - nowMs) / DAY_MS);
    const left = days < 0 ? 'has run out' : days === 1 ? 'runs out in 1 day' : `runs out in ${days} days`;
    return {
      code: 'device.renewal',
      text: `Its certificate ${left} and it keeps putting off the renewal: ask its owner to unlock it while it is online`,
      deviceId,
      personId,
      sinceMs: expiresAt.getTime() - 2 * RENEWAL_LATE_MS,
    };
  });
}

/** What the organisation holds on a person and her devices, also those that have left, or on one of them, and who looked. */
export async function privacy(db: Db, personId: string, only?: string): Promise<PrivacyReply> {
  const ids = (await findDeviceIdsOf(db, personId)).filter((id) => only === undefined || id === only);
  const devices: PrivacyReply['devices'] = [];
  let personal = true;
  for (const deviceId of ids) {
    const device = await readDevice(db, deviceId);
    const facts =
      device?.facts.map(({ name, value, observedAtMs, source }) => ({ name, value, observedAtMs, source })) ?? [];
    const apps = (await findApps(db, deviceId)).map(({ appId, name, version }) => ({ appId, name, version }));
    personal = personal && device?.ownership === 'personal';
    const [checks, records] = [await heldOf(db, deviceId), await countRecords(db, deviceId)];
    devices.push({ deviceId, facts, apps, checks, records });
  }
  const views: PrivacyReply['views'] = [];
  for (const view of await findViews(db, ids)) {
    views.push({ viewer: await viewerName(db, view.viewer), what: view.what, atMs: view.atMs });
  }
  const account = {
    groups: (await readPerson(db, personId))?.groups.map(({ name }) => name) ?? [],
    decisions: await countDecisions(db, personId),
    entries: await countEntriesAbout(db, [personId, ...ids]),
  };
  return { devices, cannotSee: [...CANNOT_SEE, ...(personal ? [OWN_APPS] : [])], views, account };
}

async function heldOf(db: Db, deviceId: string): Promise<PrivacyReply['devices'][number]['checks']> {
  const { findings, baseline, ...counts } = await readHeld(db, deviceId);
  return {
    ...counts,
    findings: [...findings],
    baseline: baseline.map(({ kind, values }) => ({ kind, values: [...values].sort() })),
  };
}

async function viewerName(db: Db, viewer: Viewer): Promise<string> {
  if ('tokenName' in viewer) return `API token “${viewer.tokenName}”`;
  return (await readPerson(db, viewer.viewerId))?.displayName ?? 'Somebody who has left';
}

// Of a private iPhone only managed apps are asked for; of a private Android phone the work profile is all that is seen.
const OWN_APPS = 'Apps that you installed yourself';

const CANNOT_SEE = [
  'Messages, calls and contacts',
  'Photos and videos',
  'Web pages you visit',
  'Where you are',
  'What the microphone and the camera pick up',
  'Passwords and passkeys',
];

const VIEW_AGAIN_MS = 600_000;

/** Writes down who looked at somebody else's device, herself or through a token, at most once in ten minutes per look. */
export async function recordView(db: Db, actor: Actor, device: Device, what: string, nowMs: number): Promise<void> {
  const viewer = await viewerOf(db, actor, device);
  if (viewer === undefined) return;
  await transaction(db, async (tx) => {
    if (!(await insertView(tx, { deviceId: device.id, viewer, what, nowMs, sinceMs: nowMs - VIEW_AGAIN_MS }))) return;
    await append(tx, { actor, action: 'device.viewed', object: { type: 'device', id: device.id }, detail: { what } });
  });
}

async function viewerOf(db: Db, actor: Actor, device: Device): Promise<Viewer | undefined> {
  if (actor.kind === 'person') return actor.personId === device.personId ? undefined : { viewerId: actor.personId };
  if (actor.kind !== 'token') return undefined;
  // By its name of now: a token that is revoked later leaves no other.
  return { tokenName: (await listTokens(db)).find(({ id }) => id === actor.tokenId)?.name ?? actor.tokenId };
}

/** Writes down a look at a person's account with each of her devices. */
export async function recordPersonLook(
  db: Db,
  actor: Actor,
  personId: string,
  what: string,
  nowMs: number,
): Promise<void> {
  for (const { deviceId } of await findDeviceStates(db, { personId }))
    await recordLook(db, actor, deviceId, what, nowMs);
}

/** The same by the device's id; a device that is gone has nobody to tell. */
export async function recordLook(db: Db, actor: Actor, deviceId: string, what: string, nowMs: number): Promise<void> {
  const device = await readDevice(db, deviceId);
  if (device !== undefined) await recordView(db, actor, device, what, nowMs);
}

/** The device of an id; error `access-device-unknown`. */
export async function requireDevice(db: Db, id: string): Promise<Device> {
  const device = await readDevice(db, id);
  if (device === undefined)
    throw new AccessError('access-device-unknown', 404, 'Choose another device: this one does not exist');
  return device;
}

/** Android applies its policy or reports otherwise by itself; an iPhone must have confirmed the very profile that is wanted by now. */
function hasConfirmed(device: Device, wantedProfile: string | null): boolean {
  if (device.platform === 'android') return true;
  const confirmed = device.facts.find((fact) => fact.name === FACT.profileId)?.value ?? null;
  return confirmed === wantedProfile;
}
