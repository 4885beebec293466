import { sql } from 'kysely';
import { type Json, timeToCome } from '../base/index.ts';
import type { Db } from '../storage/index.ts';
import type { DeviceState, NewDevice, Ownership, Platform, ReportedApp } from './device.ts';
import type { Fact } from './facts.ts';

/** A row of `devices`. */
export interface DeviceRow {
  readonly id: string;
  readonly personId: string;
  readonly platform: Platform;
  readonly ownership: Ownership;
  readonly state: DeviceState;
  readonly nativeId: string | null;
  readonly name: string;
  readonly model: string;
  readonly osVersion: string;
  readonly createdAt: Date;
  readonly enrolledAt: Date | null;
  readonly checkedOutAt: Date | null;
  readonly lastSeenAt: Date | null;
  readonly browserBound: boolean;
  /** When a release marked it as not the phone that it claimed to be. */
  readonly claimFalseAt: Date | null;
  /** What lists are sorted by: PostgreSQL lowers some letters otherwise than JavaScript does. */
  readonly sortName: string;
}

const columns = sql`d.id, d.person_id as "personId", d.platform, d.ownership, d.state,
  d.native_id as "nativeId", d.name, d.model, d.os_version as "osVersion", d.created_at as "createdAt", d.enrolled_at as "enrolledAt",
  d.checked_out_at as "checkedOutAt", d.last_seen_at as "lastSeenAt", d.browser_key_thumbprint is not null as "browserBound",
  d.claim_false_at as "claimFalseAt", lower(d.name) as "sortName"`;

export async function findDevice(db: Db, id: string): Promise<DeviceRow | undefined> {
  const { rows } = await sql<DeviceRow>`select ${columns} from devices d where d.id = ${id}`.execute(db);
  return rows[0];
}

export async function findDeviceByNativeId(
  db: Db,
  platform: Platform,
  nativeId: string,
): Promise<DeviceRow | undefined> {
  const { rows } = await sql<DeviceRow>`select ${columns} from devices d
    where d.platform = ${platform} and d.native_id = ${nativeId} and d.state <> 'checked-out'`.execute(db);
  return rows[0];
}

export async function findDeviceIdByThumbprint(db: Db, thumbprint: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string }>`select id from devices
    where browser_key_thumbprint = ${thumbprint} and state <> 'checked-out'`.execute(db);
  return rows[0]?.id;
}

const namesSamePhone = sql`b.platform = a.platform and b.native_id = a.native_id and a.claim_false_at is null and b.claim_false_at is null`;

/** Lists this device and every other enrolment, past or present, that names the same phone: same platform and native id, and no claim that was false. */
export async function devicesOfSamePhone(db: Db, deviceId: string): Promise<string[]> {
  const { rows } = await sql<{
    id: string;
  }>`select b.id from devices a join devices b on b.id = a.id or (${namesSamePhone})
    where a.id = ${deviceId} order by b.id`.execute(db);
  return rows.map((row) => row.id);
}

/** An enrolment that has the person or, by what it calls itself, the phone of another one in common, or is that one. */
export interface RelatedEnrolment {
  readonly id: string;
  readonly name: string;
  readonly isSame: boolean;
  readonly samePerson: boolean;
  readonly samePhone: boolean;
  readonly sameMake: boolean;
  /** Since when the enrolment that was asked about stands; of an invitation, since it was made. */
  readonly subjectSince: Date;
}

/** Lists an enrolment and those that it has its person or phone in common with. */
export async function relatedEnrolments(db: Db, deviceId: string): Promise<readonly RelatedEnrolment[]> {
  const { rows } =
    await sql<RelatedEnrolment>`select b.id, b.name, b.id = a.id as "isSame", b.person_id = a.person_id as "samePerson",
      coalesce(${namesSamePhone}, false) as "samePhone", b.platform = a.platform as "sameMake",
      coalesce(a.enrolled_at, a.created_at) as "subjectSince"
    from devices a join devices b on b.person_id = a.person_id or (b.platform = a.platform and b.native_id = a.native_id)
    where a.id = ${deviceId} order by b.id`.execute(db);
  return rows;
}

/** Marks that an enrolment was not the phone that it claimed to be. */
export async function setClaimFalse(tx: Db, deviceId: string, now: Date): Promise<void> {
  await sql`update devices set claim_false_at = coalesce(claim_false_at, ${now}) where id = ${deviceId}`.execute(tx);
}

/** How many phones these devices are: enrolments of one phone, by what it calls itself, count once. */
export async function countPhones(db: Db, deviceIds: readonly string[]): Promise<number> {
  const { rows } = await sql<{
    n: number;
  }>`select count(distinct coalesce(platform || ':' || native_id, id::text))::int as n
    from devices where id = any(${[...deviceIds]}::uuid[])`.execute(db);
  return rows[0]?.n ?? 0;
}

