import type { Db } from '../storage/index.ts';
import type { GroupDueDate, ItemKind } from './api.ts';

type GroupTables = {
  training_group_due_dates: { group_id: string; kind: ItemKind; item_id: string; due_at: Date };
};

const tables = (db: Db) => db.withTables<GroupTables>();

/** The earliest due date of each lesson and text among these groups, by "kind:id", in milliseconds since 1970. */
export async function findGroupDue(db: Db, groupIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (groupIds.length === 0) return new Map();
  const rows = await tables(db)
    .selectFrom('training_group_due_dates')
    .select((eb) => ['kind', 'item_id', eb.fn.min('due_at').as('due_at')])
    .where('group_id', 'in', groupIds)
    .groupBy(['kind', 'item_id'])
    .execute();
  return new Map(rows.map((row) => [`${row.kind}:${row.item_id}`, row.due_at.getTime()]));
}

export async function listGroupDue(db: Db): Promise<GroupDueDate[]> {
  const rows = await tables(db)
    .selectFrom('training_group_due_dates')
    .select(['group_id', 'kind', 'item_id', 'due_at'])
    .orderBy('due_at')
    .orderBy('item_id')
    .orderBy('group_id')
    .execute();
  return rows.map((row) => ({
    groupId: row.group_id,
    kind: row.kind,
    itemId: row.item_id,
    dueAtMs: row.due_at.getTime(),
  }));
}

export async function saveGroupDue(tx: Db, { groupId, kind, itemId, dueAtMs }: GroupDueDate): Promise<void> {
  const due_at = new Date(dueAtMs);
  await tables(tx)
    .insertInto('training_group_due_dates')
    .values({ group_id: groupId, kind, item_id: itemId, due_at })
    .onConflict((c) => c.columns(['group_id', 'kind', 'item_id']).doUpdateSet({ due_at }))
    .execute();
}

/** False when there was none. */
export async function deleteGroupDue(tx: Db, groupId: string, kind: ItemKind, itemId: string): Promise<boolean> {
  const { numDeletedRows } = await tables(tx)
    .deleteFrom('training_group_due_dates')
    .where('group_id', '=', groupId)
    .where('kind', '=', kind)
    .where('item_id', '=', itemId)
    .executeTakeFirstOrThrow();
  return numDeletedRows === 1n;
}
