import { sql } from 'kysely';
import type { Db } from '../../storage/index.ts';
import type { DeviceState } from '../device.ts';

export interface AuthorityRow {
  readonly certificate: Uint8Array;
  readonly keySealed: Uint8Array;
}

export async function findAuthority(db: Db): Promise<AuthorityRow | undefined> {
  const { rows } =
    await sql<AuthorityRow>`select certificate, key_sealed as "keySealed" from devices_authority`.execute(db);
  return rows[0];
}

export async function insertAuthority(db: Db, row: AuthorityRow & { readonly createdAt: Date }): Promise<void> {
  await sql`insert into devices_authority (certificate, key_sealed, created_at)
    values (${Buffer.from(row.certificate)}, ${Buffer.from(row.keySealed)}, ${row.createdAt}) on conflict do nothing`.execute(
    db,
  );
}

export async function insertCertificate(
  tx: Db,
  row: {
    readonly fingerprint: Buffer;
    readonly deviceId: string;
    readonly serial: string;
    readonly certificate: Uint8Array;
    readonly issuedAt: Date;
    readonly expiresAt: Date;
  },
): Promise<void> {
  await sql`insert into devices_certificates (fingerprint, device_id, serial, certificate, issued_at, expires_at)
    values (${row.fingerprint}, ${row.deviceId}, ${row.serial}, ${Buffer.from(row.certificate)}, ${row.issuedAt}, ${row.expiresAt})`.execute(
    tx,
  );
}

/** What a certificate says about who sends: read once per certificate, then kept in memory. */
export interface PinRow {
  readonly deviceId: string;
  readonly nativeId: string | null;
  readonly state: DeviceState;
  readonly pinned: boolean;
  readonly retired: boolean;
  readonly expiresAt: Date;
  readonly askedAt: Date | null;
  readonly renewalAskedAt: Date | null;
}

export async function findPin(db: Db, fingerprint: Buffer): Promise<PinRow | undefined> {
  const { rows } = await sql<PinRow>`select c.device_id as "deviceId", d.native_id as "nativeId", d.state,
      c.pinned_at is not null as pinned, c.retired_at is not null as retired, c.expires_at as "expiresAt",
      (select max(created_at) from devices_commands q where q.device_id = d.id and q.kind = 'DeviceInformation') as "askedAt",
      (select asked_at from devices_renewals r where r.device_id = d.id) as "renewalAskedAt"
    from devices_certificates c join devices d on d.id = c.device_id
    where c.fingerprint = ${fingerprint}`.execute(db);
  return rows[0];
}

/** How far the enrolment of a certificate has come: `tally` counts its TokenUpdates, `signedAt` is the signing time of its newest check-in. */
export interface Standing {
  readonly nativeId: string | null;
  readonly pinned: boolean;
  readonly retired: boolean;
  /** Null before Authenticate. */
  readonly topic: string | null;
  readonly tally: number;
  readonly signedAt: Date | null;
}

export async function findStanding(tx: Db, fingerprint: Buffer): Promise<Standing> {
  const { rows } = await sql<Standing>`select d.native_id as "nativeId", c.pinned_at is not null as pinned,
      c.retired_at is not null as retired, a.topic, coalesce(a.tally, 0) as tally, a.signed_at as "signedAt"
    from devices_certificates c join devices d on d.id = c.device_id left join devices_apple a on a.device_id = c.device_id
    where c.fingerprint = ${fingerprint}`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('a certificate that was found is gone');
  return row;
}

/** Remembers the newest signing time of a check-in that was taken. */
export async function setSignedAt(tx: Db, deviceId: string, at: Date): Promise<void> {
  await sql`update devices_apple set signed_at = greatest(signed_at, ${at}) where device_id = ${deviceId}`.execute(tx);
}

/**
 * Pins the certificate and retires every other one of its device; false when it was retired itself.
 *
 * The invitation is locked first, so that neither SCEP nor another certificate of it gets between.
 */
