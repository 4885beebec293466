import { sql } from 'kysely';
import type { Db } from '../../storage/index.ts';

/** Begins a renewal, or begins it again; what a former try got is void once another challenge is sent. */
export async function putRenewal(tx: Db, deviceId: string, now: Date): Promise<void> {
  await sql`insert into devices_renewals (device_id, asked_at) values (${deviceId}, ${now})
    on conflict (device_id) do update set asked_at = excluded.asked_at`.execute(tx);
}

/** Keeps the challenge that is sent now; a former one is void. */
export async function setRenewalChallenge(db: Db, deviceId: string, hash: Buffer, now: Date): Promise<void> {
  await sql`update devices_renewals set scep_challenge_hash = ${hash}, sent_at = ${now}, fingerprint = null
    where device_id = ${deviceId}`.execute(db);
}

/** Uses up a challenge that was sent after `since` to a device in service; returns the device. */
export async function takeRenewalChallenge(tx: Db, hash: Buffer, since: Date): Promise<string | undefined> {
  const { rows } = await sql<{ deviceId: string }>`update devices_renewals r set scep_challenge_hash = null
    from devices d where d.id = r.device_id and d.state = 'enrolled' and r.scep_challenge_hash = ${hash} and r.sent_at > ${since}
    returning r.device_id as "deviceId"`.execute(tx);
  return rows[0]?.deviceId;
}

export async function setRenewalCertificate(tx: Db, deviceId: string, fingerprint: Buffer): Promise<void> {
  await sql`update devices_renewals set fingerprint = ${fingerprint} where device_id = ${deviceId}`.execute(tx);
}

/** Pins a certificate beside the one that it renews; false when it is not of a renewal. */
export async function pinRenewed(tx: Db, deviceId: string, fingerprint: Buffer, now: Date): Promise<boolean> {
  const { rows } = await sql`update devices_certificates c set pinned_at = coalesce(pinned_at, ${now})
    from devices_renewals r where r.device_id = ${deviceId} and r.fingerprint = ${fingerprint}
      and c.fingerprint = r.fingerprint and c.device_id = r.device_id and c.retired_at is null returning 1`.execute(tx);
  return rows.length > 0;
}

/** Ends a renewal whose certificate is in use, and retires every other one of the device; false when there is none. */
export async function endRenewal(tx: Db, deviceId: string, fingerprint: Buffer, now: Date): Promise<boolean> {
  const { rows } = await sql`delete from devices_renewals
    where device_id = ${deviceId} and fingerprint = ${fingerprint} returning 1`.execute(tx);
  if (rows.length === 0) return false;
  await sql`update devices_certificates set retired_at = ${now}
    where device_id = ${deviceId} and fingerprint <> ${fingerprint} and retired_at is null`.execute(tx);
  return true;
}

/** Enrolled phones that speak by a certificate which ends before a time, the first to end first: they put its renewal off. */
export async function findLateRenewals(
  db: Db,
  before: Date,
): Promise<readonly { readonly deviceId: string; readonly personId: string; readonly expiresAt: Date }[]> {
  const { rows } = await sql<{ deviceId: string; personId: string; expiresAt: Date }>`
    select d.id as "deviceId", d.person_id as "personId", max(c.expires_at) as "expiresAt"
    from devices d join devices_certificates c on c.device_id = d.id
    where d.state = 'enrolled' and c.retired_at is null and c.pinned_at is not null
    group by d.id having max(c.expires_at) < ${before} order by 3, 1 limit 50`.execute(db);
  return rows;
}
