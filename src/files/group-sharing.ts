import type { Actor } from '../audit/index.ts';
import { findGroupNames, type Membership, membershipsOf, membersOf } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import { FilesError } from './files-error.ts';
import { reaches } from './part-of.ts';
import type { FileRecord } from './store.ts';
import { confirmMember, insertGroupShare } from './store-groups.ts';

/**
 * Shares a file with groups: who is in one now may open it.
 *
 * Its owner names groups that she is in; who may read the list of all groups, any of them.
 * @throws FilesError `files-unknown-group` (422)
 */
export async function addGroups(
  tx: Db,
  fileId: string,
  actor: Extract<Actor, { kind: 'person' }>,
  groupIds: readonly string[],
  nowMs: number,
): Promise<void> {
  if (groupIds.length === 0) return;
  const own = new Set((await membershipsOf(tx, actor.personId)).map(({ groupId }) => groupId));
  const known = await findGroupNames(tx, groupIds);
  for (const groupId of groupIds) {
    if (!known.has(groupId) || (actor.role === 'member' && !own.has(groupId)))
      throw new FilesError('files-unknown-group', 422, 'Choose a group that you are in: this one is not known to you');
    await insertGroupShare(tx, fileId, groupId, nowMs);
  }
}

/**
 * Lets people open a file who joined a group after it was shared with it.
 *
 * @throws FilesError `files-nobody-waits` (422) for who is not in that group, or the file is not shared with it
 */
export async function confirmMembers(
  tx: Db,
  file: FileRecord,
  wanted: readonly { readonly groupId: string; readonly personId: string }[],
  nowMs: number,
): Promise<void> {
  const waiting = wanted.length === 0 ? [] : await waitingFor(tx, file);
  for (const { groupId, personId } of wanted) {
    if (!waiting.some((membership) => membership.groupId === groupId && membership.personId === personId))
      throw new FilesError('files-nobody-waits', 422, 'Reload the page: this person does not wait for that file');
    await confirmMember(tx, file.id, groupId, personId, nowMs);
  }
}

/** Who is in a group that a file is shared with, and may not open it until its owner confirms her. */
async function waitingFor(db: Db, file: Pick<FileRecord, 'groups'>): Promise<readonly Membership[]> {
  const members = await membersOf(
    db,
    file.groups.map(({ groupId }) => groupId),
  );
  return members.filter((membership) => !file.groups.some((share) => reaches(share, membership)));
}
