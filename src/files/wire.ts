import type { Actor } from '../audit/index.ts';
import { findNames, type PersonName } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import type { FileItem, FileOpening, OpeningList } from './api.ts';
import { endOf } from './judge.ts';
import { mayManage, mayWiden } from './may-manage.ts';
import { type FileRecord, listRecipients, type Opening, type Recipient } from './store.ts';

/** Files as the API shows them to `actor`, each with the names of its owner and recipients. */
export async function fileItems(db: Db, files: readonly FileRecord[], actor: Actor): Promise<FileItem[]> {
  const recipients = await listRecipients(
    db,
    files.map(({ id }) => id),
  );
  const adders = recipients.flatMap(({ by }) => ('personId' in by && by.personId !== null ? [by.personId] : []));
  const people = files.flatMap(({ ownerId, recipientIds }) => [ownerId, ...recipientIds]);
  const names = await findNames(db, [...people, ...adders]);
  return files.map((file) => {
    const own = recipients.filter(({ fileId }) => fileId === file.id);
    return itemOf(file, own, actor, names);
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

function itemOf(file: FileRecord, recipients: readonly Recipient[], actor: Actor, names: Names): FileItem {
  const {
    ownerId,
    recipientIds: _,
    createdAt,
    revokedAt,
    deletedAt,
    labels,
    policyEndsAt: __,
    expiresAt: ___,
    ...rest
  } = file;
  const manages = mayManage(file, actor);
  const byName = new Intl.Collator('en', { sensitivity: 'base' });
  return {
    ...rest,
    labels: [...(labels ?? [])],
    owner: personOf(names, ownerId),
    recipients: recipients
      .map((recipient) => recipientOf(recipient, manages, names))
      .sort((a, b) => byName.compare(a.displayName, b.displayName)),
    createdAtMs: createdAt.getTime(),
    expiresAtMs: endOf(file),
    revokedAtMs: revokedAt?.getTime() ?? null,
    deletedAtMs: deletedAt?.getTime() ?? null,
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
