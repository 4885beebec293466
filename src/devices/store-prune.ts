import { sql } from 'kysely';
import type { Db } from '../storage/index.ts';

/** Questions that the server asks by itself, again and again. */
const INQUIRIES = ['DeviceInformation', 'SecurityInfo', 'InstalledApplicationList', 'ProfileList'];
const ENDED = sql`state in ('acknowledged', 'error', 'cancelled')`;

/** Each of these takes away what is older than a time, a number of rows at most, and tells how many there were. */
export async function deleteOldReports(db: Db, before: Date, most: number): Promise<number> {
  const { numAffectedRows } = await sql`delete from devices_reports where (device_id, seq) in (
    select device_id, seq from devices_reports where received_at < ${before} limit ${most})`.execute(db);
  return Number(numAffectedRows ?? 0);
}

export async function deleteOldInquiries(db: Db, before: Date, most: number): Promise<number> {
  const { numAffectedRows } = await sql`delete from devices_commands where id in (
    select id from devices_commands where ${ENDED} and finished_at < ${before} and kind = any(${INQUIRIES}) limit ${most})`.execute(
    db,
  );
  return Number(numAffectedRows ?? 0);
}

/** Of what people ordered, and of profiles, only the bytes go: that it was sent, and what became of it, stays. */
export async function deleteOldAnswers(db: Db, before: Date, most: number): Promise<number> {
  const { numAffectedRows } = await sql`update devices_commands set result = null, payload = ''::bytea where id in (
    select id from devices_commands where ${ENDED} and finished_at < ${before}
      and (result is not null or payload <> ''::bytea) limit ${most})`.execute(db);
  return Number(numAffectedRows ?? 0);
}

export async function deleteOldRefusals(db: Db, before: Date, most: number): Promise<number> {
  const { numAffectedRows } = await sql`delete from devices_refusals where ctid in (
    select ctid from devices_refusals where last_at < ${before} limit ${most})`.execute(db);
  return Number(numAffectedRows ?? 0);
}
