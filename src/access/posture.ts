import { type Device, readDevice } from '../devices/index.ts';
import { readThreatFacts } from '../findings/index.ts';
import { readPerson } from '../people/index.ts';
import { effectivePolicy, settingsOf } from '../policies/index.ts';
import type { Db } from '../storage/index.ts';
import { readTrainingFacts } from '../training/index.ts';
import { deviceKindOf } from './device-kind.ts';
import type { DevicePosture, Fact, Posture } from './facts.ts';
import { findDeviceState } from './store-states.ts';

/** Gathers everything that a decision may look at, as it stands in this transaction. */
export async function gatherPosture(db: Db, personId: string | null, deviceId: string | null): Promise<Posture> {
  const person = personId === null ? undefined : await readPerson(db, personId);
  const device = deviceId === null ? undefined : await readDevice(db, deviceId);
  const threats = device === undefined ? null : await readThreatFacts(db, device.id);
  const training = person === undefined ? null : await readTrainingFacts(db, person.id);
  const facts: Record<string, Fact> = {};
  for (const { name, value, observedAtMs, source } of device?.facts ?? []) {
    if (!NOT_JUDGED.has(name)) facts[name] = { value, observedAtMs, source };
  }
  return {
    person: person === undefined ? null : { id: person.id, state: person.state, joinedAtMs: person.joinedAtMs },
    device: device === undefined ? null : devicePosture(device, facts),
    policy: settingsOf(await effectivePolicy(db, person?.id ?? null)),
    training,
    threats: threats && {
      openTraces: threats.openTraces.map(({ findingId, title, foundAtMs, binds }) => ({
        findingId,
        title,
        foundAtMs,
        ...(binds === 'person' ? { ofFormerPhone: true } : {}),
      })),
      lastCheckAtMs: threats.lastCheckAtMs,
      lastVerdict: threats.lastVerdict,
    },
    firstFailedAtMs: device === undefined ? {} : ((await findDeviceState(db, device.id))?.firstFailedAtMs ?? {}),
  };
}

// Large or private, and nothing in the decision reads them: they stay out of what is kept for replay.
const NOT_JUDGED: ReadonlySet<string> = new Set(['apps', 'device.name', 'device.model']);

function devicePosture(device: Device, facts: Readonly<Record<string, Fact>>): DevicePosture {
  const { id, personId, platform, state, lastSeenAtMs } = device;
  const base = { id, personId, platform, state, lastSeenAtMs: lastSeenAtMs ?? null, facts };
  return deviceKindOf(device).userEnrollment === true ? { ...base, userEnrollment: true } : base;
}
