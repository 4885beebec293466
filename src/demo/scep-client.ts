import { createPublicKey, generateKeyPair, type KeyObject, randomBytes, sign } from 'node:crypto';
import { promisify } from 'node:util';
import { equalBytes } from '../base/index.ts';
import {
  bitString,
  context,
  expectTag,
  integer,
  octetString,
  oid,
  readDer,
  sequence,
  setOf,
  TAG,
  tagged,
  text,
  textOf,
} from '../formats/asn1/index.ts';
import { parseEnveloped, parseSigned } from '../formats/cms/index.ts';
import { openEnvelope, sealEnvelope, signatureIsGenuine, signContent } from '../formats/cms/node.ts';
import { type Certificate, nameOf, parseCertificate } from '../formats/x509/index.ts';
import { issueCertificate, publicKeyOf } from '../formats/x509/node.ts';
import { DemoError } from './demo-error.ts';

/** A phone's key and the certificate that the server's authority issued for it. */
export interface PhoneIdentity {
  readonly certificate: Certificate;
  readonly key: KeyObject;
}

/** What the SCEP payload of an enrolment profile says. */
export interface ScepOrder {
  readonly url: URL;
  readonly challenge: string;
  readonly commonName: string;
  readonly organisation: string | undefined;
}

const SHA256_WITH_RSA = '1.2.840.113549.1.1.11'; // RFC 4055, section 5
const CHALLENGE_PASSWORD = '1.2.840.113549.1.9.7'; // RFC 2985, section 5.4.1
const MESSAGE_TYPE = '2.16.840.1.113733.1.9.2'; // RFC 8894, section 3.2.1, and the three below
const PKI_STATUS = '2.16.840.1.113733.1.9.3';
const SENDER_NONCE = '2.16.840.1.113733.1.9.5';
const TRANSACTION_ID = '2.16.840.1.113733.1.9.7';
const PKCS_REQ = '19';
const DAY_MS = 86_400_000;

const generate = promisify(generateKeyPair);

/** Makes an RSA key and has it certified: GetCACert, then PKCSReq by POST, RFC 8894 sections 4.2 and 4.3. */
export async function obtainIdentity(order: ScepOrder, nowMs: number): Promise<PhoneIdentity> {
  const { privateKey: key } = await generate('rsa', { modulusLength: 2048 });
  const authority = parseCertificate(await ask(order.url, 'GetCACert'));
  const own = selfSigned(order, key, nowMs);
  const request = buildRequest(order, own, key);
  const envelope = sealEnvelope(
    request,
    { certificate: authority, key: publicKeyOf(authority.spkiRaw) },
    { secret: randomBytes(16), iv: randomBytes(16) },
  );
  const message = signContent(
    envelope,
    { certificate: own, key },
    {
      nowMs,
      extra: [
        [MESSAGE_TYPE, text(PKCS_REQ, true)],
        [TRANSACTION_ID, text(randomBytes(16).toString('hex'), true)],
        [SENDER_NONCE, octetString(randomBytes(16))],
      ],
    },
  );
  return { key, certificate: readReply(await ask(order.url, 'PKIOperation', message), authority, own, key) };
}

async function ask(url: URL, operation: string, body?: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const target = new URL(url);
  target.searchParams.set('operation', operation);
  const headers = { 'content-type': 'application/x-pki-message' };
  const reply = await fetch(target, body === undefined ? {} : { method: 'POST', headers, body });
  const bytes = new Uint8Array(await reply.arrayBuffer());
  if (!reply.ok)
    throw new DemoError('demo-scep', 502, `Cannot get a certificate: ${operation} answered ${reply.status}`);
  return bytes;
}

/** The certificate that signs the request: the phone has no other yet. */
function selfSigned(order: ScepOrder, key: KeyObject, nowMs: number): Certificate {
  const { organisation, commonName } = order;
  const name = nameOf(organisation === undefined ? { commonName } : { organisation, commonName });
  return parseCertificate(
    issueCertificate({
      use: 'client',
      subjectRaw: name,
      issuerRaw: name,
      spkiRaw: new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' })),
      serial: Uint8Array.of(1),
      notBeforeMs: nowMs - DAY_MS,
      notAfterMs: nowMs + DAY_MS,
      authorityKey: key,
    }),
  );
}

/** PKCS#10 with the challenge as an attribute, RFC 2986 section 4. */
function buildRequest(order: ScepOrder, own: Certificate, key: KeyObject): Uint8Array {
  const challenge = sequence(oid(CHALLENGE_PASSWORD), setOf(text(order.challenge, true)));
  const info = sequence(integer(0), own.subjectRaw, own.spkiRaw, context(0, challenge));
  const algorithm = sequence(oid(SHA256_WITH_RSA), tagged(TAG.null));
  return sequence(info, algorithm, bitString(sign('sha256', info, key)));
}

/** Opens CertRep: signed by the authority, encrypted to us, a bag with our certificate in it. */
function readReply(bytes: Uint8Array, authority: Certificate, own: Certificate, key: KeyObject): Certificate {
  const reply = parseSigned(bytes);
  const genuine =
    equalBytes(reply.signerCertificate.raw, authority.raw) &&
    signatureIsGenuine(reply, reply.content ?? new Uint8Array(), publicKeyOf(authority.spkiRaw));
  if (!genuine) throw new DemoError('demo-scep', 502, 'Cannot trust the SCEP reply: the authority did not sign it');
  const status = reply.attributes.get(PKI_STATUS);
  if (status === undefined || textOf(status) !== '0' || reply.content === undefined) {
    throw new DemoError('demo-scep', 502, 'Cannot get a certificate: the authority refused the request');
  }
  const issued = certificatesOf(openEnvelope(parseEnveloped(reply.content), key, false));
  const mine = issued.find((certificate) => equalBytes(certificate.spkiRaw, own.spkiRaw));
  if (mine === undefined) throw new DemoError('demo-scep', 502, 'Cannot use the certificate: it is for another key');
  return mine;
}

/** Certificates of a degenerate SignedData, RFC 8894 section 3.4. */
function certificatesOf(bag: Uint8Array): Certificate[] {
  const [, wrapper] = expectTag(readDer(bag), TAG.sequence, 'contentInfo').children;
  const fields = expectTag(wrapper, 0xa0, 'content').children[0]?.children ?? [];
  return (fields.find((field) => field.tag === 0xa0)?.children ?? []).map((node) => parseCertificate(node.raw));
}
