import { fromBase64 } from '../../base/index.ts';
import { parseSigned, type Signed, signingTimeOf } from '../../formats/cms/index.ts';
import { attributesAreGenuine, contentIsSigned } from '../../formats/cms/node.ts';
import { refuseMessage } from './message.ts';
import type { Pin } from './pins.ts';
import { GRACE_MS } from './renewal.ts';
import type { AppleServices } from './services.ts';

/** How far the time of a signature may be from ours: a phone's clock may be wrong, and a message of another day is a replay. */
export const FRESH_MS = 86_400_000;

/** A phone as the header of its request names it; that the body is of it is proven by `proveBody`. */
export interface Announced {
  readonly pin: Pin;
  readonly signed: Signed;
  /** True where the header alone proves that the phone made it; otherwise the body has to. */
  readonly proven: boolean;
  /** When it was signed; undefined where the phone does not say. */
  readonly signedAtMs: number | undefined;
}

/**
 * Finds out by `Mdm-Signature` alone which phone this is, so that nobody else's body is read.
 *
 * The signed attributes hold the digest of the body: with them the whole signature is checked here. What reaches the body without the phone's
 * key is a header that was overheard, for a day.
 * @param onProven is told whose it is as soon as that is proven, also where it is refused then
 * @throws DeviceError `device-signature-missing`, `device-certificate-foreign`, `device-signature`, `device-certificate-retired`,
 *   `device-has-left`, `device-certificate-expired`, `device-signing-time`; FormatError of the header
 */
export async function announce(
  services: AppleServices,
  header: string | undefined,
  onProven: (deviceId: string) => void = () => {},
): Promise<Announced> {
  if (header === undefined) throw refuseMessage('device-signature-missing', 'it is not signed');
  const signed = parseSigned(fromBase64(header));
  const pin = await services.pins.find(signed.signerCertificate);
  if (pin === undefined) throw refuseMessage('device-certificate-foreign', 'its certificate was not given out here');
  const proven = attributesAreGenuine(signed, pin.key);
  if (proven === false) throw wrongSignature();
  if (proven === true) onProven(pin.deviceId);
  if (pin.retired) throw refuseMessage('device-certificate-retired', 'its certificate was replaced by another');
  if (pin.state === 'checked-out') throw refuseMessage('device-has-left', 'this enrolment has ended');
  const nowMs = services.now();
  if (nowMs > pin.expiresAt.getTime() + GRACE_MS)
    throw refuseMessage('device-certificate-expired', 'the certificate has run out');
  const signedAtMs = signingTimeOf(signed);
  if (Math.abs(nowMs - (signedAtMs ?? nowMs)) > FRESH_MS)
    throw refuseMessage('device-signing-time', 'it was signed on another day, or the clock of the phone is wrong');
  return { pin, signed, proven: proven === true, signedAtMs };
}

/** Checks that the body is the one that the header signs; throws DeviceError `device-signature`. */
export function proveBody({ pin, signed }: Announced, body: Uint8Array): void {
  if (!contentIsSigned(signed, body, pin.key)) throw wrongSignature();
}

function wrongSignature() {
  return refuseMessage('device-signature', 'its signature is wrong');
}
