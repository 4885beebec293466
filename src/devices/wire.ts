import { fromBase64Url, toBase64Url, utf8Bytes, utf8Text } from '../base/index.ts';
import { findNames } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import type { CommandItem, DeviceItem, RefusalItem } from './api.ts';
import { DeviceError } from './device-error.ts';
import type { DeviceRow } from './store.ts';
import type { CommandRow } from './store-commands.ts';
import type { RefusalRow } from './store-refusals.ts';

/** Devices as the API shows them, each with its owner's name. */
export async function deviceItems(db: Db, rows: readonly DeviceRow[]): Promise<DeviceItem[]> {
  const people = await findNames(
    db,
    rows.map((row) => row.personId),
  );
  return rows.map((row) => deviceWire(row, people.get(row.personId)?.displayName ?? ''));
}

/** One device with its owner's name. */
export async function deviceItem(db: Db, row: DeviceRow): Promise<DeviceItem> {
  const owner = (await findNames(db, [row.personId])).get(row.personId);
  return deviceWire(row, owner?.displayName ?? '');
}

function deviceWire(row: DeviceRow, personName: string): DeviceItem {
  return {
    id: row.id,
    name: row.name,
    person: { id: row.personId, displayName: personName },
    platform: row.platform,
    ownership: row.ownership,
    state: row.state,
    model: row.model,
    osVersion: row.osVersion,
    createdAtMs: row.createdAt.getTime(),
    enrolledAtMs: row.enrolledAt?.getTime() ?? null,
    checkedOutAtMs: row.checkedOutAt?.getTime() ?? null,
    lastSeenAtMs: row.lastSeenAt?.getTime() ?? null,
    browserBound: row.browserBound,
    claimFalseAtMs: row.claimFalseAt?.getTime() ?? null,
  };
}

export function refusalWire(row: RefusalRow): RefusalItem {
  return {
    device: row.deviceId === null ? null : { id: row.deviceId, name: row.deviceName ?? '' },
    code: row.code,
    why: row.why,
    place: row.place,
    firstAtMs: row.firstAt.getTime(),
    lastAtMs: row.lastAt.getTime(),
    count: row.count,
  };
}

export function commandWire(row: CommandRow): CommandItem {
  return {
    id: row.id,
    kind: row.kind,
    state: row.state,
    createdAtMs: row.createdAt.getTime(),
    sentAtMs: row.sentAt?.getTime() ?? null,
    finishedAtMs: row.finishedAt?.getTime() ?? null,
    error: row.error,
  };
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;

/** The cursor that names the last row of a page. */
export function cursorOf(row: DeviceRow): string {
  return toBase64Url(utf8Bytes(JSON.stringify([row.sortName, row.id])));
}

export function readCursor(cursor: string | undefined): { name: string; id: string } | undefined {
  if (cursor === undefined) return undefined;
  try {
    const [name, id]: unknown[] = JSON.parse(utf8Text(fromBase64Url(cursor)));
    if (typeof name === 'string' && typeof id === 'string' && UUID.test(id) && !name.includes('\0')) {
      return { name, id };
    }
  } catch {
    // falls through: a cursor that is not ours
  }
  throw new DeviceError('device-cursor', 400, 'Start again from the first page: the cursor is not one of this list');
}
