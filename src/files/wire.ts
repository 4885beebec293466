import type { Actor } from '../audit/index.ts';
import { findNames, type PersonName } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import type { FileItem, FileOpening, OpeningList } from './api.ts';
import { endOf } from './judge.ts';
import { mayManage } from './sharing.ts';
import type { FileRecord, Opening } from './store.ts';

/** Files as the API shows them to `actor`, each with the names of its owner and recipients. */
export async function fileItems(db: Db, files: readonly FileRecord[], actor: Actor): Promise<FileItem[]> {
  const names = await findNames(
    db,
    files.flatMap(({ ownerId, recipientIds }) => [ownerId, ...recipientIds]),
  );
  return files.map((file) => itemOf(file, actor, names));
}

/** One file as the API shows it. */
export async function fileItem(db: Db, file: FileRecord, actor: Actor): Promise<FileItem> {
  return itemOf(file, actor, await findNames(db, [file.ownerId, ...file.recipientIds]));
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

function itemOf(file: FileRecord, actor: Actor, names: Names): FileItem {
  const {
    ownerId,
    recipientIds,
    createdAt,
    revokedAt,
    deletedAt,
    labels,
    policyEndsAt: _,
    expiresAt: __,
    ...rest
  } = file;
  const recipients = recipientIds.map((id) => personOf(names, id));
  const byName = new Intl.Collator('en', { sensitivity: 'base' });
  return {
    ...rest,
    labels: [...(labels ?? [])],
    owner: personOf(names, ownerId),
    recipients: recipients.sort((a, b) => byName.compare(a.displayName, b.displayName)),
    createdAtMs: createdAt.getTime(),
    expiresAtMs: endOf(file),
    revokedAtMs: revokedAt?.getTime() ?? null,
    deletedAtMs: deletedAt?.getTime() ?? null,
    mayManage: mayManage(file, actor),
  };
}

function personOf(names: Names, personId: string): FileItem['owner'] {
  const { displayName = '', email = '' } = names.get(personId) ?? {};
  return { personId, displayName, email };
}