/** Reads the platform's own id of a device: of an iPhone the UDID, or an id for this enrolment alone where Apple hides it. */
export async function nativeIdOf(db: Db, deviceId: string): Promise<string | null> {
  const { rows } = await sql<{
    native_id: string | null;
  }>`select native_id from devices where id = ${deviceId}`.execute(db);
  return rows[0]?.native_id ?? null;
}

/** What devices are called today, by id. */
export async function findDeviceNames(db: Db, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; name: string }>`select id, name from devices
    where id = any(${[...ids]}::uuid[])`.execute(db);
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** What a list of devices may be narrowed by; `after` is the last row of the page before. */
export interface DeviceFilter {
  readonly query?: string | undefined;
  /** Whose devices match `query` whatever they are called. */
  readonly personIds?: readonly string[] | undefined;
  readonly state?: DeviceState | undefined;
  readonly personId?: string | undefined;
  readonly after?: { readonly name: string; readonly id: string } | undefined;
  readonly limit: number;
}

/** Lists devices by name, one more than `limit` when there are more. */
export async function findDevices(db: Db, filter: DeviceFilter): Promise<readonly DeviceRow[]> {
  const like = filter.query === undefined ? null : `%${filter.query.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
  const { rows } = await sql<DeviceRow>`select ${columns} from devices d
    where (${filter.state ?? null}::text is null or d.state = ${filter.state ?? null})
      and (${filter.personId ?? null}::uuid is null or d.person_id = ${filter.personId ?? null})
      and (${like}::text is null or lower(d.name) like ${like} or lower(d.model) like ${like} or d.person_id = any(${[...(filter.personIds ?? [])]}::uuid[]))
      and (${filter.after?.id ?? null}::uuid is null
        or (lower(d.name), d.id) > (${filter.after?.name ?? ''}::text, ${filter.after?.id ?? null}::uuid))
    order by lower(d.name), d.id limit ${filter.limit + 1}`.execute(db);
  return rows;
}

export async function insertDevice(tx: Db, device: NewDevice, now: Date): Promise<string> {
  const { rows } = await sql<{ id: string }>`insert into devices
    (person_id, platform, ownership, state, native_id, name, model, os_version, created_at)
    values (${device.personId}, ${device.platform}, ${device.ownership}, 'pending', ${device.nativeId ?? null}, ${device.name},
      ${device.model ?? ''}, ${device.osVersion ?? ''}, ${now}) returning id`.execute(tx);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error('insert returned no row');
  return id;
}

/** How many phones are invited and have not enrolled yet. */
export async function countInvited(db: Db): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*)::int as n from devices where state = 'pending'`.execute(db);
  return rows[0]?.n ?? 0;
}

/** The enrolled devices of a platform; of one person when given. */
export async function findDeviceIds(db: Db, platform: Platform, personId: string | undefined): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from devices where platform = ${platform} and state = 'enrolled'
    and (${personId ?? null}::uuid is null or person_id = ${personId ?? null}) order by id`.execute(db);
  return rows.map((row) => row.id);
}

/** Holds a device's row until the transaction ends. */
export async function lockDevice(tx: Db, id: string): Promise<void> {
  await sql`select 1 from devices where id = ${id} for update`.execute(tx);
}

/** Moves a device on; false when it has left, which is for good: the phone comes back as another device. */
export async function setDeviceState(
  tx: Db,
  id: string,
  state: 'enrolled' | 'checked-out',
  now: Date,
): Promise<boolean> {
  const { rows } =
    state === 'enrolled'
      ? await sql`update devices set state = 'enrolled', enrolled_at = ${now}, last_seen_at = ${now}
          where id = ${id} and state <> 'checked-out' returning 1`.execute(tx)
      : await sql`update devices set state = 'checked-out', checked_out_at = ${now}, browser_key_thumbprint = null
          where id = ${id} and state <> 'checked-out' returning 1`.execute(tx);
  return rows.length > 0;
}

export async function setDeviceHeader(
  tx: Db,
  id: string,
  header: {
    readonly name: string | undefined;
    readonly model: string | undefined;
    readonly osVersion: string | undefined;
  },
): Promise<void> {
  await sql`update devices set name = coalesce(${header.name ?? null}, name), model = coalesce(${header.model ?? null}, model),
    os_version = coalesce(${header.osVersion ?? null}, os_version) where id = ${id}`.execute(tx);
}

/** Writes when devices were last seen: one statement for many. */
export async function touchDevices(db: Db, seen: ReadonlyMap<string, number>): Promise<void> {
  const rows = JSON.stringify([...seen].map(([id, atMs]) => ({ id, at: new Date(atMs), toCome: timeToCome(atMs) })));
  await sql`update devices d set last_seen_at = case when d.last_seen_at > s."toCome" then s.at else greatest(d.last_seen_at, s.at) end
    from json_to_recordset(${rows}::json) as s(id uuid, at timestamptz, "toCome" timestamptz) where d.id = s.id`.execute(
    db,
  );
}

/** The newer observation of a name wins, and any over one that carries a time to come. */
export async function upsertFacts(tx: Db, deviceId: string, facts: readonly Fact[], nowMs: number): Promise<void> {
  const rows = JSON.stringify(facts.map((fact) => ({ ...fact, at: new Date(fact.observedAtMs).toISOString() })));
  await sql`insert into devices_facts (device_id, name, value, observed_at, source)
    select ${deviceId}::uuid, f.name, coalesce(f.value, 'null'::jsonb), f.at, f.source
    from json_to_recordset(${rows}::json) as f(name text, value jsonb, at timestamptz, source text)
    on conflict (device_id, name) do update set value = excluded.value, observed_at = excluded.observed_at, source = excluded.source
    where devices_facts.observed_at <= excluded.observed_at or devices_facts.observed_at > ${timeToCome(nowMs)}`.execute(
    tx,
  );
}

export async function findFacts(db: Db, deviceId: string): Promise<readonly Fact[]> {
  const { rows } = await sql<{ name: string; value: Json; at: Date; source: string }>`
    select name, value, observed_at as at, source from devices_facts where device_id = ${deviceId} order by name`.execute(
    db,
  );
  return rows.map(({ name, value, at, source }) => ({ name, value, observedAtMs: at.getTime(), source }));
}

export async function replaceApps(tx: Db, deviceId: string, apps: readonly ReportedApp[]): Promise<void> {
  await sql`delete from devices_apps where device_id = ${deviceId}`.execute(tx);
  await sql`insert into devices_apps (device_id, app_id, name, version, managed)
    select ${deviceId}::uuid, a."appId", a.name, a.version, a.managed
    from json_to_recordset(${JSON.stringify(apps)}::json) as a("appId" text, name text, version text, managed boolean)
    on conflict do nothing`.execute(tx);
}

/** An app as it is listed; `managed` is null where the phone does not say. */
export interface AppRow {
  readonly appId: string;
  readonly name: string;
  readonly version: string;
  readonly managed: boolean | null;
}

export async function findApps(db: Db, deviceId: string): Promise<readonly AppRow[]> {
  const { rows } = await sql<AppRow>`select app_id as "appId", name, version, managed from devices_apps
    where device_id = ${deviceId} order by lower(name), app_id limit 5000`.execute(db);
  return rows;
}

/** Every device that was ever enrolled or invited for a person, left ones too: what is held of them stays hers to see. */
export async function findDeviceIdsOf(db: Db, personId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select id from devices where person_id = ${personId}
    order by lower(name), id`.execute(db);
  return rows.map(({ id }) => id);
}

