import { sql } from 'kysely';
import type { ReasonView } from '../access/api.ts';
import type { ViewGrade } from '../formats/tdf/index.ts';
import type { Membership } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import { type GroupShare, groupShares } from './store-groups.ts';

/** The keys that new files may be wrapped to. */
export type KasAlgorithm = 'rsa:2048' | 'ec:secp256r1';

export interface KeyRow {
  readonly kid: string;
  readonly purpose: 'kas' | 'token';
  readonly algorithm: KasAlgorithm;
  readonly publicKeyPem: string;
  readonly privateKeySealed: Buffer;
  readonly active: boolean;
}

export interface FileRecord {
  readonly id: string;
  readonly policyUuid: string;
  readonly ownerId: string;
  readonly recipientIds: readonly string[];
  readonly groups: readonly GroupShare[];
  readonly title: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly protectedBytes: number;
  readonly sha256: string;
  /** Of the bound policy; null until they were read, of a file from before they were kept. */
  readonly labels: readonly string[] | null;
  readonly view: ViewGrade;
  readonly watermark: boolean;
  readonly policyEndsAt: Date | null;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** When its content was deleted for good. */
  readonly deletedAt: Date | null;
  readonly createdAt: Date;
}

/** By whose word somebody is a recipient. `token` is the policy that a token uploaded, `person` somebody who is not the owner. */
export type AddedBy =
  | { readonly kind: 'owner' | 'token' }
  | { readonly kind: 'person' | 'request'; readonly personId: string | null };

/** A recipient as its owner may see her. */
export interface Recipient {
  readonly personId: string;
  readonly addedAt: Date;
  readonly by: AddedBy;
}

export type NewFile = Omit<FileRecord, 'id' | 'recipientIds' | 'groups' | 'expiresAt' | 'revokedAt' | 'deletedAt'> & {
  readonly policySha256: string;
};

export interface Opening {
  readonly id: string;
  readonly fileId: string | null;
  readonly policyUuid: string;
  readonly personId: string;
  readonly deviceId: string | null;
  readonly decisionId: string | null;
  readonly outcome: 'opened' | 'refused';
  readonly reasons: readonly string[];
  readonly at: Date;
  readonly renewedAt: Date | null;
  readonly endedAt: Date | null;
  /** Why a view was ended; empty when its viewer closed it. */
  readonly endReasons: readonly ReasonView[];
}

export async function readKeys(db: Db): Promise<KeyRow[]> {
  const { rows } = await sql<KeyRow>`select kid, purpose, algorithm, public_key_pem as "publicKeyPem",
    private_key_sealed as "privateKeySealed", active from files_keys order by created_at`.execute(db);
  return rows;
}

/** Holds the keys until the transaction ends: two servers may start at once. */
export async function lockKeys(tx: Db): Promise<void> {
  await sql`lock table files_keys in share row exclusive mode`.execute(tx);
}

export async function insertKey(tx: Db, key: KeyRow, nowMs: number): Promise<void> {
  await sql`insert into files_keys (kid, purpose, algorithm, public_key_pem, private_key_sealed, active, created_at)
    values (${key.kid}, ${key.purpose}, ${key.algorithm}, ${key.publicKeyPem}, ${key.privateKeySealed}, ${key.active}, ${new Date(nowMs)})`.execute(
    tx,
  );
}

const fileColumns = sql`f.id, f.policy_uuid as "policyUuid", f.title, f.media_type as "mediaType", f.size_bytes as "sizeBytes",
  f.protected_bytes as "protectedBytes", f.sha256, f.labels, f.view, f.watermark, f.policy_ends_at as "policyEndsAt", f.expires_at as "expiresAt",
  f.revoked_at as "revokedAt", f.deleted_at as "deletedAt", f.created_at as "createdAt", f.owner_id as "ownerId",
  array(select r.person_id from file_recipients r where r.file_id = f.id order by r.person_id) as "recipientIds",
  ${groupShares} as groups`;

