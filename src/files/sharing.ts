import { type Actor, append } from '../audit/index.ts';
import { FormatError, type ReadAt } from '../base/index.ts';
import { parsePolicy, readContainer, type TdfContainer, type TdfPolicy } from '../formats/tdf/index.ts';
import { findMemberByEmail, readActive } from '../people/index.ts';
import { type Blobs, type Db, notify, transaction } from '../storage/index.ts';
import { FilesError, noSuchFile } from './files-error.ts';
import { refuseUnknownLabels } from './labels.ts';
import { policySha256 } from './policy-hash.ts';
import { provenShare } from './proven-share.ts';
import type { FilesServices } from './services.ts';
import {
  addRecipient,
  type FileRecord,
  insertFile,
  isContentUsed,
  lockContent,
  lockFile,
  lockFilesOf,
  readFile,
  removeRecipient,
  setDeleted,
  setExpiry,
  setRevoked,
  sumBytesOf,
} from './store.ts';

const MAX_FILE_BYTES = 4 * 1024 ** 3;

type ChangeServices = Pick<FilesServices, 'db' | 'now'>;

/**
 * Keeps a protected file that its owner has made; the content stays unreadable to the server's disk and to its administrators.
 *
 * Refuses what it could not serve later: a file that none of our keys opens, recipients it does not know, a policy that is taken;
 * and what would be more than the owner's share of the disk (FilesError `files-quota`, 413).
 * Of a refused upload nothing stays on the disk, unless a file has the same content.
 * @param arriving bytes on the disk of uploads that are not done, by who sends them: many at once must not fill it before they are refused
 */
export async function acceptUpload(
  services: FilesServices,
  actor: Actor,
  title: string,
  body: AsyncIterable<Uint8Array>,
  arriving = new Map<string, number>(),
): Promise<FileRecord> {
  const { db, blobs } = services;
  const sender = senderOf(actor); // before a byte of the body is kept
  const usedBytes = actor.kind === 'person' ? await sumBytesOf(db, actor.personId) : 0;
  let arrivedBytes = 0;
  const count = (bytes: number): number => {
    arrivedBytes += bytes;
    const all = (arriving.get(sender) ?? 0) + bytes;
    if (all > 0) arriving.set(sender, all);
    else arriving.delete(sender);
    return usedBytes + all;
  };
  try {
    return await keepUpload(
      services,
      actor,
      title,
      await blobs.put(withinQuota(services, count, body), MAX_FILE_BYTES),
    );
  } finally {
    count(-arrivedBytes);
  }
}

async function keepUpload(
  services: FilesServices,
  actor: Actor,
  title: string,
  { hash, sizeBytes }: { readonly hash: string; readonly sizeBytes: number },
): Promise<FileRecord> {
  const { db, blobs } = services;
  try {
    const { container, policy } = await withContent(blobs, hash, (readAt) => readProven(services, readAt, sizeBytes));
    return await transaction(db, async (tx) => {
      await lockContent(tx, hash);
      await withContent(blobs, hash, async () => {}); // a refused upload of the same bytes may have taken it away
      return register(services, tx, actor, { title, hash, sizeBytes, container, policy });
    });
  } catch (error) {
    await discard(services, hash).catch(() => {}); // the caller has to hear why the upload was refused, not of this
    throw error;
  }
}

/** Removes a content that no file has, or has any more. */
function discard({ db, blobs }: Pick<FilesServices, 'db' | 'blobs'>, hash: string): Promise<void> {
  return transaction(db, async (tx) => {
    await lockContent(tx, hash);
    if (!(await isContentUsed(tx, hash))) await blobs.remove(hash);
  });
}

async function withContent<T>(blobs: Blobs, hash: string, work: (readAt: ReadAt) => Promise<T>): Promise<T> {
  const blob = await blobs.open(hash);
  if (blob === undefined)
    throw new FilesError('files-content-lost', 409, 'Send the file again: the same bytes were refused meanwhile');
  try {
    return await work(blob.readAt);
  } finally {
    await blob.close();
  }
}

