import { randomUUID } from 'node:crypto';
import { writeXmlPlist } from '../../formats/plist/index.ts';
import { transaction } from '../../storage/index.ts';
import { newToken } from '../enrolments.ts';
import { recordChange } from '../registry.ts';
import { commandWaits, insertCommand } from '../store-commands.ts';
import { enrolmentProfile, signProfile } from './enrolment-profile.ts';
import type { Pin } from './pins.ts';
import type { AppleServices } from './services.ts';
import { putRenewal, setRenewalChallenge } from './store-renewals.ts';

const DAY_MS = 86_400_000;
/** Half a certificate's life: phones that are seldom unlocked put it off for weeks. */
const BEFORE_MS = 180 * DAY_MS;
const AGAIN_MS = DAY_MS;
/** A challenge that was sent is good for this long. */
export const CHALLENGE_MS = DAY_MS;
/** A certificate that has run out still serves to be renewed for this long; nothing else is taken from it. */
export const GRACE_MS = 30 * DAY_MS;

/** How the command is listed; to the phone it is an InstallProfile. */
export const RENEWAL = 'RenewIdentity';

/** Whether it is time to ask a phone for a new certificate; costs nothing while it is not. */
export function renewalIsDue(pin: Pin, nowMs: number): boolean {
  return pin.expiresAt.getTime() - nowMs < BEFORE_MS && nowMs - pin.renewalAskedAtMs >= AGAIN_MS;
}

/**
 * Queues the renewal of a phone's identity certificate.
 *
 * The phone gets the enrolment profile again, with the same identifiers and addresses and a new one-time challenge, fetches another
 * certificate by SCEP, and says Authenticate and TokenUpdate by it; until then the former certificate holds. SCEP's own renewal is not
 * used: no message would tell which certificate comes next.
 */
export async function askForRenewal(services: AppleServices, pin: Pin): Promise<void> {
  const { deviceId } = pin;
  const now = new Date(services.now());
  await transaction(services.db, async (tx) => {
    await putRenewal(tx, deviceId, now);
    if (await commandWaits(tx, deviceId, RENEWAL)) return;
    const id = randomUUID();
    // The profile is written when it is sent, so that no challenge lies in the queue or in a backup.
    await insertCommand(tx, { id, deviceId, kind: RENEWAL, payload: new Uint8Array(), profileId: null, now });
    const detail = { kind: RENEWAL, commands: [id], expiresAtMs: pin.expiresAt.getTime() };
    await recordChange(tx, deviceId, { kind: 'system' }, 'device.command.queued', detail);
  });
  pin.renewalAskedAtMs = now.getTime();
}

/** Writes a renewal as it is sent now, with a challenge of its own. */
export async function writeRenewal(services: AppleServices, deviceId: string, commandId: string): Promise<Uint8Array> {
  const { token: challenge, hash } = newToken();
  await setRenewalChallenge(services.db, deviceId, hash, new Date(services.now()));
  const profile = enrolmentProfile(services.publicUrl, challenge, services.organisation);
  const payload = services.scepLegacyDes ? profile : signProfile(profile, services.authority, services.now());
  return writeXmlPlist({ CommandUUID: commandId, Command: { RequestType: 'InstallProfile', Payload: payload } });
}
