import { type Actor, append } from '../audit/index.ts';
import type { Json } from '../base/index.ts';
import { requestReassess } from '../jobs/index.ts';
import { type Db, notify } from '../storage/index.ts';
import type { Device, NewDevice, ReportedApp } from './device.ts';
import { DeviceError } from './device-error.ts';
import { FACT, type Fact } from './facts.ts';
import { readableName } from './same-name.ts';
import {
  bindBrowserKey,
  type DeviceRow,
  findBoundAt,
  findDevice,
  findDeviceByNativeId,
  findDeviceIdByThumbprint,
  findFacts,
  insertDevice,
  replaceApps,
  setDeviceHeader,
  setDeviceState,
  upsertFacts,
} from './store.ts';
import { tellOwner } from './tell-owner.ts';

/** Reads a device and every fact of it. */
export async function readDevice(db: Db, deviceId: string): Promise<Device | undefined> {
  const row = await findDevice(db, deviceId);
  return row === undefined ? undefined : { ...deviceOf(row), facts: await findFacts(db, deviceId) };
}

/** Tells whether the browser that was bound to a device at a time still is: its key was neither taken away nor replaced. */
export async function browserBoundSince(db: Db, deviceId: string, atMs: number): Promise<boolean> {
  const boundAt = await findBoundAt(db, deviceId);
  return boundAt !== null && boundAt.getTime() <= atMs;
}

/** Finds the device whose enrolment bound the browser key of this RFC 7638 thumbprint; a device that checked out is not found. */
export async function findDeviceByKeyThumbprint(db: Db, jkt: string): Promise<Device | undefined> {
  const id = await findDeviceIdByThumbprint(db, jkt);
  return id === undefined ? undefined : await readDevice(db, id);
}

function deviceOf(row: DeviceRow): Omit<Device, 'facts'> {
  return {
    id: row.id,
    personId: row.personId,
    platform: row.platform,
    ownership: row.ownership,
    state: row.state,
    name: row.name,
    lastSeenAtMs: row.lastSeenAt?.getTime(),
  };
}

/** Adds a device as `pending`, or finds the one in service that has the same native id; returns its id. */
export async function upsertDevice(tx: Db, device: NewDevice, nowMs: number): Promise<string> {
  if (device.nativeId !== undefined) {
    const known = await findDeviceByNativeId(tx, device.platform, device.nativeId);
    if (known !== undefined) return known.id;
  }
  return await insertDevice(tx, device, new Date(nowMs));
}

/**
 * Moves a device to `enrolled` or `checked-out`, with audit entry, reassessment and notice in the caller's transaction.
 *
 * @throws DeviceError `device-has-left` for a device that has left: a message that was on its way must not bring it back
 */
export async function changeDeviceState(
  tx: Db,
  deviceId: string,
  state: 'enrolled' | 'checked-out',
  nowMs: number,
): Promise<void> {
  if (!(await setDeviceState(tx, deviceId, state, new Date(nowMs))))
    throw new DeviceError('device-has-left', 400, 'Invite the phone anew: this enrolment has ended');
  await recordChange(
    tx,
    deviceId,
    { kind: 'device', deviceId },
    state === 'enrolled' ? 'device.enrolled' : 'device.checked-out',
    {},
  );
}

/**
 * Saves facts of a report; the newer observation of a name wins, and any over one from time to come, as a clock that was ahead left it.
 *
 * Name, model and OS version also go to the device's own row, for lists. Audit entry, reassessment and notice are in the caller's
 * transaction; the audit entry names the facts and their source, not their values.
 */
export async function saveFacts(tx: Db, deviceId: string, facts: readonly Fact[], nowMs: number): Promise<void> {
  const first = facts[0];
  if (first === undefined) return;
  await upsertFacts(tx, deviceId, facts, nowMs);
  const text = (name: string): string | undefined => {
    const value = facts.find((fact) => fact.name === name)?.value;
    return typeof value === 'string' && value !== '' ? value.slice(0, 200) : undefined;
  };
  await setDeviceHeader(tx, deviceId, {
    name: readableName(text(FACT.deviceName) ?? ''),
    model: text(FACT.deviceModel),
    osVersion: text(FACT.osVersion),
  });
  const detail = { source: first.source, facts: facts.map((fact) => fact.name) };
  await recordChange(tx, deviceId, { kind: 'device', deviceId }, 'device.facts', detail);
}

/** Replaces the list of apps, and sets the fact `apps` to their number. */
export async function saveApps(
  tx: Db,
  deviceId: string,
  apps: readonly ReportedApp[],
  source: string,
  observedAtMs: number,
  nowMs: number,
): Promise<void> {
  await replaceApps(tx, deviceId, apps);
  await saveFacts(tx, deviceId, [{ name: FACT.apps, value: apps.length, observedAtMs, source }], nowMs);
}

/** Binds a browser key to a device; the device must not have another one. */
export async function bindBrowser(
  tx: Db,
  actor: Actor,
  deviceId: string,
  thumbprint: string,
  nowMs: number,
): Promise<void> {
  if (!(await bindBrowserKey(tx, deviceId, thumbprint, new Date(nowMs)))) {
    throw new DeviceError('device-key-bound', 409, 'Cannot bind browser: this phone or this key is bound already');
  }
  await recordChange(tx, deviceId, actor, 'device.browser.bound', { thumbprint });
  await tellOwner(tx, deviceId, { kind: 'browser-bound', actor }, nowMs);
}

/** Writes audit entry, reassessment and notice of a change of one device. */
export async function recordChange(
  tx: Db,
  deviceId: string,
  actor: Actor,
  action: string,
  detail: { readonly [key: string]: Json },
): Promise<void> {
  const device = await findDevice(tx, deviceId);
  if (device === undefined) throw new DeviceError('device-unknown', 404, 'Cannot find device: no device has this id');
  await append(tx, { actor, action, object: { type: 'device', id: deviceId }, detail });
  await requestReassess(tx, { deviceId });
  await notify(tx, 'device', { deviceId, personId: device.personId });
}
