import type { Actor } from '../audit/index.ts';
import { type AgreedRequest, findNames, makeRequest, type RequestKind } from '../people/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import type { BrowserLinkReply } from './api.ts';
import { DeviceError } from './device-error.ts';
import { INVITATION_MS, newToken } from './enrolments.ts';
import { recordChange } from './registry.ts';
import { clearBrowserKey, type DeviceRow, findDevice, lockDevice } from './store.ts';
import { endInvitations, expireInvitations, insertEnrolment } from './store-enrolments.ts';
import { tellOwner } from './tell-owner.ts';

interface BrowserServices {
  readonly db: Db;
  readonly now: () => number;
}

/**
 * Lets another browser take the place of the one that is bound to the caller's own phone: a cleared browser has lost its key for good, and
 * a second one is not taken beside it. For somebody else's phone it is asked for (`browserRequest`).
 *
 * @throws DeviceError `device-unknown`, `device-not-enrolled`, `device-browser-request` (409) for somebody else's phone
 */
export async function connectBrowser(
  { db, now }: BrowserServices,
  actor: Actor,
  deviceId: string,
): Promise<BrowserLinkReply> {
  return await transaction(db, async (tx) => {
    await lockDevice(tx, deviceId);
    const { personId } = await enrolledDevice(tx, deviceId);
    if (actor.kind !== 'person' || actor.personId !== personId)
      throw new DeviceError(
        'device-browser-request',
        409,
        'Ask for the link, with the reason: this is somebody else’s phone, and it takes two people',
      );
    return await offerBrowserLink(tx, actor, deviceId, 'own', now());
  });
}

/**
 * The request for a link by which another browser takes the place of the one bound to somebody else's phone.
 *
 * The browser that was connected opens nothing any more, and the new one opens what its person may open: who turns would bind her own. A
 * second person agrees, or the owner of the phone, confirming with her passkey, or the browser that is bound.
 */
export function browserRequest({ now }: Pick<BrowserServices, 'now'>): RequestKind {
  return {
    name: 'device.browser',
    roles: () => ['owner', 'administrator'],
    personStates: ['active'],
    personMayAgree: 'by-passkey',
    carriedOut: 'by-maker',
    run: async (tx, { request, actor, agreedAs }) => {
      await lockDevice(tx, request.about.id);
      const { personId } = await enrolledDevice(tx, request.about.id);
      if (personId !== request.personId)
        throw new DeviceError('device-other-person', 409, 'Ask anew: the phone is somebody else’s by now');
      return { ...(await offerBrowserLink(tx, actor, request.about.id, agreedAs, now())) };
    },
    undo: {
      withinMs: INVITATION_MS,
      run: async (tx, { about }) => {
        await lockDevice(tx, about.id);
        const isUsed = (await findDevice(tx, about.id))?.browserBound !== false;
        if (!isUsed) await expireInvitations(tx, about.id, new Date(now()));
        return !isUsed;
      },
    },
  };
}

/** Asks for such a link; what it throws beside `device-unknown` and `device-not-enrolled`, `makeRequest` says. */
export async function askForBrowser(
  services: BrowserServices,
  actor: Actor,
  deviceId: string,
  reason: string,
): Promise<Awaited<ReturnType<typeof makeRequest>>> {
  return await transaction(services.db, async (tx) => {
    const { personId, name } = await enrolledDevice(tx, deviceId);
    const owner = (await findNames(tx, [personId])).get(personId)?.displayName ?? '';
    return await makeRequest({ ...services, db: tx }, actor, browserRequest(services), {
      ...{ personId, reason, about: { type: 'device', id: deviceId } },
      title: `a link that connects another browser to the phone “${name}” of ${owner}`,
    });
  });
}

/**
 * The former key ends here, and with it what leans on it: tokens lead to no device any more, open views end at their next renewal, and
 * former links bind nothing. The new link binds a browser and does nothing else: no other phone can enrol by it.
 */
async function offerBrowserLink(
  tx: Db,
  actor: Actor,
  deviceId: string,
  agreedAs: AgreedRequest['agreedAs'] | 'own',
  nowMs: number,
): Promise<BrowserLinkReply> {
  const { token, hash } = newToken();
  const expiresAtMs = nowMs + INVITATION_MS;
  await expireInvitations(tx, deviceId, new Date(nowMs));
  const thumbprint = await clearBrowserKey(tx, deviceId);
  await insertEnrolment(tx, { deviceId, tokenHash: hash, now: new Date(nowMs), expiresAt: new Date(expiresAtMs) });
  await endInvitations(tx, deviceId, new Date(nowMs)); // used up as far as enrolling goes
  const detail = { formerThumbprint: thumbprint, expiresAtMs, agreedAs };
  await recordChange(tx, deviceId, actor, 'device.browser.replaced', detail);
  await tellOwner(tx, deviceId, { kind: 'browser-link-made', actor, untilMs: expiresAtMs }, nowMs);
  return { token, expiresAtMs };
}

async function enrolledDevice(tx: Db, deviceId: string): Promise<DeviceRow> {
  const device = await findDevice(tx, deviceId);
  if (device === undefined) throw new DeviceError('device-unknown', 404, 'Cannot find device: no device has this id');
  if (device.state !== 'enrolled')
    throw new DeviceError('device-not-enrolled', 409, `Cannot connect a browser: the device is ${device.state}`);
  return device;
}
