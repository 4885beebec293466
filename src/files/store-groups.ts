import { sql } from 'kysely';
import type { Db } from '../storage/index.ts';

/** SQL of the groups that files are shared with. */

/** A group that a file is shared with. */
export interface GroupShare {
  readonly groupId: string;
  /** Who was in the group by then may open the file. */
  readonly sharedAtMs: number;
  /** Whom the owner has confirmed since, by person id, each with when. */
  readonly confirmed: Readonly<Record<string, number>>;
}

const ms = (column: string) => sql.raw(`round(extract(epoch from ${column}) * 1000)::float8`);

/** The shares of a file with groups as a column of JSON, for a query over `files f`. */
export const groupShares = sql`(select coalesce(jsonb_agg(jsonb_build_object('groupId', g.group_id,
    'sharedAtMs', ${ms('g.shared_at')},
    'confirmed', (select coalesce(jsonb_object_agg(c.person_id, ${ms('c.confirmed_at')}), '{}') from file_group_members c
      where c.file_id = g.file_id and c.group_id = g.group_id))
    order by g.shared_at, g.group_id), '[]') from file_groups g where g.file_id = f.id)`;

/** Shares a file with a group; one that it is shared with already stays as it was, so that nobody is confirmed by it. */
export async function insertGroupShare(tx: Db, fileId: string, groupId: string, nowMs: number): Promise<void> {
  await sql`insert into file_groups (file_id, group_id, shared_at) values (${fileId}, ${groupId}, ${new Date(nowMs)})
    on conflict do nothing`.execute(tx);
}

/** Takes a file from a group, with whom the owner had confirmed. */
export async function deleteGroupShare(tx: Db, fileId: string, groupId: string): Promise<void> {
  await sql`delete from file_groups where file_id = ${fileId} and group_id = ${groupId}`.execute(tx);
}

/** Confirms somebody in a group that the file is shared with. */
export async function confirmMember(
  tx: Db,
  fileId: string,
  groupId: string,
  personId: string,
  nowMs: number,
): Promise<void> {
  await sql`insert into file_group_members (file_id, group_id, person_id, confirmed_at)
    values (${fileId}, ${groupId}, ${personId}, ${new Date(nowMs)})
    on conflict (file_id, group_id, person_id) do update set confirmed_at = excluded.confirmed_at`.execute(tx);
}

/** A file that is shared with groups and opens for others than its owner, as far as it matters who may. */
export interface SharedFile {
  readonly id: string;
  readonly title: string;
  readonly ownerId: string;
  readonly groups: readonly GroupShare[];
}

/** Lists the files of an owner, or of everybody, that are shared with some group, or with one, and are not over; newest first. */
export async function listSharedFiles(
  db: Db,
  { ownerId, groupId }: { readonly ownerId?: string; readonly groupId?: string },
  nowMs: number,
): Promise<SharedFile[]> {
  const now = new Date(nowMs);
  const [owner, group] = [ownerId ?? null, groupId ?? null];
  const { rows } =
    await sql<SharedFile>`select f.id, f.title, f.owner_id as "ownerId", ${groupShares} as groups from files f
    where (${owner}::uuid is null or f.owner_id = ${owner}::uuid)
      and exists (select 1 from file_groups s where s.file_id = f.id and (${group}::uuid is null or s.group_id = ${group}::uuid))
      and f.revoked_at is null and (f.policy_ends_at is null or f.policy_ends_at > ${now})
      and (f.expires_at is null or f.expires_at > ${now})
    order by f.created_at desc, f.id desc`.execute(db);
  return rows;
}
