import { canonicalJson } from '../base/index.ts';
import { readDevice } from '../devices/index.ts';
import { peoplePage } from '../people/index.ts';
import type { PolicyDraft } from '../policies/api.ts';
import { draftPolicy } from '../policies/index.ts';
import type { Db } from '../storage/index.ts';
import type { PolicyPreview } from './api.ts';
import { currentRules } from './authorize.ts';
import { decide } from './decide.ts';
import { gatherPosture } from './posture.ts';
import { findDeviceStates } from './store-states.ts';

const PEOPLE_PAGE = 1000;
/** Each takes some ten small queries: more would keep the person waiting, and the count alone already tells that it is the whole house. */
const MAX_DECIDED = 1000;
const MAX_NAMED = 50;

/**
 * Says what a change of one policy would do, deciding for each phone that it touches as if it were made; nothing is saved.
 *
 * `refused` are phones that open files now and would not any more, with the worst reason; phones beyond `MAX_DECIDED` are only counted.
 * @throws PoliciesError `policies-unknown`, `policies-setting`
 */
export async function previewPolicy(db: Db, draft: PolicyDraft, nowMs: number): Promise<PolicyPreview> {
  const askedOf = await draftPolicy(db, draft);
  const { rules } = await currentRules(db);
  const touched = new Map<
    string,
    { readonly name: string; readonly policy: Record<string, boolean | number | string> }
  >();
  let after: string | undefined;
  do {
    const page = await peoplePage(db, { after }, PEOPLE_PAGE);
    for (const { id, state, displayName, groups } of page.people) {
      const { now, next } = askedOf(groups.map((group) => group.id));
      if (state !== 'suspended' && canonicalJson({ ...now }) !== canonicalJson({ ...next }))
        touched.set(id, { name: displayName, policy: { ...next } });
    }
    after = page.next;
  } while (after !== undefined);

  const states = (await findDeviceStates(db, {})).filter(({ personId }) => touched.has(personId));
  const refused: PolicyPreview['refused'] = [];
  let [refusedCount, warnedCount, allowedCount] = [0, 0, 0];
  for (const { deviceId, personId } of states.slice(0, MAX_DECIDED)) {
    const person = touched.get(personId);
    const device = await readDevice(db, deviceId);
    if (person === undefined || device === undefined) continue;
    const posture = await gatherPosture(db, personId, deviceId);
    const before = decide(posture, rules, nowMs);
    const then = decide({ ...posture, policy: person.policy }, rules, nowMs);
    if (!before.allow && then.allow) allowedCount++;
    if (before.allow && then.allow && then.state === 'grace' && before.state !== 'grace') warnedCount++;
    if (!before.allow || then.allow) continue;
    refusedCount++;
    if (refused.length < MAX_NAMED)
      refused.push({ deviceId, deviceName: device.name, personName: person.name, why: then.reasons[0]?.text ?? '' });
  }
  return {
    people: touched.size,
    devices: states.length,
    refusedCount,
    refused,
    warnedCount,
    allowedCount,
    undecided: Math.max(0, states.length - MAX_DECIDED),
  };
}
