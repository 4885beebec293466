import { failureOf, timeToCome } from '../../base/index.ts';
import { enqueue, type JobHandlers } from '../../jobs/index.ts';
import { type Db, transaction } from '../../storage/index.ts';
import { DeviceError } from '../device-error.ts';
import { changeDeviceState, saveApps, saveFacts } from '../registry.ts';
import { type AndroidServices, placePolicy } from './enrol.ts';
import { appsOfDevice, factsOfDevice, reportedAtMs } from './facts-of-device.ts';
import {
  type AndroidRow,
  findAndroidDevices,
  nameByModel,
  putPolicyId,
  setReportedAt,
  setResourceName,
} from './store.ts';
import type { AndroidDevice } from './wire.ts';

const JOB = 'android.poll';
const POLL_EVERY_MS = 60_000; // one listing a minute: far below 1,000 calls per 100 s

/** Asks for the first round; a round that is waiting already is kept at its time. */
export async function startAndroidPolling(db: Db): Promise<void> {
  await enqueue(db, JOB, {}, { jobKey: JOB });
}

/** The job that polls the gateway and asks for its own next round. */
export function androidJobs(services: AndroidServices, everyMs = POLL_EVERY_MS): JobHandlers {
  return {
    async [JOB]() {
      await enqueue(services.db, JOB, {}, { jobKey: JOB, delayMs: everyMs });
      await pollAndroid(services);
    },
  };
}

/**
 * Takes over what every phone reported since the last round, then moves phones whose policy has changed.
 *
 * What is the matter with one phone is kept as its refusal and holds up no other. What is the matter with the API, the database or us ends
 * the round, the last only once every phone had its turn.
 * @throws DeviceError `device-android-gateway`
 */
export async function pollAndroid(services: AndroidServices): Promise<void> {
  const rows = await findAndroidDevices(services.db);
  const byResource = new Map(rows.map((row) => [row.resourceName, row]));
  const byId = new Map(rows.map((row) => [row.deviceId, row]));
  const rowOf = ({ name, enrollmentTokenData = '' }: Pick<AndroidDevice, 'name' | 'enrollmentTokenData'>) =>
    byResource.get(name) ?? waiting(byId.get(enrollmentTokenData));
  const bugs: unknown[] = [];
  for await (const { devices, misshapen } of services.gateway.listDevices()) {
    for (const device of devices) {
      const row = rowOf(device);
      if (row !== undefined) await alone(services, row, bugs, () => takeOver(services, row, device));
    }
    for (const device of misshapen) {
      const row = rowOf(device);
      if (row !== undefined) await alone(services, row, bugs, () => Promise.reject(misshaped()));
    }
  }
  await movePolicies(services, bugs);
  if (bugs.length > 0) throw bugs[0];
}

/** The token's data names the device; it counts only while that device waits for its phone. */
function waiting(row: AndroidRow | undefined): AndroidRow | undefined {
  return row?.resourceName === null ? row : undefined;
}

/** Not the phone's fault, and not this phone's alone. */
const WAITS_FOR_US: ReadonlySet<string> = new Set(['database-unavailable', 'database-busy', 'disk-full']);

/** Does something for one phone, so that its failure stays its own. */
async function alone(
  { refusals }: AndroidServices,
  { deviceId }: AndroidRow,
  bugs: unknown[],
  step: () => Promise<void>,
): Promise<void> {
  try {
    await step();
  } catch (error) {
    const { code, status, sentence } = failureOf(error);
    if (code === 'device-android-gateway' || WAITS_FOR_US.has(code)) throw error;
    if (!(error instanceof DeviceError) && status >= 500) bugs.push(error);
    const own = error instanceof DeviceError ? code : 'device-android-report';
    refusals.note({ deviceId, code: own, why: sentence, place: 'gateway' });
  }
}

function misshaped(): DeviceError {
  return new DeviceError('device-android-form', 502, 'Cannot read report: it does not have the form of the API');
}

/** Of the report that was taken over last; none where it carries a time to come. */
function lastReportMs({ reportedAt }: AndroidRow, nowMs: number): number {
  return reportedAt === null || reportedAt > timeToCome(nowMs) ? 0 : reportedAt.getTime();
}

async function takeOver({ db, now }: AndroidServices, row: AndroidRow, device: AndroidDevice): Promise<void> {
  const { deviceId } = row;
  const atMs = reportedAtMs(device);
  await transaction(db, async (tx) => {
    if (row.resourceName === null) {
      if (!(await setResourceName(tx, deviceId, device.name))) return;
      await changeDeviceState(tx, deviceId, 'enrolled', now());
    }
    if (device.state === 'DELETED') {
      await changeDeviceState(tx, deviceId, 'checked-out', now());
      return;
    }
    if (atMs === undefined || atMs <= lastReportMs(row, now())) return;
    await saveFacts(tx, deviceId, factsOfDevice(device), now());
    if (device.hardwareInfo?.model) await nameByModel(tx, deviceId, device.hardwareInfo.model);
    const apps = appsOfDevice(device);
    if (apps !== undefined) await saveApps(tx, deviceId, apps, 'android.applicationReports', atMs, now());
    await setReportedAt(tx, deviceId, new Date(atMs), timeToCome(now()));
  });
}

async function movePolicies(services: AndroidServices, bugs: unknown[]): Promise<void> {
  const placed = new Set<string>();
  const refused = new Map<string, unknown>();
  for (const row of await findAndroidDevices(services.db)) {
    const { resourceName } = row;
    if (resourceName === null) continue;
    await alone(services, row, bugs, async () => {
      const policyId = await placePolicy(services, row.personId, row.ownership, placed.add(row.policyId), refused);
      placed.add(policyId);
      if (policyId === row.policyId) return;
      await services.gateway.setDevicePolicy(resourceName, policyId);
      await putPolicyId(services.db, row.deviceId, policyId);
    });
  }
}
