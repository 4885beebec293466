import { type Actor, append } from '../audit/index.ts';
import { requestDelivery, requestReassess } from '../jobs/index.ts';
import { type Db, notify, transaction } from '../storage/index.ts';
import type { PolicyView, PutAssignmentBody, PutPolicyBody, SettingValue } from './api.ts';
import { CONTROLS } from './catalogue.data.ts';
import type { Control, SettingsMap } from './control.ts';
import { withoutLosers } from './losing.ts';
import { PoliciesError } from './policies-error.ts';
import { findPolicy, lockPolicy, saveAssignment, savePolicyVersion } from './store.ts';
import { compareVersions, isPatchLevel } from './version.ts';

/** Saves a new version of a policy, or its first; everyone is decided anew afterwards. Error `policies-takes-away`: see `withoutLosers`. */
export async function savePolicy(
  db: Db,
  actor: Actor,
  id: string,
  body: PutPolicyBody,
  nowMs: number,
): Promise<PolicyView> {
  checkSettings(body.settings);
  return transaction(db, async (tx) => {
    const current = await lockPolicy(tx, id);
    if (current !== body.basedOnVersion) {
      throw new PoliciesError(
        'policies-conflict',
        409,
        `Reload the policy: it is at version ${current ?? 'none'} by now`,
      );
    }
    const version = (current ?? 0) + 1;
    const { name, description, settings } = body;
    await withoutLosers(tx, body.leaveWithoutPolicy === true, () =>
      savePolicyVersion(tx, id, { version, name, description, settings, nowMs }),
    );
    await announce(tx, actor, 'policy.saved', id, { version });
    return requirePolicy(tx, id);
  });
}

/** Changes whom a policy applies to. Error `policies-takes-away`: see `withoutLosers`. */
export async function assignPolicy(
  db: Db,
  actor: Actor,
  id: string,
  { leaveWithoutPolicy, ...assignment }: PutAssignmentBody,
  nowMs: number,
): Promise<PolicyView> {
  return transaction(db, async (tx) => {
    const version = await lockPolicy(tx, id);
    if (version === undefined) throw noSuchPolicy();
    await withoutLosers(tx, leaveWithoutPolicy === true, () => saveAssignment(tx, id, assignment, nowMs));
    await announce(tx, actor, 'policy.assigned', id, {
      version,
      everyone: assignment.everyone,
      groups: assignment.groups,
    });
    return requirePolicy(tx, id);
  });
}

/** The policy of an id; error `policies-unknown`. */
export async function requirePolicy(db: Db, id: string): Promise<PolicyView> {
  const policy = await findPolicy(db, id);
  if (policy === undefined) throw noSuchPolicy();
  return policy;
}

function noSuchPolicy(): PoliciesError {
  return new PoliciesError('policies-unknown', 404, 'Choose another policy: this one does not exist');
}

async function announce(
  tx: Db,
  actor: Actor,
  action: string,
  id: string,
  detail: { readonly [key: string]: string | number | boolean | readonly string[] },
): Promise<void> {
  await append(tx, { actor, action, object: { type: 'policy', id }, detail });
  await requestReassess(tx, 'everyone');
  await requestDelivery(tx, 'everyone');
  await notify(tx, 'policy', { policyId: id });
}

/** Refuses settings that the catalogue does not know or that are out of range; error `policies-setting`. */
export function checkSettings(settings: SettingsMap): void {
  for (const [id, value] of Object.entries(settings)) {
    const control = CONTROLS.find((candidate) => candidate.id === id);
    if (control === undefined)
      throw new PoliciesError('policies-setting', 400, `Remove the setting: no control is called "${id}"`);
    const why = whyWrong(control, value);
    if (why !== null) throw new PoliciesError('policies-setting', 400, `Change "${control.title}": ${why}`);
  }
}

function whyWrong(control: Control, value: SettingValue): string | null {
  switch (control.kind) {
    case 'boolean':
      return typeof value === 'boolean' ? null : 'it is on or off';
    case 'number': {
      const { min = 0, max = Number.MAX_SAFE_INTEGER } = control;
      const good = typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
      return good ? null : `it takes a whole number from ${min} to ${max}`;
    }
    case 'version':
      return typeof value === 'string' && compareVersions(value, value) !== null
        ? null
        : 'it takes a version such as 18.6';
    case 'date':
      return typeof value === 'string' && isPatchLevel(value) ? null : 'it takes a date such as 2026-06-01';
  }
}
