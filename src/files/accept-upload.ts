import { type Actor, append } from '../audit/index.ts';
import { FormatError, type ReadAt } from '../base/index.ts';
import { parsePolicy, readContainer, type TdfContainer, type TdfPolicy } from '../formats/tdf/index.ts';
import { findMemberByEmail, readActive } from '../people/index.ts';
import { type Blobs, type Db, transaction } from '../storage/index.ts';
import { discardContent } from './discard-content.ts';
import { FilesError } from './files-error.ts';
import { refuseUnknownLabels } from './labels.ts';
import { policySha256 } from './policy-hash.ts';
import { provenShare } from './proven-share.ts';
import type { FilesServices } from './services.ts';
import { addByEmail, requireFile, tellWhoSees } from './sharing.ts';
import { type FileRecord, insertFile, lockContent, lockFilesOf, removeRecipient, sumBytesOf } from './store.ts';

const MAX_FILE_BYTES = 4 * 1024 ** 3;

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
    await discardContent(services, hash).catch(() => {}); // the caller has to hear why the upload was refused, not of this
    throw error;
  }
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
  // What the bound policy says is the owner's word, unless somebody else has sent it in her name.
  const by = actor.kind === 'person' ? ({ kind: 'owner' } as const) : ({ kind: 'token' } as const);
  await addByEmail(tx, id, policy.dissem, by, nowMs);
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
