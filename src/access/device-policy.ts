import { type Device, FACT } from '../devices/index.ts';
import { CONTROLS, coverageOf, effectivePolicy, profileIdOf } from '../policies/index.ts';
import type { Db } from '../storage/index.ts';
import type { DevicePolicyReply } from './api.ts';
import { currentRules } from './authorize.ts';
import { deviceKindOf } from './device-kind.ts';
import { metOf } from './met.ts';
import { gatherPosture } from './posture.ts';

/** Per control: what is wanted and by which policy, what the device reports, how far the control holds, and whether it is met. */
export async function devicePolicy(db: Db, device: Device, nowMs: number): Promise<DevicePolicyReply> {
  const { settings } = await effectivePolicy(db, device.personId);
  const posture = await gatherPosture(db, device.personId, device.id);
  const { rules } = await currentRules(db);
  const kind = deviceKindOf(device);
  const profileUuid = device.platform === 'apple' ? profileIdOf(posture.policy, kind) : null;
  const confirmed = hasConfirmed(device, profileUuid);
  const rows = CONTROLS.flatMap((control) => {
    const wanted = settings[control.id];
    if (wanted === undefined || (control.only !== undefined && control.only !== device.platform)) return [];
    const coverage = coverageOf(control, kind, wanted.value);
    const enforced = coverage.label === 'enforced';
    const reported = device.facts.find((fact) => fact.name === control.fact[device.platform]);
    return {
      controlId: control.id,
      topic: control.topic,
      title: control.title,
      wanted: wanted.value,
      from: [...wanted.from],
      reported: reported === undefined ? null : { ...reported },
      met: metOf(control, { value: wanted.value, enforced, profileUuid }, posture, rules, nowMs),
      coverage: enforced && !confirmed ? ('checked' as const) : coverage.label,
      why:
        enforced && !confirmed
          ? 'The phone enforces it once it has confirmed this policy: it has not yet'
          : coverage.why,
      key: coverage.key ?? null,
    };
  });
  return { deviceId: device.id, controls: rows };
}

/** Android applies its policy or reports otherwise by itself; an iPhone must have confirmed the very profile that is wanted by now. */
function hasConfirmed(device: Device, wantedProfile: string | null): boolean {
  if (device.platform === 'android') return true;
  const confirmed = device.facts.find((fact) => fact.name === FACT.profileId)?.value ?? null;
  return confirmed === wantedProfile;
}
