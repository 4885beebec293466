import { createHash } from 'node:crypto';
import { append } from '../audit/index.ts';
import type { ReportFinding } from '../detection/api.ts';
import {
  judge,
  meaningOf,
  timeOfDay,
  type ValueKind,
  valuesOfIndicators,
  type WantedValue,
} from '../detection/index.ts';
import { compileIndicators, type Indicator } from '../detection/indicators/index.ts';
import { readDevice } from '../devices/index.ts';
import { findIndicatorEvidence, keepFinding, tellChange } from '../findings/index.ts';
import type { StixIndicator } from '../formats/stix/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import { openSightingKey, type SightingServices, wantedHashes } from './sightings.ts';
import { findAdded, findCurrent, findSet, type IndicatorRow, lockVersion, updateHunt } from './store-indicators.ts';
import { countSightingDevices, findSighted, type SightedRow } from './store-sightings.ts';

/** Indicators per transaction: a hunt that is broken off loses so much work, and no lock is held for long. */
const PAGE_ROWS = 2000;
/** An indicator that more than a fifth of all phones hold, and more than this many, says nothing: somebody listed a common name. */
const MIN_COMMON_DEVICES = 50;
const COMMON_SHARE = 0.2;
const SHOWN_COMMON = 50;
const SYSTEM = { kind: 'system' } as const;

/**
 * Looks up what a version of a set added in the index of all phones, and opens findings: the job `threats.retro-hunt`.
 *
 * In pages, each a transaction that notes how far it came: after a crash it goes on there, and twice is as good as once.
 */
export async function huntVersion(
  services: SightingServices,
  { setId, version }: { readonly setId: string; readonly version: number },
  now: () => number,
): Promise<void> {
  const { db } = services;
  const key = await openSightingKey(services, now());
  for (let ended = false; !ended; ) {
    ended = await transaction(db, async (tx) => {
      const row = await lockVersion(tx, setId, version);
      const set = await findSet(tx, setId);
      if (row === undefined || set === undefined || row.huntedAt !== null) return true;
      const added = await findAdded(tx, { setId, version, after: row.huntedThrough, limit: PAGE_ROWS });
      const last = added.at(-1);
      if (last !== undefined) {
        const hits = await lookUp(tx, key, added, now());
        const { opened, devices, common } = await openFindings(tx, hits, { setId, name: set.name }, now());
        await updateHunt(tx, {
          ...row,
          huntedThrough: last.id,
          foundCount: row.foundCount + opened,
          deviceCount: row.deviceCount + devices,
          common: [...row.common, ...common].slice(0, SHOWN_COMMON),
        });
        return false;
      }
      await updateHunt(tx, { ...row, huntedAt: new Date(now()) });
      const detail = { name: set.name, version, found: row.foundCount, common: row.common.length };
      await append(tx, {
        actor: SYSTEM,
        action: 'indicators.hunted',
        object: { type: 'indicators', id: setId },
        detail,
      });
      await notify(tx, 'indicators', { setId });
      return true;
    });
  }
}

/** Looks every indicator of this server up in what one device sent: the job `threats.hunt-device`. Twice is as good as once. */
export async function huntDevice(services: SightingServices, deviceId: string, now: () => number): Promise<void> {
  const { db } = services;
  const key = await openSightingKey(services, now());
  for (let after = 0; ; ) {
    const rows = await findCurrent(db, { after, limit: PAGE_ROWS });
    const last = rows.at(-1);
    if (last === undefined) return;
    after = last.id;
    await transaction(db, async (tx) => {
      const own = new Set((await lookUp(tx, key, rows, now(), deviceId)).map(({ rowId }) => rowId));
      if (own.size === 0) return;
      // On all phones, to know which of them are common.
      const seen = rows.filter(({ id }) => own.has(id));
      const hits = await lookUp(tx, key, seen, now());
      for (const setId of new Set(hits.map((hit) => hit.setId))) {
        const set = await findSet(tx, setId);
        if (set === undefined) continue;
        const ofSet = hits.filter((hit) => hit.setId === setId);
        await openFindings(tx, ofSet, { setId, name: set.name, deviceId }, now());
      }
    });
  }
}

/** An indicator on a device: of all its values the strongest evidence, and all days together. */
interface Hit {
  readonly rowId: number;
  readonly setId: string;
  readonly indicator: Indicator;
  readonly deviceId: string;
  readonly kind: ValueKind;
  readonly code: number;
  readonly firstDay: number;
  readonly lastDay: number;
}

async function lookUp(
  tx: Db,
  key: Uint8Array,
  rows: readonly IndicatorRow[],
  nowMs: number,
  deviceId?: string,
): Promise<Hit[]> {
  const setOf = new Map<string, string>();
  const indicators: StixIndicator[] = [];
  for (const { id, setId, detail } of rows) {
    // The row's own number in place of the publisher's id, to find the set again.
    setOf.set(String(id), setId);
    indicators.push({ ...detail, id: String(id) });
  }
  const index = compileIndicators([{ source: '', bundle: { indicators, unsupported: [] } }], { nowMs });
  const publisherId = new Map(rows.map(({ id, detail }) => [String(id), detail.id]));
  const wanted = valuesOfIndicators(index);
  const hits = new Map<string, Hit>();
  for (const row of await findSighted(tx, wantedHashes(key, wanted), deviceId)) {
    const value = wanted[row.n - 1];
    const setId = setOf.get(value?.indicator.id ?? '');
    if (value === undefined || setId === undefined) continue;
    const place = `${value.indicator.id} ${row.deviceId}`;
    const hit = hitOf(row, value, setId);
    hits.set(place, stronger(hits.get(place), hit));
  }
  return [...hits.values()].map((hit) => ({
    ...hit,
    indicator: { ...hit.indicator, id: publisherId.get(hit.indicator.id) ?? '' },
  }));
}