/** Adds a file; @returns undefined when its policy is registered already */
export async function insertFile(tx: Db, file: NewFile): Promise<string | undefined> {
  const { rows } = await sql<{
    id: string;
  }>`insert into files (policy_uuid, policy_sha256, owner_id, title, media_type, size_bytes, protected_bytes, sha256,
      labels, view, watermark, policy_ends_at, created_at)
    values (${file.policyUuid}, ${file.policySha256}, ${file.ownerId}, ${file.title}, ${file.mediaType}, ${file.sizeBytes}, ${file.protectedBytes}, ${file.sha256},
      ${file.labels === null ? null : JSON.stringify(file.labels)}::jsonb, ${file.view}, ${file.watermark}, ${file.policyEndsAt}, ${file.createdAt})
    on conflict (policy_uuid) do nothing returning id`.execute(tx);
  return rows[0]?.id;
}

/** Holds a content until the transaction ends: it is being registered, or removed, never both at once. */
export async function lockContent(tx: Db, sha256: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`files.content ${sha256}`}, 0))`.execute(tx);
}

/** Holds what a person has until the transaction ends, so that two uploads at once are counted one after the other. */
export async function lockFilesOf(tx: Db, personId: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`files.owner ${personId}`}, 0))`.execute(tx);
}

/** What the protected files of a person take on the disk, the revoked ones too until they are deleted. */
export async function sumBytesOf(db: Db, personId: string): Promise<number> {
  const { rows } = await sql<{ bytes: number }>`select coalesce(sum(protected_bytes), 0)::float8 as bytes
    from files where owner_id = ${personId} and deleted_at is null`.execute(db);
  return rows[0]?.bytes ?? 0;
}

/** Whether any file has this content, and is not deleted. */
export async function isContentUsed(db: Db, sha256: string): Promise<boolean> {
  const { rows } = await sql`select 1 from files where sha256 = ${sha256} and deleted_at is null limit 1`.execute(db);
  return rows.length > 0;
}

export async function readFile(db: Db, id: string): Promise<FileRecord | undefined> {
  const { rows } = await sql<FileRecord>`select ${fileColumns} from files f where f.id = ${id}`.execute(db);
  return rows[0];
}

/** The record of the file that binds this very policy text; another file with the same uuid is not it. */
export async function readFileByPolicy(
  db: Db,
  policyUuid: string,
  policySha256: string,
): Promise<FileRecord | undefined> {
  const { rows } = await sql<FileRecord>`select ${fileColumns} from files f where f.policy_uuid::text = ${policyUuid}
      and f.policy_sha256 = ${policySha256}`.execute(db);
  return rows[0];
}

/** Holds the file's row until the transaction ends. */
export async function lockFile(tx: Db, id: string): Promise<FileRecord | undefined> {
  await sql`select 1 from files where id = ${id} for update`.execute(tx);
  return readFile(tx, id);
}

/** Keeps a file as it is until the transaction ends; others may do the same meanwhile. */
export async function holdFile(tx: Db, id: string): Promise<FileRecord | undefined> {
  await sql`select 1 from files where id = ${id} for share`.execute(tx);
  return readFile(tx, id);
}

/** Whose shared files are listed: those that name her, and those of groups that she is in. */
export interface ListedFor {
  readonly personId: string;
  readonly memberships: readonly Membership[];
}

