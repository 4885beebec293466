import { sql } from 'kysely';
import type { Db } from '../storage/index.ts';
import type { Assignment, PolicyView } from './api.ts';
import type { SettingsMap } from './control.ts';
import type { AppliedPolicy } from './merge.ts';

type PolicyTables = {
  policies: { id: string; version: number; everyone: boolean; updated_at: Date };
  policy_versions: {
    policy_id: string;
    version: number;
    name: string;
    description: string;
    settings: unknown;
    created_at: Date;
  };
  policy_groups: { policy_id: string; group_id: string };
};

const tables = (db: Db) => db.withTables<PolicyTables>();

/** The newest version of every policy, by name. */
export async function findPolicies(db: Db): Promise<readonly PolicyView[]> {
  const rows = await newest(db).orderBy('v.name').orderBy('p.id').execute();
  const groups = await tables(db).selectFrom('policy_groups').selectAll().orderBy('group_id').execute();
  return rows.map((row) =>
    viewOf(
      row,
      groups.filter((g) => g.policy_id === row.id).map((g) => g.group_id),
    ),
  );
}

export async function findPolicy(db: Db, id: string): Promise<PolicyView | undefined> {
  const row = await newest(db).where('p.id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  const groups = await tables(db)
    .selectFrom('policy_groups')
    .select('group_id')
    .where('policy_id', '=', id)
    .orderBy('group_id')
    .execute();
  return viewOf(
    row,
    groups.map((g) => g.group_id),
  );
}

export async function findVersions(
  db: Db,
  id: string,
): Promise<{ version: number; name: string; settings: SettingsMap; createdAtMs: number }[]> {
  const rows = await tables(db)
    .selectFrom('policy_versions')
    .selectAll()
    .where('policy_id', '=', id)
    .orderBy('version', 'desc')
    .execute();
  return rows.map((row) => ({
    version: row.version,
    name: row.name,
    settings: settingsOf(row.settings),
    createdAtMs: row.created_at.getTime(),
  }));
}

/** Policies that apply to everyone or to one of these groups. */
export async function findApplied(db: Db, groupIds: readonly string[]): Promise<readonly AppliedPolicy[]> {
  const rows = await newest(db)
    .where((eb) =>
      eb.or([
        eb('p.everyone', '=', true),
        eb.exists(
          eb
            .selectFrom('policy_groups as g')
            .select('g.policy_id')
            .whereRef('g.policy_id', '=', 'p.id')
            .where(sql<boolean>`g.group_id = any(${[...groupIds]}::uuid[])`),
        ),
      ]),
    )
    .execute();
  return rows.map((row) => ({
    policyId: row.id,
    name: row.name,
    version: row.version,
    settings: settingsOf(row.settings),
  }));
}

/** Locks a policy's row for a change and returns its version; undefined for a new policy. */
export async function lockPolicy(tx: Db, id: string): Promise<number | undefined> {
  const row = await tables(tx)
    .selectFrom('policies')
    .select('version')
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  return row?.version;
}

export async function savePolicyVersion(
  tx: Db,
  id: string,
  saved: { version: number; name: string; description: string; settings: SettingsMap; nowMs: number },
): Promise<void> {
  const at = new Date(saved.nowMs);
  await tables(tx)
    .insertInto('policies')
    .values({ id, version: saved.version, everyone: false, updated_at: at })
    .onConflict((c) => c.column('id').doUpdateSet({ version: saved.version, updated_at: at }))
    .execute();
  await tables(tx)
    .insertInto('policy_versions')
    .values({
      policy_id: id,
      version: saved.version,
      name: saved.name,
      description: saved.description,
      settings: JSON.stringify(saved.settings),
      created_at: at,
    })
    .execute();
}

export async function saveAssignment(tx: Db, id: string, assignment: Assignment, nowMs: number): Promise<void> {
  await tables(tx)
    .updateTable('policies')
    .set({ everyone: assignment.everyone, updated_at: new Date(nowMs) })
    .where('id', '=', id)
    .execute();
  await tables(tx).deleteFrom('policy_groups').where('policy_id', '=', id).execute();
  const groups = [...new Set(assignment.groups)];
  if (groups.length === 0) return;
  await tables(tx)
    .insertInto('policy_groups')
    .values(groups.map((group_id) => ({ policy_id: id, group_id })))
    .execute();
}

function newest(db: Db) {
  return tables(db)
    .selectFrom('policies as p')
    .innerJoin('policy_versions as v', (join) =>
      join.onRef('v.policy_id', '=', 'p.id').onRef('v.version', '=', 'p.version'),
    )
    .select(['p.id', 'p.version', 'p.everyone', 'p.updated_at', 'v.name', 'v.description', 'v.settings']);
}

interface NewestRow {
  readonly id: string;
  readonly version: number;
  readonly everyone: boolean;
  readonly updated_at: Date;
  readonly name: string;
  readonly description: string;
  readonly settings: unknown;
}

function viewOf(row: NewestRow, groups: string[]): PolicyView {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    version: row.version,
    settings: settingsOf(row.settings),
    assignment: { everyone: row.everyone, groups },
    updatedAtMs: row.updated_at.getTime(),
  };
}

function settingsOf(stored: unknown): SettingsMap {
  return stored as SettingsMap; // checked by checkSettings() before it was written
}
