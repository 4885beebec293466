import { readDevice } from '../devices/index.ts';
import { findNames, readActive, tellPerson } from '../people/index.ts';
import { type Db, transaction } from '../storage/index.ts';
import { bindingTraces } from './binding.ts';

/** Tells who invited a person's phone that an open trace of the person's former phone will refuse on it. */
export async function tellInviter(
  db: Db,
  { deviceId, inviterId }: { readonly deviceId: string; readonly inviterId: string },
  nowMs: number,
): Promise<void> {
  await transaction(db, async (tx) => {
    const device = await readDevice(tx, deviceId);
    if (device === undefined || (await readActive(tx, inviterId)) === undefined) return;
    const [trace] = await bindingTraces(tx, deviceId);
    if (trace === undefined) return;
    const who = (await findNames(tx, [device.personId])).get(device.personId)?.displayName ?? '';
    const about = { type: 'device', id: deviceId } as const;
    const notice = {
      personId: inviterId,
      kind: 'former-trace',
      actor: { kind: 'system' },
      what: trace.deviceName,
      who,
      about,
    } as const;
    await tellPerson(tx, notice, nowMs);
  });
}
