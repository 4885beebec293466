import { sql } from 'kysely';
import type { Db } from '../storage/index.ts';

/** SQL of the places that people sign in from. */

/** The sealed key of the places' hashes. */
export async function findPlaceKey(db: Db): Promise<Buffer | undefined> {
  const { rows } = await sql<{ sealed: Buffer }>`select sealed from people_place_key`.execute(db);
  return rows[0]?.sealed;
}

/** Keeps the key; the first one stays. */
export async function insertPlaceKey(db: Db, sealed: Uint8Array): Promise<void> {
  await sql`insert into people_place_key (sealed) values (${Buffer.from(sealed)}) on conflict do nothing`.execute(db);
}

/** Forgets the places that a person has not signed in from since a time. */
export async function deleteOldPlaces(tx: Db, personId: string, beforeMs: number): Promise<void> {
  await sql`delete from people_places where person_id = ${personId} and last_seen_at < ${new Date(beforeMs)}`.execute(
    tx,
  );
}

/** How many places of a person are kept. */
export async function countPlaces(db: Db, personId: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from people_places
    where person_id = ${personId}`.execute(db);
  return rows[0]?.n ?? 0;
}

/** Keeps a place, or that it was seen again; true when it is new for its person. */
export async function putPlace(tx: Db, personId: string, place: Buffer, nowMs: number): Promise<boolean> {
  const now = new Date(nowMs);
  const { numAffectedRows } = await sql`update people_places set last_seen_at = ${now}
    where person_id = ${personId} and place = ${place}`.execute(tx);
  if (numAffectedRows === 1n) return false;
  await sql`insert into people_places (person_id, place, last_seen_at) values (${personId}, ${place}, ${now})
    on conflict do nothing`.execute(tx);
  return true;
}