/** Lists files, newest first, after the file where the page before ended; deleted ones only to who asks for all. */
export async function listFiles(
  db: Db,
  filter: { ownerId?: string; recipient?: ListedFor; after?: string; labelled?: boolean },
  limit: number,
): Promise<FileRecord[]> {
  const { ownerId = null, recipient, after = null, labelled = false } = filter;
  const recipientId = recipient?.personId ?? null;
  const groupIds = recipient?.memberships.map(({ groupId }) => groupId) ?? [];
  const since = recipient?.memberships.map(({ sinceMs }) => new Date(sinceMs ?? 0)) ?? [];
  const { rows } = await sql<FileRecord>`select ${fileColumns} from files f
    where (${ownerId}::uuid is null or f.owner_id = ${ownerId}::uuid)
      and (${recipientId}::uuid is null
        or exists (select 1 from file_recipients r where r.file_id = f.id and r.person_id = ${recipientId}::uuid)
        or (f.owner_id <> ${recipientId}::uuid and exists (select 1 from file_groups g
          join unnest(${groupIds}::uuid[], ${since}::timestamptz[]) as m (group_id, since) on m.group_id = g.group_id
          left join file_group_members c on c.file_id = g.file_id and c.group_id = g.group_id and c.person_id = ${recipientId}::uuid
          where g.file_id = f.id and m.since <= greatest(g.shared_at, c.confirmed_at))))
      and (f.deleted_at is null or (${ownerId}::uuid is null and ${recipientId}::uuid is null))
      and (not ${labelled}::boolean or f.labels <> '[]'::jsonb)
      and (${after}::uuid is null or (f.created_at, f.id) < (select a.created_at, a.id from files a where a.id = ${after}::uuid))
    order by f.created_at desc, f.id desc limit ${limit}`.execute(db);
  return rows;
}

