import { sql } from 'kysely';
import type { Db } from '../storage/index.ts';

export async function findTwoPeople(db: Db): Promise<boolean> {
  const { rows } = await sql<{ two: boolean }>`select two_people as two from threat_clearing`.execute(db);
  return rows[0]?.two ?? false;
}

export async function saveTwoPeople(tx: Db, twoPeople: boolean, now: Date): Promise<void> {
  await sql`insert into threat_clearing (two_people, changed_at) values (${twoPeople}, ${now})
    on conflict (one) do update set two_people = excluded.two_people, changed_at = excluded.changed_at`.execute(tx);
}
