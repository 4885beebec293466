import { findDeviceStates } from '../access/index.ts';
import { type Actor, append } from '../audit/index.ts';
import { type Device, readDevice } from '../devices/index.ts';
import { listTokens } from '../people/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import { insertView, type Viewer } from './store.ts';

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
