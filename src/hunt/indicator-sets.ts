import { createHash } from 'node:crypto';
import { type Actor, append } from '../audit/index.ts';
import { canonicalJson, type Json } from '../base/index.ts';
import { parseIndicatorFile } from '../detection/indicators/index.ts';
import type { ParsedBundle, StixIndicator } from '../formats/stix/index.ts';
import { enqueue } from '../jobs/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import type { AddIndicatorsReply, IndicatorDiff, IndicatorSet, IndicatorSetList, IndicatorVersion } from './api.ts';
import { HuntError } from './hunt-error.ts';
import {
  countSets,
  deleteSet,
  endIndicators,
  findDiff,
  findDigests,
  findSet,
  findSets,
  findVersions,
  insertIndicators,
  insertVersion,
  lockSet,
  type SetRow,
  type VersionRow,
} from './store-indicators.ts';
import { countSightingDevices } from './store-sightings.ts';

const MAX_SETS = 200;
/** The largest public feeds have tens of thousands. */
const MAX_INDICATORS = 200_000;
/** No pattern of a feed is longer; a row of the database must stay small. */
const MAX_VALUE_CHARS = 8192;
const SHOWN_VERSIONS = 10;
const SHOWN_UNSUPPORTED = 50;
const SHOWN_DIFF = 500;

export interface GivenFile {
  readonly set: string;
  readonly file: string;
  readonly isPrivate: boolean;
  readonly bytes: Uint8Array;
}

/**
 * Adds a file of indicators as the next version of a set, and has what is new looked up on all phones.
 *
 * The file's indicators take the place of those before; the same content makes no new version. Throws FormatError of the file's format,
 * HuntError `indicators-file`, `indicators-empty`, `indicators-many`, `indicators-private`.
 */
export async function addIndicators(
  db: Db,
  actor: Actor,
  given: GivenFile,
  nowMs: number,
): Promise<AddIndicatorsReply> {
  const parsed = readFile(given);
  const rows = new Map<string, StixIndicator>();
  for (const indicator of parsed.indicators) {
    const kept = storable(indicator);
    rows.set(digestOf(kept), kept);
  }
  return await transaction(db, async (tx) => {
    const now = new Date(nowMs);
    const set = await lockSet(tx, given.set, given.isPrivate, now);
    if (set.isPrivate !== given.isPrivate) {
      const is = set.isPrivate ? 'private' : 'not private';
      throw new HuntError('indicators-private', 409, `Choose another name: the set "${set.name}" is ${is}`);
    }
    if (set.version === 0 && (await countSets(tx)) > MAX_SETS)
      throw new HuntError('indicators-many', 409, `Delete a set first: there are ${MAX_SETS} already`);
    const before = await findDigests(tx, set.id);
    const added = [...rows].filter(([digest]) => !before.has(digest));
    const removed = [...before].filter((digest) => !rows.has(digest));
    if (set.version > 0 && added.length === 0 && removed.length === 0)
      return { set: await shown(tx, set.id), isNew: false };
    const version = set.version + 1;
    await endIndicators(tx, set.id, version, removed);
    const fresh = added.map(([digest, indicator]) => ({ digest, indicator }));
    await insertIndicators(tx, set.id, version, fresh);
    const counts = { indicatorCount: rows.size, addedCount: added.length, removedCount: removed.length };
    await insertVersion(
      tx,
      {
        setId: set.id,
        version,
        addedBy: actor,
        fileName: text(given.file, 200),
        sha256: createHash('sha256').update(given.bytes).digest(),
        ...counts,
        unsupported: parsed.unsupported
          .slice(0, SHOWN_UNSUPPORTED)
          .map(({ pattern, why }) => ({ pattern: text(pattern, 500), why: text(why, 200) })),
        unsupportedCount: parsed.unsupported.length,
      },
      now,
    );
    const detail = { name: set.name, version, isPrivate: set.isPrivate, ...counts };
    await append(tx, { actor, action: 'indicators.added', object: { type: 'indicators', id: set.id }, detail });
    const jobKey = `threats.retro-hunt.${set.id}.${version}`;
    await enqueue(tx, 'threats.retro-hunt', { setId: set.id, version }, { jobKey });
    await notify(tx, 'indicators', { setId: set.id });
    return { set: await shown(tx, set.id), isNew: true };
  });
}

