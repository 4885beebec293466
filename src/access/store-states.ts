import { sql } from 'kysely';
import type { Db } from '../storage/index.ts';
import type { AccessState, ReasonView } from './api.ts';

type StateTables = {
  device_states: {
    device_id: string;
    person_id: string;
    state: AccessState;
    reasons: unknown;
    since: Date;
    first_failed: unknown;
    assessed_at: Date;
  };
  device_state_changes: { device_id: string; state: AccessState; reasons: unknown; at: Date };
  access_notices: { id: string; person_id: string; device_id: string; text: string; created_at: Date };
};

const tables = (db: Db) => db.withTables<StateTables>();

/** Where a device stood when it was last assessed. */
export interface DeviceStateRow {
  readonly deviceId: string;
  readonly personId: string;
  readonly state: AccessState;
  readonly reasons: readonly ReasonView[];
  readonly sinceMs: number;
  readonly firstFailedAtMs: Readonly<Record<string, number>>;
}

/** Makes assessments of one device follow each other. */
export async function lockDeviceState(tx: Db, deviceId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`access.state ${deviceId}`}, 0))`.execute(tx);
}

export async function findDeviceState(db: Db, deviceId: string): Promise<DeviceStateRow | undefined> {
  return (await findDeviceStates(db, { deviceId }))[0];
}

export async function findDeviceStates(
  db: Db,
  filter: { readonly personId?: string; readonly deviceId?: string; readonly notFine?: true; readonly limit?: number },
): Promise<readonly DeviceStateRow[]> {
  let query = tables(db).selectFrom('device_states').selectAll().orderBy('since', 'desc').orderBy('device_id');
  if (filter.personId !== undefined) query = query.where('person_id', '=', filter.personId);
  if (filter.deviceId !== undefined) query = query.where('device_id', '=', filter.deviceId);
  if (filter.notFine === true) query = query.where('state', '<>', 'fine');
  if (filter.limit !== undefined) query = query.limit(filter.limit);
  return (await query.execute()).map((row) => ({
    deviceId: row.device_id,
    personId: row.person_id,
    state: row.state,
    reasons: row.reasons as ReasonView[], // written by saveDeviceState() alone
    sinceMs: row.since.getTime(),
    firstFailedAtMs: row.first_failed as Record<string, number>, // written by saveDeviceState() alone
  }));
}

export async function saveDeviceState(tx: Db, state: DeviceStateRow, nowMs: number): Promise<void> {
  const values = {
    person_id: state.personId,
    state: state.state,
    reasons: JSON.stringify(state.reasons),
    since: new Date(state.sinceMs),
    first_failed: JSON.stringify(state.firstFailedAtMs),
    assessed_at: new Date(nowMs),
  };
  await tables(tx)
    .insertInto('device_states')
    .values({ device_id: state.deviceId, ...values })
    .onConflict((c) => c.column('device_id').doUpdateSet(values))
    .execute();
}

export async function deleteDeviceState(tx: Db, deviceId: string): Promise<void> {
  await tables(tx).deleteFrom('device_states').where('device_id', '=', deviceId).execute();
}

export async function insertStateChange(tx: Db, state: DeviceStateRow, nowMs: number): Promise<void> {
  await tables(tx)
    .insertInto('device_state_changes')
    .values({
      device_id: state.deviceId,
      state: state.state,
      reasons: JSON.stringify(state.reasons),
      at: new Date(nowMs),
    })
    .execute();
}

/** Where each enrolled device stands, for the fleet list. */
export async function findFleetStates(db: Db): Promise<readonly { deviceId: string; state: AccessState }[]> {
  const rows = await tables(db).selectFrom('device_states').select(['device_id', 'state']).execute();
  return rows.map((row) => ({ deviceId: row.device_id, state: row.state }));
}

export async function countStates(db: Db): Promise<Record<AccessState, number>> {
  const rows = await tables(db)
    .selectFrom('device_states')
    .select((eb) => ['state', eb.fn.countAll<number>().as('n')])
    .groupBy('state')
    .execute();
  const counts = { fine: 0, grace: 0, blocked: 0, unknown: 0 };
  for (const row of rows) counts[row.state] = row.n;
  return counts;
}

export async function insertNotice(
  tx: Db,
  personId: string,
  deviceId: string,
  text: string,
  nowMs: number,
): Promise<void> {
  await tables(tx)
    .insertInto('access_notices')
    .values({ id: crypto.randomUUID(), person_id: personId, device_id: deviceId, text, created_at: new Date(nowMs) })
    .execute();
}

/** What a person was told last of each of her devices, newest first. */
export async function findLastNotices(
  db: Db,
  personId: string,
): Promise<{ id: string; text: string; deviceId: string; createdAtMs: number }[]> {
  type Row = { id: string; text: string; deviceId: string; createdAt: Date };
  const { rows } = await sql<Row>`select * from (
      select distinct on (n.device_id) n.id, n.text, n.device_id as "deviceId", n.created_at as "createdAt"
      from access_notices n
      where n.person_id = ${personId} order by n.device_id, n.created_at desc, n.id) last
    order by "createdAt" desc limit 20`.execute(db);
  return rows.map(({ createdAt, ...notice }) => ({ ...notice, createdAtMs: createdAt.getTime() }));
}

/** How many decisions about a person's openings are kept, each with what was known of her device then. */
export async function countDecisions(db: Db, personId: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from access_decisions
    where person_id = ${personId}`.execute(db);
  return rows[0]?.count ?? 0;
}
