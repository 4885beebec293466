import { countDecisions } from '../access/index.ts';
import { countEntriesAbout } from '../audit/index.ts';
import { countRecords, findApps, findDeviceIdsOf, readDevice } from '../devices/index.ts';
import { readHeld } from '../findings/index.ts';
import { countSightings } from '../hunt/index.ts';
import { countPlaces, heldRequests, readPerson } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import type { PrivacyReply } from './api.ts';
import { findViews, type Viewer } from './store.ts';

/** What the organisation holds on a person and her devices, also those that have left, or on one of them, and who looked. */
export async function privacy(db: Db, personId: string, nowMs: number, only?: string): Promise<PrivacyReply> {
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
    devices.push({ deviceId, left: device?.state === 'checked-out', facts, apps, checks, records });
  }
  const views: PrivacyReply['views'] = [];
  for (const view of await findViews(db, ids)) {
    const { deviceId, what, atMs } = view;
    views.push({ deviceId, viewer: await viewerName(db, view.viewer), what, atMs });
  }
  const { about, own } = await heldRequests(db, personId, nowMs);
  const account = {
    groups: (await readPerson(db, personId))?.groups.map(({ name }) => name) ?? [],
    decisions: await countDecisions(db, personId),
    entries: await countEntriesAbout(db, [personId, ...ids]),
    places: await countPlaces(db, personId),
    ownRequests: own,
  };
  return { devices, cannotSee: [...CANNOT_SEE, ...(personal ? [OWN_APPS] : [])], views, account, requests: [...about] };
}

async function heldOf(db: Db, deviceId: string): Promise<PrivacyReply['devices'][number]['checks']> {
  const { findings, baseline, ...counts } = await readHeld(db, deviceId);
  return {
    ...counts,
    hashes: await countSightings(db, deviceId),
    findings: [...findings],
    baseline: baseline.map(({ kind, values }) => ({ kind, values: [...values].sort() })),
  };
}

async function viewerName(db: Db, viewer: Viewer): Promise<string> {
  if ('tokenName' in viewer) return `A program with the API token “${viewer.tokenName}”`;
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