/** Removes a set with its versions; findings that it led to stay. Throws HuntError `indicators-unknown`. */
export async function removeIndicators(db: Db, actor: Actor, setId: string): Promise<void> {
  await transaction(db, async (tx) => {
    const set = await findSet(tx, setId);
    if (set === undefined || !(await deleteSet(tx, setId))) throw unknownSet();
    const detail = { name: set.name, version: set.version, isPrivate: set.isPrivate };
    await append(tx, { actor, action: 'indicators.removed', object: { type: 'indicators', id: setId }, detail });
    await notify(tx, 'indicators', { setId });
  });
}

/** Lists every set with its last versions. */
export async function listIndicators(db: Db): Promise<IndicatorSetList> {
  const versions = await findVersions(db, SHOWN_VERSIONS);
  const items = (await findSets(db)).map((set) => wireSet(set, versions));
  return { items, phones: await countSightingDevices(db) };
}

/** Tells what came and went between two versions; without them, what the last one changed. Throws HuntError `indicators-unknown`. */
export async function diffIndicators(
  db: Db,
  setId: string,
  { from, to }: { readonly from?: number; readonly to?: number },
): Promise<IndicatorDiff> {
  const set = await findSet(db, setId);
  if (set === undefined) throw unknownSet();
  const last = Math.min(to ?? set.version, set.version);
  const first = Math.min(from ?? Math.max(0, last - 1), last);
  const diff = await findDiff(db, { setId, from: first, to: last, limit: SHOWN_DIFF });
  const row = ({ key, value, collection }: StixIndicator) => ({ type: key, value, collection });
  return { ...diff, from: first, to: last, added: diff.added.map(row), removed: diff.removed.map(row) };
}

function readFile({ file, bytes }: GivenFile): ParsedBundle {
  const parsed = parseIndicatorFile(file, bytes);
  if (parsed === undefined) {
    const kinds = 'STIX 2 (.stix2, .json), a stalkerware list (.yaml) or a plain list (.txt, .csv)';
    throw new HuntError('indicators-file', 400, `Give ${kinds}: "${text(file, 80)}" is none`);
  }
  if (parsed.indicators.length === 0)
    throw new HuntError('indicators-empty', 400, 'Give a file with indicators: none in it can be used');
  if (parsed.indicators.length > MAX_INDICATORS)
    throw new HuntError('indicators-many', 400, `Split the file: it holds more than ${MAX_INDICATORS} indicators`);
  return parsed;
}

/** What PostgreSQL keeps: no NUL, no half characters, no endless values. */
function storable(indicator: StixIndicator): StixIndicator {
  const { id, value, collection, licence } = indicator;
  return {
    ...indicator,
    id: text(id, 200),
    value: text(value, MAX_VALUE_CHARS),
    collection: text(collection, 200),
    ...(licence === undefined ? {} : { licence: text(licence, 300) }),
  };
}

function text(value: string, most: number): string {
  return value.slice(0, most).toWellFormed().replaceAll('\0', '\ufffd');
}

/** The publisher's id is no part of what an indicator says: some feeds make new ones each day. */
function digestOf({ id: _, ...rest }: StixIndicator): string {
  // Undefined members are left out, as JSON does.
  const plain: Json = JSON.parse(JSON.stringify(rest));
  return createHash('sha256').update(canonicalJson(plain)).digest('hex');
}

async function shown(db: Db, setId: string): Promise<IndicatorSet> {
  const set = await findSet(db, setId);
  if (set === undefined) throw unknownSet();
  return wireSet(set, await findVersions(db, SHOWN_VERSIONS));
}

function wireSet(set: SetRow, versions: readonly VersionRow[]): IndicatorSet {
  return { ...set, versions: versions.filter(({ setId }) => setId === set.id).map(wireVersion) };
}

function wireVersion(row: VersionRow): IndicatorVersion {
  const by = row.addedBy;
  const personId = typeof by === 'object' && by !== null && 'personId' in by ? by['personId'] : null;
  return {
    version: row.version,
    addedAtMs: row.addedAt.getTime(),
    addedBy: typeof personId === 'string' ? personId : null,
    fileName: row.fileName,
    sha256: row.sha256,
    indicators: row.indicatorCount,
    added: row.addedCount,
    removed: row.removedCount,
    unsupported: [...row.unsupported],
    unsupportedCount: row.unsupportedCount,
    hunt: {
      endedAtMs: row.huntedAt?.getTime() ?? null,
      found: row.foundCount,
      devices: row.deviceCount,
      common: [...row.common],
    },
  };
}

function unknownSet(): HuntError {
  return new HuntError('indicators-unknown', 404, 'Cannot find indicators: no set has this id');
}
