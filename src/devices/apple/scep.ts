import { createHash } from 'node:crypto';
import { FormatError, fromBase64 } from '../../base/index.ts';
import { parsePkiMessage } from '../../formats/scep/index.ts';
import { buildCertRep, openPkcsReq } from '../../formats/scep/node.ts';
import { type CertificateRequest, parseCertificate } from '../../formats/x509/index.ts';
import { transaction } from '../../storage/index.ts';
import type { DeviceError } from '../device-error.ts';
import { hashOf } from '../enrolments.ts';
import { recordChange } from '../registry.ts';
import { takeScepChallenge } from '../store-enrolments.ts';
import { issueIdentity } from './authority.ts';
import { refuseMessage } from './message.ts';
import { CHALLENGE_MS } from './renewal.ts';
import type { AppleServices } from './services.ts';
import { insertCertificate } from './store.ts';
import { setRenewalCertificate, takeRenewalChallenge } from './store-renewals.ts';

/** RFC 8894 section 3.5.2; phones refuse a server that names no SHA. */
export const CAPABILITIES = ['POSTPKIOperation', 'SHA-1', 'SHA-256', 'AES', 'DES3', 'SCEPStandard'].join('\n');

const PKCS_REQ = '19';

/** The answer to a request, and why it was refused if it was: the phone is told a number at most. */
export interface PkiAnswer {
  readonly reply: Uint8Array;
  readonly refusal: DeviceError | FormatError | undefined;
}

/** Answers PKIOperation: one certificate for one one-time challenge. Throws FormatError where the message cannot be answered at all. */
export async function answerPkiOperation(services: AppleServices, bytes: Uint8Array): Promise<PkiAnswer> {
  const { authority, now, scepLegacyDes } = services;
  const message = parsePkiMessage(bytes);
  const answer = (outcome: Parameters<typeof buildCertRep>[2], refusal?: PkiAnswer['refusal']): PkiAnswer => ({
    reply: buildCertRep(message, authority, outcome, { nowMs: now(), random: crypto }),
    refusal,
  });
  if (message.messageType !== PKCS_REQ)
    return answer({ failInfo: 'badRequest' }, refuseMessage('device-scep-type', 'it is no request for a certificate'));
  let request: CertificateRequest;
  try {
    request = openPkcsReq(message, authority, scepLegacyDes);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return answer({ failInfo: error.code === 'cms-cipher' ? 'badAlg' : 'badMessageCheck' }, error);
  }
  const certificate = await issueForChallenge(services, request.challengePassword ?? '', request.spkiRaw);
  if (certificate === undefined)
    return answer(
      { failInfo: 'badRequest' },
      refuseMessage('device-challenge', 'its challenge is unknown, used or expired; install the profile anew'),
    );
  return answer({ certificate });
}

async function issueForChallenge(
  { db, authority, now }: AppleServices,
  challenge: string,
  spki: Uint8Array,
): Promise<Uint8Array | undefined> {
  return await transaction(db, async (tx) => {
    const nowMs = now();
    const invited = await takeScepChallenge(tx, hashOf(challenge), new Date(nowMs));
    const renewing = await takeRenewalChallenge(tx, hashOf(challenge), new Date(nowMs - CHALLENGE_MS));
    const deviceId = invited ?? renewing;
    if (deviceId === undefined) return undefined;
    const certificate = issueIdentity(authority, deviceId, spki, nowMs);
    const { serialHex, notAfterMs } = parseCertificate(certificate);
    const fingerprint = createHash('sha256').update(certificate).digest();
    if (renewing !== undefined) await setRenewalCertificate(tx, renewing, fingerprint);
    await insertCertificate(tx, {
      fingerprint,
      deviceId,
      serial: serialHex,
      certificate,
      issuedAt: new Date(nowMs),
      expiresAt: new Date(notAfterMs),
    });
    await recordChange(tx, deviceId, { kind: 'device', deviceId }, 'device.certificate.issued', { serial: serialHex });
    return certificate;
  });
}

/** Reads the `message` of a GET: base64, standard or URL-safe, in which "+" may have become a space. */
export function messageOfQuery(text: string): Uint8Array {
  return fromBase64(text.replaceAll(' ', '+').replaceAll('-', '+').replaceAll('_', '/'));
}
