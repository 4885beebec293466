import type { Db } from '../storage/index.ts';
import type { PolicyDraft } from './api.ts';
import type { SettingsMap } from './control.ts';
import { checkSettings, requirePolicy } from './edit.ts';
import { settingsOf } from './effective.ts';
import { mergePolicies } from './merge.ts';
import { findPolicies } from './store.ts';

/** What would be asked of somebody, by the groups that she is in. */
export type AskedOf = (groupIds: readonly string[]) => { readonly now: SettingsMap; readonly next: SettingsMap };

/**
 * Merges the policies as they are and as a change of one of them would make them, without saving anything.
 * @throws PoliciesError `policies-unknown`, `policies-setting`
 */
export async function draftPolicy(db: Db, { policyId, settings, assignment }: PolicyDraft): Promise<AskedOf> {
  const current = await requirePolicy(db, policyId);
  if (settings !== undefined) checkSettings(settings);
  const changed = { ...current, settings: settings ?? current.settings, assignment: assignment ?? current.assignment };
  const before = await findPolicies(db);
  const after = before.map((policy) => (policy.id === policyId ? changed : policy));
  const asked = (policies: typeof before, groupIds: readonly string[]): SettingsMap =>
    settingsOf(
      mergePolicies(
        policies
          .filter(
            ({ assignment: { everyone, groups } }) => everyone || groups.some((group) => groupIds.includes(group)),
          )
          .map(({ id, ...policy }) => ({ ...policy, policyId: id })),
      ),
    );
  return (groupIds) => ({ now: asked(before, groupIds), next: asked(after, groupIds) });
}
