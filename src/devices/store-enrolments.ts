import { sql } from 'kysely';
import type { Db } from '../storage/index.ts';
import type { Ownership, Platform } from './device.ts';

/** An invitation that is neither used nor expired. */
export interface EnrolmentRow {
  readonly id: string;
  readonly deviceId: string;
  readonly platform: Platform;
  readonly personId: string;
  readonly ownership: Ownership;
  readonly expiresAt: Date;
}

export async function insertEnrolment(
  tx: Db,
  row: { deviceId: string; tokenHash: Buffer; now: Date; expiresAt: Date },
): Promise<string> {
  const { rows } = await sql<{
    id: string;
  }>`insert into devices_enrolments (device_id, token_hash, created_at, expires_at)
    values (${row.deviceId}, ${row.tokenHash}, ${row.now}, ${row.expiresAt}) returning id`.execute(tx);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('insert returned no row');
  return id;
}

export async function findEnrolment(
  db: Db,
  tokenHash: Buffer,
  now: Date,
): Promise<(EnrolmentRow & { used: boolean }) | undefined> {
  const { rows } = await sql<EnrolmentRow & { used: boolean }>`select e.id, e.device_id as "deviceId", d.platform,
      d.person_id as "personId", d.ownership, e.expires_at as "expiresAt", (e.used_at is not null or (d.platform = 'android' and d.state <> 'pending')) as used
    from devices_enrolments e join devices d on d.id = e.device_id
    where e.token_hash = ${tokenHash} and e.expires_at > ${now} and d.state <> 'checked-out'`.execute(db);
  return rows[0];
}

export async function setScepChallenge(db: Db, enrolmentId: string, hash: Buffer): Promise<void> {
  await sql`update devices_enrolments set scep_challenge_hash = ${hash}
    where id = ${enrolmentId} and used_at is null`.execute(db);
}

/** Uses up a SCEP challenge; returns its device, or nothing when it is unknown, used or expired. */
export async function takeScepChallenge(tx: Db, hash: Buffer, now: Date): Promise<string | undefined> {
  const { rows } = await sql<{ deviceId: string }>`update devices_enrolments set scep_challenge_hash = null
    where scep_challenge_hash = ${hash} and expires_at > ${now} and used_at is null returning device_id as "deviceId"`.execute(
    tx,
  );
  return rows[0]?.deviceId;
}

/** Lets every link that a device was given before end now, also for binding a browser. */
export async function expireInvitations(tx: Db, deviceId: string, now: Date): Promise<void> {
  await sql`update devices_enrolments set expires_at = least(expires_at, ${now}), bind_challenge_hash = null
    where device_id = ${deviceId}`.execute(tx);
}

/** Ends every invitation of a device and the challenges that wait for an answer. */
export async function endInvitations(tx: Db, deviceId: string, now: Date): Promise<void> {
  await sql`update devices_enrolments set used_at = coalesce(used_at, ${now}), scep_challenge_hash = null, bind_challenge_hash = null
    where device_id = ${deviceId}`.execute(tx);
}

export async function setBindChallenge(db: Db, enrolmentId: string, hash: Buffer): Promise<void> {
  await sql`update devices_enrolments set bind_challenge_hash = ${hash} where id = ${enrolmentId}`.execute(db);
}

/** Whose phone a binding challenge is for; nothing when it is unknown, used or expired. */
export async function findBindOwner(db: Db, hash: Buffer, now: Date): Promise<string | undefined> {
  const { rows } = await sql<{ personId: string }>`select d.person_id as "personId"
    from devices_enrolments e join devices d on d.id = e.device_id
    where e.bind_challenge_hash = ${hash} and e.expires_at > ${now}`.execute(db);
  return rows[0]?.personId;
}

/** Uses up a binding challenge; returns its device, or nothing when it is unknown, used or expired. */
export async function takeBindChallenge(tx: Db, hash: Buffer, now: Date): Promise<string | undefined> {
  const { rows } = await sql<{ deviceId: string }>`update devices_enrolments set bind_challenge_hash = null
    where bind_challenge_hash = ${hash} and expires_at > ${now} returning device_id as "deviceId"`.execute(tx);
  return rows[0]?.deviceId;
}
