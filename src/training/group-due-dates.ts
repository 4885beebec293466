import { type Actor, append } from '../audit/index.ts';
import { requestReassess } from '../jobs/index.ts';
import { readGroup } from '../people/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import { AGREEMENTS } from './agreements.data.ts';
import type { GroupDueDate, GroupDueList, ItemKind } from './api.ts';
import { requireLesson } from './grade.ts';
import { LESSONS } from './lessons.data.ts';
import { deleteGroupDue, listGroupDue, saveGroupDue } from './store-groups.ts';
import { TrainingError } from './training-error.ts';

/** What can be given a due date, and what every group was given. */
export async function showGroupDue(db: Db): Promise<GroupDueList> {
  return {
    choices: [
      ...LESSONS.map(({ id, title }) => ({ kind: 'lesson' as const, itemId: id, title })),
      ...AGREEMENTS.map(({ id, title }) => ({ kind: 'text' as const, itemId: id, title })),
    ],
    items: await listGroupDue(db),
  };
}

/**
 * Sets until when a group's people finish a lesson or sign a text; every one of them is decided anew.
 *
 * @throws TrainingError `training-unknown` (404); PeopleError `people-group-unknown` (404)
 */
export async function setGroupDue(db: Db, actor: Actor, wanted: GroupDueDate): Promise<void> {
  requireItem(wanted.kind, wanted.itemId);
  await transaction(db, async (tx) => {
    const { members } = await readGroup({ db: tx }, wanted.groupId);
    await saveGroupDue(tx, wanted);
    await tell(tx, actor, 'training.group.assigned', wanted.groupId, members, {
      kind: wanted.kind,
      itemId: wanted.itemId,
      dueAtMs: wanted.dueAtMs,
    });
  });
}

/**
 * Takes a due date from a group: what holds for everybody holds for its people again.
 *
 * @throws TrainingError `training-no-due-date` (404); PeopleError `people-group-unknown` (404)
 */
export async function removeGroupDue(
  db: Db,
  actor: Actor,
  { groupId, kind, itemId }: Omit<GroupDueDate, 'dueAtMs'>,
): Promise<void> {
  await transaction(db, async (tx) => {
    const { members } = await readGroup({ db: tx }, groupId);
    if (!(await deleteGroupDue(tx, groupId, kind, itemId))) {
      throw new TrainingError('training-no-due-date', 404, 'Reload the page: this due date was removed already');
    }
    await tell(tx, actor, 'training.group.unassigned', groupId, members, { kind, itemId });
  });
}

async function tell(
  tx: Db,
  actor: Actor,
  action: 'training.group.assigned' | 'training.group.unassigned',
  groupId: string,
  members: readonly { readonly id: string }[],
  what: { readonly kind: ItemKind; readonly itemId: string; readonly dueAtMs?: number },
): Promise<void> {
  await append(tx, {
    actor,
    action,
    object: { type: 'group', id: groupId },
    detail: { ...what, members: members.length },
  });
  for (const { id } of members) await requestReassess(tx, { personId: id });
  await notify(tx, 'training', { groupId });
}

function requireItem(kind: ItemKind, id: string): void {
  if (kind === 'lesson') requireLesson(id);
  else if (!AGREEMENTS.some((text) => text.id === id)) {
    throw new TrainingError('training-unknown', 404, 'Choose another text: this one does not exist');
  }
}
