import { createHash } from 'node:crypto';
import type { CheckReport, ReportFinding } from '../detection/api.ts';
import {
  artefactOf,
  BASELINE_KINDS,
  type BaselineItem,
  compareBaselines,
  findingOf,
  readWholly,
  wireFinding,
} from '../detection/index.ts';
import { countPhones, devicesOfSamePhone } from '../devices/index.ts';
import type { Db } from '../storage/index.ts';
import type { CaseDetail } from './api.ts';
import {
  findBaselines,
  findHeld,
  findKeptKinds,
  findOthers,
  findRare,
  type Held,
  type KeptBaseline,
  replaceBaseline,
} from './store-baselines.ts';

/** With fewer other phones of the same system, one of them having a thing alone says nothing. */
const MIN_PHONES = 5;
/** A phone with more that no other has is simply used differently. */
const MAX_RARE = 10;
/** Kinds that are the same on healthy phones of one system. */
const COMPARED_IN_FLEET: readonly BaselineItem['kind'][] = ['network-program', 'running-program'];

/**
 * Tells what changed on a phone since its last check here, and what no other phone with the same system has; keeps the new state.
 *
 * In the caller's transaction. A kind of things that this check did not read whole stays as the check before left it.
 */
export async function compareWithEarlier(
  tx: Db,
  deviceId: string,
  report: CheckReport,
  now: Date,
): Promise<readonly ReportFinding[]> {
  const samePhone = await devicesOfSamePhone(tx, deviceId);
  const earlier = new Map((await findBaselines(tx, samePhone)).map((kept) => [kept.kind, kept]));
  const examined = readWholly(report.examined);
  const osVersion = report.sources.find(({ device }) => device.osVersion !== '')?.device.osVersion ?? '';
  const found = new Map<string, ReportFinding>();
  for (const kind of BASELINE_KINDS) {
    if (!examined.has(artefactOf(kind))) continue;
    const items = (report.baseline ?? []).filter((item) => item.kind === kind);
    const fresh = { kind, osVersion, values: items.map(({ value }) => value) };
    const findings = [...changes(earlier.get(kind), fresh), ...(await rarities(tx, samePhone, fresh))];
    for (const finding of findings) {
      const wired = wireFinding(finding, (text) => createHash('sha256').update(text).digest('hex'));
      found.set(wired.id, wired);
    }
    await replaceBaseline(tx, deviceId, fresh, now);
  }
  return [...found.values()];
}

/** With how many other phones a phone is compared for what it alone has, and how many are needed to say anything. */
export async function readFleet(db: Db, samePhone: readonly string[]): Promise<CaseDetail['fleet']> {
  const kept = await findKeptKinds(db, samePhone, COMPARED_IN_FLEET);
  const [last] = kept;
  if (last === undefined) return null;
  let phones = 0;
  for (const kind of kept.filter(({ checkedAtMs }) => checkedAtMs === last.checkedAtMs))
    phones = Math.max(phones, await countPhones(db, await findOthers(db, samePhone, kind)));
  return { osVersion: last.osVersion, phones, needed: MIN_PHONES };
}

/** All that checks of a device left here, in clear: for the privacy page of whose phone it is. */
export async function readHeld(
  db: Db,
  deviceId: string,
): Promise<Held & { readonly baseline: readonly Pick<KeptBaseline, 'kind' | 'values'>[] }> {
  const baseline = (await findBaselines(db, [deviceId])).filter(({ values }) => values.length > 0);
  return { ...(await findHeld(db, deviceId)), baseline: baseline.map(({ kind, values }) => ({ kind, values })) };
}

type Fresh = Pick<KeptBaseline, 'kind' | 'osVersion' | 'values'>;

function changes(before: KeptBaseline | undefined, now: Fresh): ReturnType<typeof compareBaselines> {
  if (before === undefined) return [];
  const state = ({ kind, osVersion, values }: Fresh) => ({
    osVersion,
    examined: new Set([artefactOf(kind)]),
    items: values.map((value) => ({ kind, value })),
  });
  return compareBaselines(state(before), state(now));
}

async function rarities(tx: Db, samePhone: readonly string[], fresh: Fresh): Promise<ReturnType<typeof findingOf>[]> {
  if (!COMPARED_IN_FLEET.includes(fresh.kind) || fresh.osVersion === '' || fresh.values.length === 0) return [];
  const others = await findOthers(tx, samePhone, fresh);
  const phones = await countPhones(tx, others);
  if (phones < MIN_PHONES) return [];
  const rare = await findRare(tx, others, fresh);
  if (rare.length > MAX_RARE) return [];
  return rare.map((value) =>
    findingOf([fresh.kind, 'rare'], value, {
      level: 'low',
      verdict: 'unusual',
      explanation: `None of the ${phones} other phones here with system ${fresh.osVersion} has this program of the system. It may belong to another model or a function that nobody else uses; look at where it lies and when it began.`,
    }),
  );
}