export async function pinCertificate(tx: Db, fingerprint: Buffer, deviceId: string, now: Date): Promise<boolean> {
  await sql`update devices_enrolments set used_at = coalesce(used_at, ${now}), scep_challenge_hash = null
    where device_id = ${deviceId}`.execute(tx);
  const { rows } = await sql`update devices_certificates set pinned_at = coalesce(pinned_at, ${now})
    where fingerprint = ${fingerprint} and retired_at is null
      and (pinned_at is not null or not exists (select from devices_certificates other
        where other.device_id = ${deviceId} and other.pinned_at is not null and other.retired_at is null))
    returning fingerprint`.execute(tx);
  if (rows.length === 0) return false;
  await sql`update devices_certificates set retired_at = ${now}
    where device_id = ${deviceId} and fingerprint <> ${fingerprint} and retired_at is null`.execute(tx);
  return true;
}

export async function retireCertificates(tx: Db, deviceId: string, now: Date): Promise<void> {
  await sql`update devices_certificates set retired_at = ${now} where device_id = ${deviceId} and retired_at is null`.execute(
    tx,
  );
}

export async function setNativeId(tx: Db, deviceId: string, nativeId: string): Promise<void> {
  await sql`update devices set native_id = ${nativeId} where id = ${deviceId}`.execute(tx);
}

export async function resetApple(tx: Db, deviceId: string, topic: string): Promise<void> {
  await sql`insert into devices_apple (device_id, topic) values (${deviceId}, ${topic})
    on conflict (device_id) do update set topic = excluded.topic, tally = 0, push_token = null, push_magic = null,
      bootstrap_token_sealed = null`.execute(tx);
}

export async function setBootstrapToken(tx: Db, deviceId: string, sealed: Uint8Array | null): Promise<void> {
  await sql`update devices_apple set bootstrap_token_sealed = ${sealed === null ? null : Buffer.from(sealed)}
    where device_id = ${deviceId}`.execute(tx);
}

export async function findBootstrapToken(db: Db, deviceId: string): Promise<Uint8Array | undefined> {
  const { rows } = await sql<{ sealed: Uint8Array | null }>`select bootstrap_token_sealed as sealed from devices_apple
    where device_id = ${deviceId}`.execute(db);
  return rows[0]?.sealed ?? undefined;
}

/** Keeps what push needs; returns the tally, 1 for the first TokenUpdate since Authenticate. */
export async function saveToken(
  tx: Db,
  deviceId: string,
  token: { readonly token: Uint8Array; readonly magic: string; readonly unlockSealed: Uint8Array | undefined },
): Promise<number> {
  const unlock = token.unlockSealed === undefined ? null : Buffer.from(token.unlockSealed);
  const { rows } = await sql<{ tally: number }>`update devices_apple set push_token = ${Buffer.from(token.token)},
      push_magic = ${token.magic}, unlock_token_sealed = coalesce(${unlock}, unlock_token_sealed), tally = tally + 1
    where device_id = ${deviceId} returning tally`.execute(tx);
  return rows[0]?.tally ?? 0;
}

/** Keeps the raw bytes of a check-in, and of each device the newest `keep`. */
export async function insertReport(
  tx: Db,
  report: { readonly deviceId: string; readonly kind: string; readonly body: Uint8Array; readonly now: Date },
  keep: number,
): Promise<void> {
  const { deviceId, kind, body, now } = report;
  await sql`insert into devices_reports (device_id, kind, received_at, body)
    values (${deviceId}, ${kind}, ${now}, ${Buffer.from(body)})`.execute(tx);
  await sql`delete from devices_reports where device_id = ${deviceId} and seq <= (
    select seq from devices_reports where device_id = ${deviceId} order by seq desc offset ${keep} limit 1)`.execute(
    tx,
  );
}

/** How many check-ins of a device are kept since then. */
export async function countReports(db: Db, deviceId: string, since: Date): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::int as count from devices_reports
    where device_id = ${deviceId} and received_at > ${since}`.execute(db);
  return rows[0]?.count ?? 0;
}
