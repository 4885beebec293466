import { append } from '../audit/index.ts';
import { CLOCK_SKEW_MS } from '../base/index.ts';
import { readDevice } from '../devices/index.ts';
import { type JobHandlers, requestReassess, type Touched, touchedOf } from '../jobs/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import { currentRules } from './authorize.ts';
import { type Decision, decide } from './decide.ts';
import type { Posture } from './facts.ts';
import { gatherPosture } from './posture.ts';
import {
  type DeviceStateRow,
  deleteDeviceState,
  findDeviceState,
  findDeviceStates,
  insertNotice,
  insertStateChange,
  lockDeviceState,
  saveDeviceState,
} from './store-states.ts';

// Facts grow old and lessons fall due without any event: each device is looked at again at least this often.
const LOOK_AGAIN_MS = 3_600_000;

/** The job that follows every changed fact: it pushes consequences, which the decision at use does not wait for. */
export function accessJobs({ db, now }: { db: Db; now: () => number }): JobHandlers {
  return {
    'access.reassess': async (payload) => {
      for (const id of await devicesOf(db, touchedOf(payload))) await reassess(db, id, now());
    },
  };
}

async function devicesOf(db: Db, touched: Touched): Promise<readonly string[]> {
  if (touched !== 'everyone' && 'deviceId' in touched) return [touched.deviceId];
  const states = await findDeviceStates(db, touched === 'everyone' ? {} : touched);
  return states.map((state) => state.deviceId);
}

/**
 * Computes where a device stands; on a change, and when it has left, it tells the person and ends open views.
 *
 * Never locks or erases. Safe to run twice: without a change only the time of assessment moves.
 */
export async function reassess(db: Db, deviceId: string, nowMs: number): Promise<void> {
  await transaction(db, async (tx) => {
    await lockDeviceState(tx, deviceId);
    const device = await readDevice(tx, deviceId);
    if (device === undefined || device.state !== 'enrolled') {
      const former = await findDeviceState(tx, deviceId);
      await deleteDeviceState(tx, deviceId);
      if (former !== undefined && device !== undefined)
        await insertNotice(tx, former.personId, deviceId, leftText(device.name), nowMs);
      await notify(tx, 'access', { personId: device?.personId ?? null, deviceId, state: 'unknown' });
      return;
    }
    const before = await findDeviceState(tx, deviceId);
    const posture = await gatherPosture(tx, device.personId, deviceId);
    const decision = decide(posture, (await currentRules(tx)).rules, nowMs);
    const after = nextState(before, decision, deviceId, device.personId, nowMs);
    await saveDeviceState(tx, after, nowMs);
    if (before?.state !== after.state || codesOf(before) !== codesOf(after))
      await tell(tx, before, after, hasJoined(posture), nowMs);
    await requestReassess(tx, { deviceId }, LOOK_AGAIN_MS);
  });
}

function leftText(name: string): string {
  return `Your phone “${name}” no longer belongs to the organisation. If you still work with it, ask your administrator for an enrolment link`;
}

// While these facts are unknown the failure is not over: falling silent must not start its grace anew.
const FACTS_OF: Readonly<Record<string, readonly string[]>> = {
  'os.too-old': ['os.version', 'os.patchLevel'],
  'passcode.missing': ['passcode.present'],
  'passcode.weak': ['passcode.compliant', 'passcode.rule'],
  'encryption.off': ['encryption.enabled', 'encryption.hardware'],
  'integrity.rooted': ['integrity.rooted'],
};

function nextState(
  before: DeviceStateRow | undefined,
  decision: Decision,
  deviceId: string,
  personId: string,
  nowMs: number,
): DeviceStateRow {
  const firstFailedAtMs: Record<string, number> = {};
  // A stamp from time to come is of a clock that was ahead: it would hold the grace back until then.
  const known = Object.entries(before?.firstFailedAtMs ?? {}).filter(([, atMs]) => atMs <= nowMs + CLOCK_SKEW_MS);
  for (const { code } of decision.reasons) firstFailedAtMs[code] = nowMs;
  for (const [code, atMs] of known) {
    if (code in firstFailedAtMs) firstFailedAtMs[code] = atMs;
    const judged = FACTS_OF[code];
    const unknown = decision.reasons.some(
      (item) => item.code.startsWith('device.') || (item.severity === 'unknown' && judged?.includes(item.factName)),
    );
    if (judged !== undefined && unknown) firstFailedAtMs[code] ??= atMs;
  }
  const sinceMs = before?.state === decision.state ? before.sinceMs : nowMs;
  return { deviceId, personId, state: decision.state, reasons: decision.reasons, sinceMs, firstFailedAtMs };
}

/** Before she joins a person cannot do anything about her phone: what she then reads first would be old. */
function hasJoined({ person }: Posture): boolean {
  return person !== null && person.joinedAtMs !== null;
}

async function tell(
  tx: Db,
  before: DeviceStateRow | undefined,
  after: DeviceStateRow,
  toOwner: boolean,
  nowMs: number,
): Promise<void> {
  const { deviceId, personId, state, reasons } = after;
  if (before?.state !== state) {
    await insertStateChange(tx, after, nowMs);
    await append(tx, {
      actor: { kind: 'system' },
      action: 'access.state.changed',
      object: { type: 'device', id: deviceId },
      detail: { from: before?.state ?? null, to: state, reasons: reasons.map((item) => item.code) },
    });
    const worst = state === 'fine' ? undefined : reasons[0]; // what is only due soon stands under what comes next
    const text = worst === undefined ? 'Your phone is set for work' : `${worst.text}. ${worst.remedy.title}`;
    if (toOwner) await insertNotice(tx, personId, deviceId, text, nowMs);
  }
  await notify(tx, 'access', { personId, deviceId, state });
}

function codesOf(state: DeviceStateRow | undefined): string {
  return (state?.reasons ?? []).map((item) => `${item.code} ${item.severity} ${item.factName}`).join('\n');
}