async function readProven(
  services: FilesServices,
  readAt: ReadAt,
  sizeBytes: number,
): Promise<{ container: TdfContainer; policy: TdfPolicy }> {
  try {
    const container = await readContainer(readAt, sizeBytes);
    for (const access of container.manifest.keyAccess) {
      const share = await provenShare(services.keys, container.manifest.policy, access);
      if (share === undefined) continue;
      share.fill(0);
      return { container, policy: parsePolicy(container.manifest.policy) };
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FilesError('files-invalid', 422, `Protect the file again: ${error.message}`);
  }
  throw new FilesError('files-foreign-key', 422, "Protect the file with this server's key: none of its keys opens it");
}

async function register(
  services: FilesServices,
  tx: Db,
  actor: Actor,
  upload: { title: string; hash: string; sizeBytes: number; container: TdfContainer; policy: TdfPolicy },
): Promise<FileRecord> {
  const { policy } = upload;
  const { manifest } = upload.container;
  const ownerId = await ownerOf(tx, actor, policy);
  refuseUnknownLabels(policy.attributes);
  await lockFilesOf(tx, ownerId);
  refuseBeyondQuota(services, await sumBytesOf(tx, ownerId), upload.sizeBytes);
  if (!/^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$/.test(policy.uuid)) {
    throw new FilesError('files-invalid', 422, 'Protect the file again: its policy has no UUID');
  }
  const nowMs = services.now();
  const id = await insertFile(tx, {
    policyUuid: policy.uuid,
    policySha256: policySha256(manifest.policy),
    ownerId,
    title: upload.title,
    mediaType: manifest.mimeType || 'application/octet-stream',
    sizeBytes: manifest.segments.reduce((sum, segment) => sum + segment.sizeBytes, 0),
    protectedBytes: upload.sizeBytes,
    sha256: upload.hash,
    labels: policy.attributes,
    view: policy.view ?? 'download',
    watermark: policy.watermark ?? false,
    policyEndsAt: policy.notAfterMs === undefined ? null : new Date(policy.notAfterMs),
    createdAt: new Date(nowMs),
  });
  if (id === undefined)
    throw new FilesError('files-taken', 409, 'Protect the file again: its policy is registered already');
  await addByEmail(tx, id, policy.dissem, nowMs);
  await removeRecipient(tx, id, ownerId); // an owner who names herself is still only the owner
  await append(tx, {
    actor,
    action: 'file.uploaded',
    object: { type: 'file', id },
    detail: { policyUuid: policy.uuid, sha256: upload.hash, recipients: policy.dissem.length },
  });
  const file = await requireFile(tx, id);
  await tellWhoSees(tx, file);
  return file;
}

/** Who may send files, by an id; throws for others. */
function senderOf(actor: Actor): string {
  if (actor.kind === 'person') return actor.personId;
  if (actor.kind === 'token' && (actor.role === 'owner' || actor.role === 'administrator')) return actor.tokenId;
  throw new FilesError('files-person-only', 403, 'Sign in as a person, or use a token of an administrator');
}

/**
 * Ends a body that grows beyond what is left; the count that decides is made again in the transaction.
 *
 * @param count takes bytes that came, and answers what the person's files and all that is on its way have then
 */
async function* withinQuota(
  services: FilesServices,
  count: (bytes: number) => number,
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  refuseBeyondQuota(services, count(0), 1); // before a byte is read
  for await (const chunk of body) {
    refuseBeyondQuota(services, count(chunk.length) - chunk.length, chunk.length);
    yield chunk;
  }
}

function refuseBeyondQuota({ filesPerPersonBytes }: FilesServices, usedBytes: number, moreBytes: number): void {
  if (usedBytes + moreBytes <= filesPerPersonBytes) return;
  throw new FilesError(
    'files-quota',
    413,
    `Delete files that nobody needs, or ask an administrator to raise --files-per-person: ${inGib(usedBytes)} of ${inGib(filesPerPersonBytes)} GiB are used, this file takes more than is left`,
  );
}

function inGib(bytes: number): string {
  return (bytes / 1024 ** 3).toLocaleString('en-US', { maximumSignificantDigits: 3 });
}

/** The person who sends it; an administrator's token names the owner in the policy, since it is nobody itself. */
async function ownerOf(tx: Db, actor: Actor, policy: TdfPolicy): Promise<string> {
  if (actor.kind === 'person') {
    const account = await readActive(tx, actor.personId);
    // A policy that names nobody may be anybody's file: whoever holds a copy must not become its owner.
    if (policy.owner !== undefined && policy.owner === account?.email.toLowerCase()) return actor.personId;
    throw new FilesError(
      'files-owner',
      422,
      'Protect the file under your own address: its policy names another owner, or none',
    );
  }
  const owner = policy.owner === undefined ? undefined : await findMemberByEmail(tx, policy.owner);
  if (owner === undefined)
    throw new FilesError(
      'files-owner',
      422,
      'Protect the file with --owner: a token is nobody, so the policy must name a person here',
    );
  return owner.id;
}

/** Withdraws a file for good: every later request for its key is refused, running views end at their next renewal. */
export function revoke(services: ChangeServices, actor: Actor, id: string): Promise<FileRecord> {
  return change(services, actor, id, 'file.revoked', async (tx) => {
    await setRevoked(tx, id, services.now());
    return {};
  });
}

/**
 * Deletes the content of a withdrawn file for good, which frees its owner's share of the disk; may be repeated.
 *
 * The record stays, so that copies of the file go on being refused and the openings are told as before.
 * @throws FilesError `files-not-revoked` (409)
 */
export async function deleteContent(
  services: Pick<FilesServices, 'db' | 'blobs' | 'now'>,
  actor: Actor,
  id: string,
): Promise<FileRecord> {
  const file = await change(services, actor, id, 'file.deleted', async (tx, { revokedAt, deletedAt, ...record }) => {
    if (revokedAt === null)
      throw new FilesError('files-not-revoked', 409, 'Stop access to the file first: only then its content is deleted');
    if (deletedAt !== null) return null;
    await setDeleted(tx, id, services.now());
    return { sha256: record.sha256, bytes: record.protectedBytes };
  });
  // After the commit: a content without a record is found and removed by whoever repeats this, a record without content by nobody.
  await discard(services, file.sha256);
  return file;
}

/** Adds recipients by address and removes them by id; the record of who did it is the audit log's. */
export function changeRecipients(
  services: ChangeServices,
  actor: Actor,
  id: string,
  add: readonly string[],
  remove: readonly string[],
): Promise<FileRecord> {
  return change(services, actor, id, 'file.recipients.changed', async (tx) => {
    const added = await addByEmail(tx, id, add, services.now());
    for (const personId of remove) await removeRecipient(tx, id, personId);
    return { added, removed: remove };
  });
}

/** Sets or takes away the server's end; it can only narrow the bound one. */
export function changeExpiry(
  services: ChangeServices,
  actor: Actor,
  id: string,
  expiresAtMs: number | null,
): Promise<FileRecord> {
  return change(services, actor, id, 'file.expiry.changed', async (tx) => {
    await setExpiry(tx, id, expiresAtMs);
    return { expiresAtMs };
  });
}

/** The owner of a file and administrators may change it. */
export function mayManage(file: FileRecord, actor: Actor): boolean {
  return (
    isOwner(file, actor) ||
    ((actor.kind === 'person' || actor.kind === 'token') && (actor.role === 'owner' || actor.role === 'administrator'))
  );
}

/** Who manages it, those who may read all records, and its recipients. */
export function maySee(file: FileRecord, actor: Actor): boolean {
  if (mayManage(file, actor) || ((actor.kind === 'person' || actor.kind === 'token') && actor.role !== 'member'))
    return true;
  return actor.kind === 'person' && file.recipientIds.includes(actor.personId);
}

function isOwner(file: FileRecord, actor: Actor): boolean {
  return actor.kind === 'person' && file.ownerId === actor.personId;
}

async function change(
  { db }: ChangeServices,
  actor: Actor,
  id: string,
  action: string,
  work: (tx: Db, file: FileRecord) => Promise<(Parameters<typeof append>[1]['detail'] & object) | null>,
): Promise<FileRecord> {
  return transaction(db, async (tx) => {
    const file = await lockFile(tx, id);
    if (file === undefined || !maySee(file, actor)) throw noSuchFile();
    if (!mayManage(file, actor))
      throw new FilesError(
        'files-not-yours',
        403,
        'Ask the owner: only the owner and administrators may change a file',
      );
    const detail = await work(tx, file);
    if (detail === null) return file; // it is so already
    await append(tx, { actor, action, object: { type: 'file', id }, detail });
    const after = await requireFile(tx, id);
    await tellWhoSees(tx, file, after);
    return after;
  });
}

/** Pages of its owner and of its recipients, also of who is none any more, read the file anew; nobody else's is told of it. */
async function tellWhoSees(tx: Db, ...states: readonly FileRecord[]): Promise<void> {
  const people = new Set(states.flatMap(({ ownerId, recipientIds }) => [ownerId, ...recipientIds]));
  for (const personId of people) await notify(tx, 'file', { fileId: states[0]?.id ?? null, personId });
}

async function addByEmail(tx: Db, fileId: string, emails: readonly string[], nowMs: number): Promise<string[]> {
  const added: string[] = [];
  for (const email of emails) {
    const person = await findMemberByEmail(tx, email);
    if (person === undefined)
      throw new FilesError(
        'files-unknown-recipient',
        422,
        `Invite the recipient first: nobody here has the address "${email}"`,
      );
    await addRecipient(tx, fileId, person.id, nowMs);
    added.push(person.id);
  }
  return added;
}

async function requireFile(db: Db, id: string): Promise<FileRecord> {
  const file = await readFile(db, id);
  if (file === undefined) throw noSuchFile();
  return file;
}
