import { devicesOfSamePhone } from '../devices/index.ts';
import { requestReassess } from '../jobs/index.ts';
import { type Db, notify } from '../storage/index.ts';

/** Has access judge every enrolment of the phone anew, and tells the listeners. */
export async function tellChange(tx: Db, deviceId: string, personId: string, findingId: string | null): Promise<void> {
  for (const id of await devicesOfSamePhone(tx, deviceId)) await requestReassess(tx, { deviceId: id });
  await requestReassess(tx, { personId }); // a trace binds the phones that its person enrols later, too
  await notify(tx, 'finding', { deviceId, personId, findingId });
}
