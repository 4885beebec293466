import { sql } from 'kysely';
import type { Db } from '../../storage/index.ts';
import type { DeviceState, Ownership } from '../device.ts';
import { UNNAMED } from '../enrolments.ts';

/** An Android device with what the gateway knows it by. */
export interface AndroidRow {
  readonly deviceId: string;
  readonly personId: string;
  readonly ownership: Ownership;
  readonly state: DeviceState;
  readonly resourceName: string | null;
  readonly policyId: string;
  readonly reportedAt: Date | null;
}

/** Remembers the policy that a device was given. */
export async function putPolicyId(tx: Db, deviceId: string, policyId: string): Promise<void> {
  await sql`insert into devices_android (device_id, policy_id) values (${deviceId}, ${policyId})
    on conflict (device_id) do update set policy_id = excluded.policy_id`.execute(tx);
}

/** Calls a phone that nobody has named after its model: Android phones report no name of their own. */
export async function nameByModel(tx: Db, deviceId: string, model: string): Promise<void> {
  await sql`update devices set name = ${model.slice(0, 120)} where id = ${deviceId} and name = ${UNNAMED.android}`.execute(
    tx,
  );
}

/** Lists the Android devices in service. */
export async function findAndroidDevices(db: Db): Promise<readonly AndroidRow[]> {
  const { rows } = await sql<AndroidRow>`select d.id as "deviceId", d.person_id as "personId", d.ownership, d.state,
      a.resource_name as "resourceName", a.policy_id as "policyId", a.reported_at as "reportedAt"
    from devices d join devices_android a on a.device_id = d.id where d.state <> 'checked-out' order by d.id`.execute(
    db,
  );
  return rows;
}

/** Names a device by its resource, once: false when it has another one. */
export async function setResourceName(tx: Db, deviceId: string, resourceName: string): Promise<boolean> {
  const { numAffectedRows } = await sql`update devices_android set resource_name = ${resourceName}
    where device_id = ${deviceId} and resource_name is null`.execute(tx);
  if (numAffectedRows !== 1n) return false;
  await sql`update devices set native_id = ${resourceName} where id = ${deviceId}`.execute(tx);
  return true;
}

/** Records that the phone was heard of, and which report was taken over. @param toCome a stamp beyond it is of a clock that was wrong */
export async function setReportedAt(tx: Db, deviceId: string, at: Date, toCome: Date): Promise<void> {
  await sql`update devices_android set reported_at = ${at} where device_id = ${deviceId}`.execute(tx);
  await sql`update devices set last_seen_at = case when last_seen_at > ${toCome} then ${at} else greatest(last_seen_at, ${at}) end
    where id = ${deviceId}`.execute(tx);
}
