import { enqueue, type JobHandlers } from '../../jobs/index.ts';
import { type Db, transaction } from '../../storage/index.ts';
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

/** Takes over what every phone reported since the last round, then moves phones whose policy has changed. */
export async function pollAndroid(services: AndroidServices): Promise<void> {
  const { devices } = await services.gateway.listDevices();
  const rows = await findAndroidDevices(services.db);
  const byResource = new Map(rows.map((row) => [row.resourceName, row]));
  const byId = new Map(rows.map((row) => [row.deviceId, row]));
  for (const device of devices) {
    const row = byResource.get(device.name) ?? pendingRow(byId, device);
    if (row !== undefined) await takeOver(services, row, device);
  }
  await movePolicies(services);
}

/** The token's data names the device; it counts only while that device waits for its phone. */
function pendingRow(byId: ReadonlyMap<string, AndroidRow>, device: AndroidDevice): AndroidRow | undefined {
  const row = byId.get(device.enrollmentTokenData ?? '');
  return row?.resourceName === null ? row : undefined;
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
    if (atMs === undefined || atMs <= (row.reportedAt?.getTime() ?? 0)) return;
    await saveFacts(tx, deviceId, factsOfDevice(device));
    if (device.hardwareInfo?.model) await nameByModel(tx, deviceId, device.hardwareInfo.model);
    const apps = appsOfDevice(device);
    if (apps !== undefined) await saveApps(tx, deviceId, apps, 'android.applicationReports', atMs);
    await setReportedAt(tx, deviceId, new Date(atMs));
  });
}

async function movePolicies(services: AndroidServices): Promise<void> {
  const placed = new Set<string>();
  for (const row of await findAndroidDevices(services.db)) {
    if (row.resourceName === null) continue;
    const policyId = await placePolicy(services, row.personId, row.ownership, placed.add(row.policyId));
    placed.add(policyId);
    if (policyId === row.policyId) continue;
    await services.gateway.setDevicePolicy(row.resourceName, policyId);
    await putPolicyId(services.db, row.deviceId, policyId);
  }
}