/** The ids of all files that a person owns, which the transaction then holds. */
export async function listFileIdsOf(tx: Db, ownerId: string): Promise<string[]> {
  const { rows } = await sql<{
    id: string;
  }>`select id from files where owner_id = ${ownerId} order by id for update`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Everybody who owns a file whose content is here. */
export async function listOwnerIds(db: Db): Promise<string[]> {
  const { rows } = await sql<{
    id: string;
  }>`select distinct owner_id as id from files where deleted_at is null`.execute(db);
  return rows.map(({ id }) => id);
}

export async function setOwner(tx: Db, fileId: string, ownerId: string): Promise<void> {
  await sql`update files set owner_id = ${ownerId} where id = ${fileId}`.execute(tx);
}

/** Files whose labels were never read. */
export async function findUnreadLabels(db: Db, limit: number): Promise<{ id: string; sha256: string }[]> {
  const { rows } = await sql<{ id: string; sha256: string }>`select id, sha256 from files
    where labels is null order by id limit ${limit}`.execute(db);
  return rows;
}

/** Keeps labels once; false when they were read before. */
export async function setLabels(tx: Db, id: string, labels: readonly string[]): Promise<boolean> {
  const { numAffectedRows } = await sql`update files set labels = ${JSON.stringify(labels)}::jsonb
    where id = ${id} and labels is null`.execute(tx);
  return numAffectedRows === 1n;
}

/** Makes somebody a recipient; who is one stays as she was added. */
export async function addRecipient(
  tx: Db,
  fileId: string,
  personId: string,
  by: AddedBy,
  nowMs: number,
): Promise<void> {
  const byPersonId = 'personId' in by ? by.personId : null;
  await sql`insert into file_recipients (file_id, person_id, added_at, added_by_kind, added_by)
    values (${fileId}, ${personId}, ${new Date(nowMs)}, ${by.kind}, ${byPersonId})
    on conflict do nothing`.execute(tx);
}

/** The recipients of files, each with who added her. */
export async function listRecipients(db: Db, fileIds: readonly string[]): Promise<(Recipient & { fileId: string })[]> {
  const { rows } = await sql<{
    fileId: string;
    personId: string;
    addedAt: Date;
    kind: AddedBy['kind'];
    byPersonId: string | null;
  }>`select file_id as "fileId", person_id as "personId", added_at as "addedAt", added_by_kind as kind, added_by as "byPersonId"
    from file_recipients where file_id = any(${fileIds}::uuid[])`.execute(db);
  return rows.map(({ kind, byPersonId, ...row }) => ({
    ...row,
    by: kind === 'person' || kind === 'request' ? { kind, personId: byPersonId } : { kind },
  }));
}

export async function removeRecipient(tx: Db, fileId: string, personId: string): Promise<void> {
  await sql`delete from file_recipients where file_id = ${fileId} and person_id = ${personId}`.execute(tx);
}

export async function setExpiry(tx: Db, fileId: string, expiresAtMs: number | null): Promise<void> {
  await sql`update files set expires_at = ${expiresAtMs === null ? null : new Date(expiresAtMs)} where id = ${fileId}`.execute(
    tx,
  );
}

export async function setRevoked(tx: Db, fileId: string, nowMs: number): Promise<void> {
  await sql`update files set revoked_at = ${new Date(nowMs)} where id = ${fileId} and revoked_at is null`.execute(tx);
}

export async function setDeleted(tx: Db, fileId: string, nowMs: number): Promise<void> {
  await sql`update files set deleted_at = ${new Date(nowMs)} where id = ${fileId}`.execute(tx);
}

export async function insertOpening(
  tx: Db,
  opening: Omit<Opening, 'renewedAt' | 'endedAt' | 'endReasons'>,
): Promise<void> {
  await sql`insert into file_openings (id, file_id, policy_uuid, person_id, device_id, decision_id, outcome, reasons, at)
    values (${opening.id}, ${opening.fileId}, ${opening.policyUuid}, ${opening.personId}, ${opening.deviceId}, ${opening.decisionId},
      ${opening.outcome}, ${JSON.stringify(opening.reasons)}::jsonb, ${opening.at})`.execute(tx);
}

const openingColumns = sql`v.id, v.file_id as "fileId", v.policy_uuid as "policyUuid", v.person_id as "personId", v.device_id as "deviceId",
  v.decision_id as "decisionId", v.outcome, v.reasons, v.at, v.renewed_at as "renewedAt", v.ended_at as "endedAt",
  v.end_reasons as "endReasons"`;

export async function readOpening(db: Db, id: string): Promise<Opening | undefined> {
  const { rows } = await sql<Opening>`select ${openingColumns} from file_openings v where v.id = ${id}`.execute(db);
  return rows[0];
}

export async function markRenewed(tx: Db, id: string, nowMs: number): Promise<void> {
  await sql`update file_openings set renewed_at = ${new Date(nowMs)} where id = ${id}`.execute(tx);
}

/** Ends a view; false when it had ended before. */
export async function markEnded(tx: Db, id: string, reasons: readonly ReasonView[], nowMs: number): Promise<boolean> {
  const { rows } =
    await sql`update file_openings set ended_at = ${new Date(nowMs)}, end_reasons = ${JSON.stringify(reasons)}::jsonb
    where id = ${id} and ended_at is null returning 1`.execute(tx);
  return rows.length > 0;
}

/** Openings of a file, newest first; of one person when given. */
export async function listOpenings(db: Db, fileId: string, personId: string | null, limit: number): Promise<Opening[]> {
  const { rows } = await sql<Opening>`select ${openingColumns} from file_openings v
    where v.file_id = ${fileId} and (${personId}::uuid is null or v.person_id = ${personId}::uuid) order by v.at desc limit ${limit}`.execute(
    db,
  );
  return rows;
}

/** Openings of any file, newest first: by a person, on a device, after the opening where the page before ended. */
export async function listOpeningsOf(
  db: Db,
  filter: { personId?: string | undefined; deviceId?: string | undefined; after?: string | undefined },
  limit: number,
): Promise<(Opening & { title: string | null })[]> {
  const { personId = null, deviceId = null, after = null } = filter;
  const { rows } = await sql<Opening & { title: string | null }>`select ${openingColumns}, f.title
    from file_openings v left join files f on f.id = v.file_id
    where (${personId}::uuid is null or v.person_id = ${personId}::uuid)
      and (${deviceId}::uuid is null or v.device_id = ${deviceId}::uuid)
      and (${after}::uuid is null or (v.at, v.id) < (select a.at, a.id from file_openings a where a.id = ${after}::uuid))
    order by v.at desc, v.id desc limit ${limit}`.execute(db);
  return rows;
}