/** How much beside its facts is kept of a device: raw check-ins, commands, reasons of refusals, and tokens by which it is reached or unlocked. */
export interface KeptRecords {
  readonly reports: number;
  readonly commands: number;
  readonly refusals: number;
  readonly tokens: number;
  /** It was marked as not the phone that it claimed to be. */
  readonly claimFalse: boolean;
}

export async function countRecords(db: Db, deviceId: string): Promise<KeptRecords> {
  const { rows } = await sql<KeptRecords>`select
    (select count(*)::int from devices_reports where device_id = ${deviceId}) as reports,
    (select count(*)::int from devices_commands where device_id = ${deviceId}) as commands,
    (select count(*)::int from devices_refusals where device_id = ${deviceId}) as refusals,
    coalesce((select num_nonnulls(push_token, unlock_token_sealed, bootstrap_token_sealed)
      from devices_apple where device_id = ${deviceId}), 0) as tokens,
    exists (select 1 from devices where id = ${deviceId} and claim_false_at is not null) as "claimFalse"`.execute(db);
  return rows[0] ?? { reports: 0, commands: 0, refusals: 0, tokens: 0, claimFalse: false };
}

/** Takes the browser's key from a device and returns its thumbprint, null when there was none. */
export async function clearBrowserKey(tx: Db, deviceId: string): Promise<string | null> {
  const { rows } = await sql<{
    thumbprint: string | null;
  }>`with former as (select browser_key_thumbprint from devices where id = ${deviceId})
    update devices set browser_key_thumbprint = null, browser_key_bound_at = null where id = ${deviceId}
    returning (select browser_key_thumbprint from former) as thumbprint`.execute(tx);
  return rows[0]?.thumbprint ?? null;
}

/** Since when a device's browser is bound; null without one. */
export async function findBoundAt(db: Db, deviceId: string): Promise<Date | null> {
  const { rows } = await sql<{ at: Date | null }>`select browser_key_bound_at as at from devices
    where id = ${deviceId} and browser_key_thumbprint is not null`.execute(db);
  return rows[0]?.at ?? null;
}

/** False when the device has a key already, or the key a device. */
export async function bindBrowserKey(tx: Db, deviceId: string, thumbprint: string, now: Date): Promise<boolean> {
  const { rows } = await sql`update devices set browser_key_thumbprint = ${thumbprint}, browser_key_bound_at = ${now}
    where id = ${deviceId} and browser_key_thumbprint is null and state <> 'checked-out'
      and not exists (select from devices where browser_key_thumbprint = ${thumbprint}) returning id`.execute(tx);
  return rows.length > 0;
}
