import { sql } from 'kysely';
import type { Db } from '../storage/index.ts';

export type CommandState = 'queued' | 'notnow' | 'acknowledged' | 'error' | 'cancelled';

/** A command as it is listed. */
export interface CommandRow {
  readonly id: string;
  readonly seq: number;
  readonly kind: string;
  readonly state: CommandState;
  readonly createdAt: Date;
  readonly sentAt: Date | null;
  readonly finishedAt: Date | null;
  readonly error: string | null;
}

export async function insertCommand(
  tx: Db,
  row: { id: string; deviceId: string; kind: string; payload: Uint8Array; profileId: string | null; now: Date },
): Promise<void> {
  await sql`insert into devices_commands (id, device_id, kind, payload, profile_id, state, created_at)
    values (${row.id}, ${row.deviceId}, ${row.kind}, ${Buffer.from(row.payload)}, ${row.profileId}, 'queued', ${row.now})`.execute(
    tx,
  );
}

/** True when a command of this kind waits already. */
export async function commandWaits(db: Db, deviceId: string, kind: string): Promise<boolean> {
  const { rows } = await sql`select from devices_commands
    where device_id = ${deviceId} and kind = ${kind} and state in ('queued', 'notnow') limit 1`.execute(db);
  return rows.length > 0;
}

/** How many commands of this kind were queued since a time, whatever became of them. */
export async function countCommands(db: Db, deviceId: string, kind: string, since: Date): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from devices_commands
    where device_id = ${deviceId} and kind = ${kind} and created_at > ${since}`.execute(db);
  return rows[0]?.n ?? 0;
}

/** The oldest command that waits, of one kind when given; after anything but Idle those that the phone put off in this connection are passed over. */
export async function takeNextCommand(
  db: Db,
  deviceId: string,
  withNotNow: boolean,
  now: Date,
  only?: string,
): Promise<{ readonly id: string; readonly kind: string; readonly payload: Uint8Array } | undefined> {
  const { rows } = await sql<{
    id: string;
    kind: string;
    payload: Uint8Array;
  }>`update devices_commands set sent_at = coalesce(sent_at, ${now})
    where id = (select id from devices_commands
      where device_id = ${deviceId} and state in ('queued', 'notnow') and (${withNotNow} or state = 'queued')
        and (${only ?? null}::text is null or kind = ${only ?? null})
      order by seq limit 1)
      and state in ('queued', 'notnow') -- once more: one that is withdrawn meanwhile is not sent
    returning id, kind, payload`.execute(db);
  return rows[0];
}

export async function putOffCommand(db: Db, deviceId: string, id: string): Promise<void> {
  await sql`update devices_commands set state = 'notnow'
    where id::text = lower(${id}) and device_id = ${deviceId} and state in ('queued', 'notnow')`.execute(db);
}

/** Ends a command and returns its kind and profile; nothing when it is unknown or has ended before. */
export async function finishCommand(
  tx: Db,
  deviceId: string,
  id: string,
  end: {
    readonly state: 'acknowledged' | 'error';
    readonly result: Uint8Array;
    readonly error: string | null;
    readonly now: Date;
  },
): Promise<{ readonly kind: string; readonly profileId: string | null } | undefined> {
  const { rows } = await sql<{ kind: string; profileId: string | null }>`update devices_commands
    set state = ${end.state}, result = ${Buffer.from(end.result)}, error = ${end.error}, finished_at = ${end.now}
    where id::text = lower(${id}) and device_id = ${deviceId} and state in ('queued', 'notnow')
    returning kind, profile_id as "profileId"`.execute(tx);
  return rows[0];
}

/** Cancels what installs another profile than the wanted one, or removes the wanted one, and has not been sent. */
export async function cancelOtherProfiles(tx: Db, deviceId: string, wanted: string | null, now: Date): Promise<void> {
  await sql`update devices_commands set state = 'cancelled', finished_at = ${now}
    where device_id = ${deviceId} and kind in ('InstallProfile', 'RemoveProfile') and state in ('queued', 'notnow') and sent_at is null
      and profile_id is distinct from ${wanted}`.execute(tx);
}

/** The newest command that installs or removes the policy profile and was not cancelled. */
export async function findProfileCommand(
  db: Db,
  deviceId: string,
): Promise<{ state: CommandState; profileId: string | null; finishedAt: Date | null } | undefined> {
  const { rows } = await sql<{ state: CommandState; profileId: string | null; finishedAt: Date | null }>`
    select state, profile_id as "profileId", finished_at as "finishedAt" from devices_commands
    where device_id = ${deviceId} and kind in ('InstallProfile', 'RemoveProfile') and state <> 'cancelled'
    order by seq desc limit 1`.execute(db);
  return rows[0];
}

export async function cancelCommands(tx: Db, deviceId: string, now: Date): Promise<void> {
  await sql`update devices_commands set state = 'cancelled', finished_at = ${now}
    where device_id = ${deviceId} and state in ('queued', 'notnow')`.execute(tx);
}

/** Cancels a command of these kinds that was never sent, and says what stands in the way otherwise. */
export async function withdrawCommand(
  tx: Db,
  deviceId: string,
  id: string,
  kinds: readonly string[],
  now: Date,
): Promise<
  { readonly outcome: 'withdrawn'; readonly kind: string } | { readonly outcome: 'unknown' | 'sent' | 'ended' }
> {
  const withdrawn = await sql<{ kind: string }>`update devices_commands set state = 'cancelled', finished_at = ${now}
    where id = ${id} and device_id = ${deviceId} and kind = any(${kinds}) and state = 'queued' and sent_at is null
    returning kind`.execute(tx);
  const [row] = withdrawn.rows;
  if (row !== undefined) return { outcome: 'withdrawn', kind: row.kind };
  const { rows } = await sql<{ state: CommandState }>`select state from devices_commands
    where id = ${id} and device_id = ${deviceId} and kind = any(${kinds})`.execute(tx);
  if (rows[0] === undefined) return { outcome: 'unknown' };
  return { outcome: rows[0].state === 'queued' || rows[0].state === 'notnow' ? 'sent' : 'ended' };
}

/** Newest first, one more than `limit` when there are more. */
export async function findCommands(
  db: Db,
  deviceId: string,
  before: number | undefined,
  limit: number,
): Promise<readonly CommandRow[]> {
  const { rows } = await sql<CommandRow>`select id, seq, kind, state, created_at as "createdAt", sent_at as "sentAt",
      finished_at as "finishedAt", error
    from devices_commands where device_id = ${deviceId} and (${before ?? null}::bigint is null or seq < ${before ?? null})
    order by seq desc limit ${limit + 1}`.execute(db);
  return rows;
}
