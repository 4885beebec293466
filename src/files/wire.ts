import type { Actor } from '../audit/index.ts';
import { findGroupNames, findNames, type Membership, membersOf, type PersonName } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import type { FileItem, FileOpening, OpeningList } from './api.ts';
import { endOf } from './judge.ts';
import { mayManage, mayWiden } from './may-manage.ts';
import { reaches } from './part-of.ts';
import { type FileRecord, listRecipients, type Opening, type Recipient } from './store.ts';

/** Files as the API shows them to `actor`, each with the names of its owner and recipients. */
export async function fileItems(db: Db, files: readonly FileRecord[], actor: Actor): Promise<FileItem[]> {
  const recipients = await listRecipients(
    db,
    files.map(({ id }) => id),
  );
  const groupIds = files.flatMap((file) => (mayManage(file, actor) ? file.groups.map(({ groupId }) => groupId) : []));
  const members = groupIds.length === 0 ? [] : await membersOf(db, groupIds);
  const groupNames = groupIds.length === 0 ? new Map<string, string>() : await findGroupNames(db, groupIds);
  const names = await findNames(db, [
    ...files.flatMap(({ ownerId, recipientIds }) => [ownerId, ...recipientIds]),
    ...recipients.flatMap(({ by }) => ('personId' in by && by.personId !== null ? [by.personId] : [])),
    ...members.map(({ personId }) => personId),
  ]);
  return files.map((file) => ({
    ...itemOf(
      file,
      recipients.filter(({ fileId }) => fileId === file.id),
      actor,
      names,
    ),
    groups: mayManage(file, actor) ? groupsOf(file, members, groupNames, names) : [],
  }));
}

function groupsOf(
  { groups, ownerId }: FileRecord,
  members: readonly Membership[],
  groupNames: ReadonlyMap<string, string>,
  names: Names,
): FileItem['groups'] {
  return groups.map((share) => {
    const { groupId } = share;
    const own = members.filter((membership) => membership.groupId === groupId);
    const pending = own.filter((membership) => membership.personId !== ownerId && !reaches(share, membership));
    return {
      groupId,
      name: groupNames.get(groupId) ?? '',
      members: own.length - pending.length,
      pending: pending.map(({ personId }) => personOf(names, personId)),
    };
  });
}

/** One file as the API shows it. */
export async function fileItem(db: Db, file: FileRecord, actor: Actor): Promise<FileItem> {
  const [item] = await fileItems(db, [file], actor);
  if (item === undefined) throw new Error('one file gave no item');
  return item;
}

/** Openings of one file as the API shows them, each with who opened. */
export async function openingsOfFile(db: Db, openings: readonly Opening[]): Promise<FileOpening[]> {
  const names = await namesOf(db, openings);
  return openings.map((opening) => openingOf(opening, names));
}

/** Openings of any file as the API shows them, each with who opened what. */
export async function openingItems(
  db: Db,
  openings: readonly (Opening & { title: string | null })[],
): Promise<OpeningList['items']> {
  const names = await namesOf(db, openings);
  return openings.map((opening) => ({
    ...openingOf(opening, names),
    fileId: opening.fileId,
    title: opening.title,
  }));
}

type Names = ReadonlyMap<string, PersonName>;

function namesOf(db: Db, openings: readonly Opening[]): Promise<Names> {
  return findNames(
    db,
    openings.map(({ personId }) => personId),
  );
}

function openingOf(opening: Opening, names: Names): FileOpening {
  return {
    id: opening.id,
    person: personOf(names, opening.personId),
    deviceId: opening.deviceId,
    outcome: opening.outcome,
    reasons: [...opening.reasons],
    decisionId: opening.decisionId,
    atMs: opening.at.getTime(),
    renewedAtMs: opening.renewedAt?.getTime() ?? null,
    endedAtMs: opening.endedAt?.getTime() ?? null,
  };
}

function itemOf(
  file: FileRecord,
  recipients: readonly Recipient[],
  actor: Actor,
  names: Names,
): Omit<FileItem, 'groups'> {
  const { id, title, mediaType, sizeBytes, protectedBytes, sha256, policyUuid, view, watermark } = file;
  const manages = mayManage(file, actor);
  const byName = new Intl.Collator('en', { sensitivity: 'base' });
  return {
    ...{ id, title, mediaType, sizeBytes, protectedBytes, sha256, policyUuid, view, watermark },
    labels: [...(file.labels ?? [])],
    owner: personOf(names, file.ownerId),
    recipients: recipients
      .map((recipient) => recipientOf(recipient, manages, names))
      .sort((a, b) => byName.compare(a.displayName, b.displayName)),
    createdAtMs: file.createdAt.getTime(),
    expiresAtMs: endOf(file),
    revokedAtMs: file.revokedAt?.getTime() ?? null,
    deletedAtMs: file.deletedAt?.getTime() ?? null,
    mayManage: manages,
    mayWiden: mayWiden(file, actor),
  };
}

function recipientOf(
  { personId, addedAt, by }: Recipient,
  manages: boolean,
  names: Names,
): FileItem['recipients'][number] {
  const person = personOf(names, personId);
  if (!manages) return { ...person, addedBy: null, addedAtMs: null };
  const adder = 'personId' in by && by.personId !== null ? personOf(names, by.personId) : null;
  return { ...person, addedBy: { kind: by.kind, person: adder }, addedAtMs: addedAt.getTime() };
}

function personOf(names: Names, personId: string): FileItem['owner'] {
  const { displayName = '', email = '' } = names.get(personId) ?? {};
  return { personId, displayName, email };
}
