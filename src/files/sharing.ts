import { type Actor, append } from '../audit/index.ts';
import { findMemberByEmail, heldUntil, membersOf } from '../people/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import { discardContent } from './discard-content.ts';
import { FilesError, noSuchFile } from './files-error.ts';
import { addGroups, confirmMembers } from './group-sharing.ts';
import { endOf } from './judge.ts';
import { mayManage, maySee, mayWiden } from './may-manage.ts';
import type { FilesServices } from './services.ts';
import {
  type AddedBy,
  addRecipient,
  type FileRecord,
  lockFile,
  readFile,
  removeRecipient,
  setDeleted,
  setExpiry,
  setRevoked,
} from './store.ts';
import { deleteGroupShare } from './store-groups.ts';

type ChangeServices = Pick<FilesServices, 'db' | 'now'>;
type PersonActor = Extract<Actor, { kind: 'person' }>;

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
  await discardContent(services, file.sha256);
  return file;
}

/** What is to change about who may open a file. */
export interface RecipientChanges {
  /** Addresses. */
  readonly add?: readonly string[];
  /** Person ids. */
  readonly remove?: readonly string[];
  readonly addGroups?: readonly string[];
  readonly removeGroups?: readonly string[];
  /** Who joined a group after the file was shared with it. */
  readonly confirm?: readonly { readonly groupId: string; readonly personId: string }[];
}

/**
 * Adds people and groups and confirms who waits, for the file's owner alone, and removes people and groups.
 *
 * @throws FilesError `files-owner-widens`, `files-held` (403), `files-unknown-recipient`, `files-unknown-group`, `files-nobody-waits` (422)
 */
export function changeRecipients(
  services: ChangeServices,
  actor: Actor,
  id: string,
  { add = [], remove = [], addGroups: groups = [], removeGroups = [], confirm = [] }: RecipientChanges,
): Promise<FileRecord> {
  return change(services, actor, id, 'file.recipients.changed', async (tx, file) => {
    const nowMs = services.now();
    const widens = add.length + groups.length + confirm.length > 0;
    const by = widens ? await requireOwner(tx, file, actor, nowMs) : undefined;
    const added = await addByEmail(tx, id, add, { kind: 'owner' }, nowMs);
    if (by !== undefined) await addGroups(tx, id, by, groups, nowMs);
    await confirmMembers(tx, file, confirm, nowMs);
    for (const personId of remove) await removeRecipient(tx, id, personId);
    for (const groupId of removeGroups) await deleteGroupShare(tx, id, groupId);
    return {
      ...{ added, removed: remove },
      ...(groups.length === 0 ? {} : { groupsAdded: groups }),
      ...(removeGroups.length === 0 ? {} : { groupsRemoved: removeGroups }),
      ...(confirm.length === 0 ? {} : { confirmed: confirm.map((item) => ({ ...item })) }),
    };
  });
}

/**
 * Sets or takes away the server's end; it can only narrow the bound one, and only the owner sets a later one than counts now.
 *
 * @throws FilesError `files-owner-widens`, `files-held` (403)
 */
export function changeExpiry(
  services: ChangeServices,
  actor: Actor,
  id: string,
  expiresAtMs: number | null,
): Promise<FileRecord> {
  return change(services, actor, id, 'file.expiry.changed', async (tx, file) => {
    const endMs = endOf(file);
    if (expiresAtMs === null ? file.expiresAt !== null : endMs !== null && expiresAtMs > endMs)
      await requireOwner(tx, file, actor, services.now());
    await setExpiry(tx, id, expiresAtMs);
    return { expiresAtMs };
  });
}

/** The owner, unless her account was recovered by a link just now: whoever took it by that link would give her files to a phone of his own. */
async function requireOwner(tx: Db, file: FileRecord, actor: Actor, nowMs: number): Promise<PersonActor> {
  if (actor.kind !== 'person' || !mayWiden(file, actor))
    throw new FilesError(
      'files-owner-widens',
      403,
      'Ask the owner of the file: nobody else gives access to it, or more time; administrators only take away',
    );
  const untilMs = await heldUntil(tx, actor.personId, nowMs);
  if (untilMs === undefined) return actor;
  const until = `${new Date(untilMs).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  throw new FilesError(
    'files-held',
    403,
    `Come back after ${until}: your account got a new passkey by a link, and until then it gives nobody access or more time`,
  );
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
    if (file === undefined || !(await maySee(tx, file, actor))) throw noSuchFile();
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
export async function tellWhoSees(tx: Db, ...states: readonly FileRecord[]): Promise<void> {
  const groupIds = states.flatMap(({ groups }) => groups.map(({ groupId }) => groupId));
  const members = groupIds.length === 0 ? [] : await membersOf(tx, groupIds);
  const named = states.flatMap(({ ownerId, recipientIds }) => [ownerId, ...recipientIds]);
  const people = new Set([...named, ...members.map(({ personId }) => personId)]);
  for (const personId of people) await notify(tx, 'file', { fileId: states[0]?.id ?? null, personId });
}

/** Adds recipients by address; FilesError `files-unknown-recipient` (422) for one that nobody here has. */
export async function addByEmail(
  tx: Db,
  fileId: string,
  emails: readonly string[],
  by: AddedBy,
  nowMs: number,
): Promise<string[]> {
  const added: string[] = [];
  for (const email of emails) {
    const person = await findMemberByEmail(tx, email);
    if (person === undefined)
      throw new FilesError(
        'files-unknown-recipient',
        422,
        `Invite the recipient first: nobody here has the address "${email}"`,
      );
    await addRecipient(tx, fileId, person.id, by, nowMs);
    added.push(person.id);
  }
  return added;
}

/** Reads a file that has to be there; else FilesError `files-not-found` (404). */
export async function requireFile(db: Db, id: string): Promise<FileRecord> {
  const file = await readFile(db, id);
  if (file === undefined) throw noSuchFile();
  return file;
}
