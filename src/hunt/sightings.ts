import { createHash, hash, randomBytes } from 'node:crypto';
import { setImmediate as breathe } from 'node:timers/promises';
import type { Actor } from '../audit/index.ts';
import { append } from '../audit/index.ts';
import {
  type DecodedSightings,
  decodeSightings,
  hashOfValue,
  VALUE_KINDS,
  type ValueKind,
} from '../detection/index.ts';
import { isFreshCheck, mayReport } from '../findings/index.ts';
import { enqueue } from '../jobs/index.ts';
import { type Db, notify, type Secrets, transaction } from '../storage/index.ts';
import type { SightingsReply } from './api.ts';
import { HuntError } from './hunt-error.ts';
import {
  findSightingKey,
  insertSightingKey,
  lockSightingDevice,
  type SightingColumns,
  updateSightingDevice,
  upsertSightings,
} from './store-sightings.ts';
import { mayKeepSightings, mayUploadSightings } from './upload-limits.ts';

const HOUR_MS = 3_600_000;
/** From the report to the end of a slow upload, and a retry. */
const CHECK_AGE_MS = 24 * HOUR_MS;
const PURPOSE = 'sighting-index';
const KEY_BYTES = 32;
/** Rows per statement: hashing so many takes some 50 ms, after which other requests have their turn. */
const BATCH_ROWS = 25_000;

export interface SightingServices {
  readonly db: Db;
  readonly secrets: Secrets;
}

/**
 * Keeps the index of what stood on a phone (pavise.sightings/1), each hash once more under the installation's own key.
 *
 * An unchanged upload writes nothing. Else what is new is added, what is known is widened, and the job
 * `threats.hunt-device` looks the indicators of this server up in it. Who may report a check may send one, with the check that it belongs to:
 * the index names no phone, the report's UDID was compared. Throws FormatError `sightings-…`, HuntError `device-unknown`,
 * `sightings-check` (409), and those of `upload-limits.ts`.
 */
export async function keepSightings(
  { db, secrets }: SightingServices,
  actor: Actor,
  { deviceId, checkId, body }: { readonly deviceId: string; readonly checkId: string; readonly body: Uint8Array },
  nowMs: number,
): Promise<SightingsReply> {
  const device = await mayReport(db, actor, deviceId);
  if (!(await isFreshCheck(db, checkId, deviceId, new Date(nowMs - CHECK_AGE_MS))))
    throw new HuntError(
      'sightings-check',
      409,
      'Send the report of this phone first: the index has to name a check of the same phone that is not older than a day',
    );
  const decoded = decodeSightings(body);
  const digest = createHash('sha256').update(body).digest();
  const key = await openSightingKey({ db, secrets }, nowMs);
  return await transaction(db, async (tx) => {
    const now = new Date(nowMs);
    const row = await lockSightingDevice(tx, deviceId, now);
    if (row.sentBefore && digest.equals(row.digest)) return { same: true, values: decoded.count, fresh: null };
    await mayUploadSightings(tx, actor, device, now);
    const counts: Record<string, number> = {};
    let freshRows = 0;
    for (let from = 0; from < decoded.count; from += BATCH_ROWS) {
      const batch = columnsOf(key, decoded, from, Math.min(from + BATCH_ROWS, decoded.count));
      for (const { kind, count } of await upsertSightings(tx, row.id, batch)) {
        freshRows += count;
        const name = VALUE_KINDS[kind];
        if (name !== undefined) counts[name] = (counts[name] ?? 0) + count;
      }
      if (freshRows > 0) await mayKeepSightings(tx, actor, device, freshRows, now); // before the next batch is written
      await breathe();
    }
    const fresh = row.sentBefore ? counts : null;
    const { count, truncated } = decoded;
    await updateSightingDevice(
      tx,
      row.id,
      { digest, count, truncated, fresh, freshRows, hourBegan: new Date(nowMs - HOUR_MS) },
      now,
    );
    await append(tx, {
      actor,
      action: 'sightings.kept',
      object: { type: 'device', id: deviceId },
      detail: { personId: device.personId, values: count, truncated },
    });
    await enqueue(tx, 'threats.hunt-device', { deviceId }, { jobKey: `threats.hunt-device.${deviceId}` });
    await notify(tx, 'sightings', { deviceId, personId: device.personId });
    return { same: false, values: count, fresh };
  });
}

/** The key of the index, made at its first use. */
export async function openSightingKey({ db, secrets }: SightingServices, nowMs: number): Promise<Uint8Array> {
  let sealed = await findSightingKey(db);
  if (sealed === undefined) {
    await insertSightingKey(db, secrets.seal(PURPOSE, randomBytes(KEY_BYTES)), new Date(nowMs));
    sealed = await findSightingKey(db);
  }
  if (sealed === undefined) throw new Error('no key of the sightings after it was made');
  return secrets.open(PURPOSE, sealed);
}

/** Hashes of values as the index keeps them, as an array of PostgreSQL. */
export function wantedHashes(
  key: Uint8Array,
  wanted: readonly { readonly kind: ValueKind; readonly value: string }[],
): string {
  const box = keyedBox(key);
  const digest = (text: string): Uint8Array => hash('sha256', text, 'buffer');
  return `{${wanted.map(({ kind, value }) => box(hashOfValue(digest, kind, value), VALUE_KINDS.indexOf(kind))).join(',')}}`;
}

function columnsOf(
  key: Uint8Array,
  { hashes, codes, firstDays, lastDays }: DecodedSightings,
  from: number,
  to: number,
): SightingColumns {
  const box = keyedBox(key);
  const keyed: string[] = [];
  for (let i = from; i < to; i++) keyed.push(box(hashes.subarray(i * 8, i * 8 + 8), (codes[i] ?? 0) >> 3));
  return {
    hashes: `{${keyed.join(',')}}`,
    firstDays: `{${firstDays.subarray(from, to).join(',')}}`,
    lastDays: `{${lastDays.subarray(from, to).join(',')}}`,
    kinds: `{${codes.subarray(from, to).join(',')}}`,
  };
}

/** First 8 bytes of SHA-256(key ‖ hash ‖ kind) as a signed number: all parts have fixed lengths, so nothing can be appended. */
function keyedBox(key: Uint8Array): (hash: Uint8Array, kind: number) => string {
  const input = Buffer.alloc(key.length + 9);
  input.set(key);
  return (value, kind) => {
    input.set(value, key.length);
    input[key.length + 8] = kind;
    return hash('sha256', input, 'buffer').readBigInt64BE(0).toString();
  };
}
