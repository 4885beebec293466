import type { KeyObject } from 'node:crypto';
import { FormatError, type Randomness } from '../../base/index.ts';
import { octetString, text } from '../asn1/index.ts';
import { parseEnveloped } from '../cms/index.ts';
import { certificateBag, openEnvelope, sealEnvelope, signatureIsGenuine, signContent } from '../cms/node.ts';
import { type Certificate, type CertificateRequest, parseCertificateRequest } from '../x509/index.ts';
import { publicKeyOf, requestIsGenuine } from '../x509/node.ts';
import type { PkiMessage } from './message.ts';
import { ATTRIBUTE } from './oids.ts';

/** The authority's certificate and private key. */
export interface Authority {
  readonly certificate: Certificate;
  readonly key: KeyObject;
}

/** Opens PKCSReq: checks the message's signature, decrypts, checks the request's own. Throws FormatError. */
export function openPkcsReq(message: PkiMessage, authority: Authority, legacyDes: boolean): CertificateRequest {
  const signerKey = publicKeyOf(message.signed.signerCertificate.spkiRaw);
  if (!signatureIsGenuine(message.signed, message.envelope, signerKey)) {
    throw new FormatError('scep-signature', -1, 'Cannot trust SCEP message: the signature is wrong');
  }
  const request = parseCertificateRequest(openEnvelope(parseEnveloped(message.envelope), authority.key, legacyDes));
  if (!requestIsGenuine(request))
    throw new FormatError('scep-request', -1, 'Cannot trust certification request: the signature is wrong');
  return request;
}

/** RFC 8894 section 3.2.1.4. */
export type FailInfo = 'badAlg' | 'badMessageCheck' | 'badRequest';
const FAIL_INFO: Readonly<Record<FailInfo, string>> = { badAlg: '0', badMessageCheck: '1', badRequest: '2' };
const CERT_REP = '3';

/** Builds CertRep: the new certificate, encrypted to the certificate that signed the request, or a refusal. */
export function buildCertRep(
  message: PkiMessage,
  authority: Authority,
  outcome: { readonly certificate: Uint8Array } | { readonly failInfo: FailInfo },
  { nowMs, random }: { readonly nowMs: number; readonly random: Randomness },
): Uint8Array<ArrayBuffer> {
  const bytes = (): Uint8Array => random.getRandomValues(new Uint8Array(16));
  const issued = 'certificate' in outcome;
  let content = new Uint8Array();
  if (issued) {
    const certificate = message.signed.signerCertificate;
    const recipient = { certificate, key: publicKeyOf(certificate.spkiRaw) };
    content = sealEnvelope(certificateBag([outcome.certificate]), recipient, { secret: bytes(), iv: bytes() });
  }
  return signContent(content, authority, {
    nowMs,
    extra: [
      [ATTRIBUTE.messageType, text(CERT_REP, true)],
      [ATTRIBUTE.pkiStatus, text(issued ? '0' : '2', true)],
      ...(issued ? [] : [[ATTRIBUTE.failInfo, text(FAIL_INFO[outcome.failInfo], true)] as const]),
      [ATTRIBUTE.transactionId, text(message.transactionId, true)],
      [ATTRIBUTE.recipientNonce, octetString(message.senderNonce)],
      [ATTRIBUTE.senderNonce, octetString(bytes())],
    ],
  });
}
