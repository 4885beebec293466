import { sql } from 'kysely';
import type { Db } from '../storage/index.ts';

type PrivacyTables = {
  access_views: { device_id: string; viewer_id: string | null; token_name: string | null; what: string; at: Date };
};

const tables = (db: Db) => db.withTables<PrivacyTables>();

/** Who looked: a person, or an API token by its name. */
export type Viewer = { readonly viewerId: string } | { readonly tokenName: string };

/** Writes down a look at a device; false when the same look was written down since `sinceMs`. */
export async function insertView(
  tx: Db,
  view: { deviceId: string; viewer: Viewer; what: string; nowMs: number; sinceMs: number },
): Promise<boolean> {
  const viewerId = 'viewerId' in view.viewer ? view.viewer.viewerId : null;
  const tokenName = 'tokenName' in view.viewer ? view.viewer.tokenName : null;
  const { rows } = await sql`insert into access_views (device_id, viewer_id, token_name, what, at)
    select ${view.deviceId}::uuid, ${viewerId}::uuid, ${tokenName}::text, ${view.what}, ${new Date(view.nowMs)}::timestamptz
    where not exists (select 1 from access_views where device_id = ${view.deviceId}::uuid
      and viewer_id is not distinct from ${viewerId}::uuid and token_name is not distinct from ${tokenName}::text
      and what = ${view.what} and at > ${new Date(view.sinceMs)}) returning 1`.execute(tx);
  return rows.length > 0;
}

/** The newest 100 looks at these devices. */
export async function findViews(
  db: Db,
  deviceIds: readonly string[],
): Promise<{ deviceId: string; viewer: Viewer; what: string; atMs: number }[]> {
  if (deviceIds.length === 0) return [];
  const rows = await tables(db)
    .selectFrom('access_views')
    .select(['device_id', 'viewer_id', 'token_name', 'what', 'at'])
    .where('device_id', 'in', [...deviceIds])
    .orderBy('at', 'desc')
    .limit(100)
    .execute();
  return rows.map((row) => ({
    deviceId: row.device_id,
    viewer: row.viewer_id === null ? { tokenName: row.token_name ?? '' } : { viewerId: row.viewer_id },
    what: row.what,
    atMs: row.at.getTime(),
  }));
}
