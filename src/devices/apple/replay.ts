import type { Db } from '../../storage/index.ts';
import type { DeviceError } from '../device-error.ts';
import { refuseMessage } from './message.ts';
import type { Pin } from './pins.ts';
import { type Standing, setSignedAt } from './store.ts';

/**
 * Refuses a check-in that was signed before one that was taken already: what was overheard, or held back, must not undo what came after.
 *
 * A phone introduces itself again within an enrolment only where it got no answer. So Authenticate by a certificate that is in use has to
 * say when it was signed, and that later than all before.
 * @throws DeviceError `device-replay`
 */
export function refuseReplay(
  { pinned, tally, signedAt }: Standing,
  type: string,
  signedAtMs: number | undefined,
): void {
  const again = type === 'Authenticate' && pinned;
  const lastMs = signedAt?.getTime() ?? 0;
  if (signedAtMs === undefined ? again : signedAtMs < lastMs) throw replayed();
  if (again && tally > 0 && signedAtMs === lastMs) throw replayed();
}

/** Remembers when a check-in that was taken was signed; a clock that is ahead must not lock the phone out once it is right again. */
export async function rememberSigning(tx: Db, pin: Pin, signedAtMs: number | undefined, now: Date): Promise<void> {
  if (signedAtMs !== undefined) await setSignedAt(tx, pin.deviceId, new Date(Math.min(signedAtMs, now.getTime())));
}

function replayed(): DeviceError {
  return refuseMessage('device-replay', 'it was sent before; a phone that was reset needs a new invitation');
}