function hitOf(
  { deviceId, first, last, kind: code }: SightedRow,
  { kind, indicator }: WantedValue,
  setId: string,
): Hit {
  return { rowId: Number(indicator.id), setId, indicator, deviceId, kind, code, firstDay: first, lastDay: last };
}

function stronger(known: Hit | undefined, hit: Hit): Hit {
  if (known === undefined) return hit;
  const best = (hit.code & 7) > (known.code & 7) ? hit : known;
  const days = [known.firstDay, hit.firstDay].filter((day) => day > 0);
  return {
    ...best,
    firstDay: days.length === 0 ? 0 : Math.min(...days),
    lastDay: Math.max(known.lastDay, hit.lastDay),
  };
}

async function openFindings(
  tx: Db,
  hits: readonly Hit[],
  set: { readonly setId: string; readonly name: string; readonly deviceId?: string },
  nowMs: number,
): Promise<{ opened: number; devices: number; common: string[] }> {
  const { telling, common } = await withoutCommon(tx, hits);
  const wanted = set.deviceId === undefined ? telling : telling.filter(({ deviceId }) => deviceId === set.deviceId);
  const byDevice = Map.groupBy(wanted, ({ deviceId }) => deviceId);
  let [opened, devices] = [0, 0];
  // In one order, so that two hunts never wait for each other.
  for (const [deviceId, own] of [...byDevice].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const device = await readDevice(tx, deviceId);
    if (device === undefined) continue;
    const known = await findIndicatorEvidence(tx, deviceId);
    const system = device.platform === 'apple' ? 'ios' : 'android';
    let first: string | null = null;
    for (const hit of own) {
      // A name of a program of iPhones is a stranger's on Android.
      if (hit.indicator.platform !== undefined && hit.indicator.platform !== system) continue;
      const finding = findingOf(hit, set.name);
      // What the check itself has found in its place is not told a second time.
      if (
        known.some(
          (row) => row.type === hit.indicator.type && row.value === hit.indicator.value && isNoWeaker(row, finding),
        )
      )
        continue;
      const kept = await keepFinding(tx, SYSTEM, {
        deviceId,
        finding,
        origin: { setId: set.setId },
        now: new Date(nowMs),
      });
      if (!kept.opened) continue;
      opened++;
      first ??= kept.id;
      const detail = { deviceId, setId: set.setId, verdict: finding.verdict, level: finding.level };
      await append(tx, { actor: SYSTEM, action: 'finding.retro', object: { type: 'finding', id: kept.id }, detail });
    }
    if (first === null) continue;
    devices++;
    await tellChange(tx, deviceId, device.personId, first);
  }
  return { opened, devices, common };
}

async function withoutCommon(tx: Db, hits: readonly Hit[]): Promise<{ telling: readonly Hit[]; common: string[] }> {
  const most = Math.max(MIN_COMMON_DEVICES, (await countSightingDevices(tx)) * COMMON_SHARE);
  const counts = new Map<string, number>();
  const nameOf = ({ indicator: { type, value } }: Hit): string => `${type} ${value}`;
  for (const hit of hits) counts.set(nameOf(hit), (counts.get(nameOf(hit)) ?? 0) + 1);
  const isCommon = (name: string): boolean => (counts.get(name) ?? 0) > most;
  return {
    telling: hits.filter((hit) => !isCommon(nameOf(hit))),
    common: [...counts.keys()].filter(isCommon).map((name) => name.slice(0, 200)),
  };
}

const EVIDENCE: readonly string[] = [
  'structure',
  'received',
  'visited',
  'connected',
  'permitted',
  'present',
  'executed',
];

function isNoWeaker(known: { readonly evidence: string; readonly verdict: string }, finding: ReportFinding): boolean {
  const rank = (evidence: string): number => EVIDENCE.indexOf(evidence);
  return (known.verdict === 'trace' || finding.verdict !== 'trace') && rank(known.evidence) >= rank(finding.evidence);
}

/** In place of the value that stood on the phone, which the index does not hold, the finding names the indicator's. */
function findingOf({ indicator, kind, code, firstDay, lastDay }: Hit, source: string): ReportFinding {
  const { evidence, installed } = meaningOf(code);
  const judged = judge({ kind: sightingKindOf(kind), evidence, ...(installed ? { installed } : {}) }, indicator);
  const [first, last] = [timeOfDay(firstDay), timeOfDay(lastDay)];
  const id = createHash('sha256').update(JSON.stringify(['sighting-index', indicator.type, indicator.value]));
  return {
    id: id.digest('hex').slice(0, 32),
    level: judged.level,
    verdict: judged.verdict,
    kind: 'indicator',
    evidence,
    value: indicator.value,
    indicator: {
      id: indicator.id,
      type: indicator.type,
      value: indicator.value,
      collection: indicator.collection,
      source,
    },
    artefact: 'sighting-index',
    path: '',
    locator: first === null || last === null ? '' : `from ${dayOf(first)} to ${dayOf(last)}`,
    at: first === null ? null : new Date(first).toISOString(),
    explanation: `${judged.explanation} It was matched afterwards, with an indicator that was not known at the check: the index keeps only the days and the kind of evidence. Examine the phone again to see where it stands.`,
  };
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function sightingKindOf(kind: ValueKind) {
  switch (kind) {
    case 'domain':
      return 'host';
    case 'under':
    case 'file':
    case 'part':
    case 'component':
      return 'path';
    case 'cut-process':
      return 'process';
    default:
      return kind;
  }
}
