import { createPrivateKey, createPublicKey, generateKeyPair, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { Authority } from '../../formats/scep/node.ts';
import { nameOf, parseCertificate } from '../../formats/x509/index.ts';
import { issueCertificate } from '../../formats/x509/node.ts';
import type { Db, Secrets } from '../../storage/index.ts';
import { findAuthority, insertAuthority } from './store.ts';

const PURPOSE = 'devices-authority';
const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
/** A year is what Apple's own tools use for identity certificates; `renewal.ts` has phones renew them long before. */
export const IDENTITY_DAYS = 365;

/** Opens the authority that certifies phones, made at the first start; RSA, because SCEP encrypts to it. */
export async function openAuthority(
  { db, secrets, now }: { db: Db; secrets: Secrets; now: () => number },
  organisation: string,
): Promise<Authority> {
  if ((await findAuthority(db)) === undefined)
    await insertAuthority(db, await createAuthority(secrets, organisation, now()));
  // Read back: of two servers that start at once, one wrote.
  const row = await findAuthority(db);
  if (row === undefined) throw new Error('authority vanished');
  const key = createPrivateKey({
    key: Buffer.from(secrets.open(PURPOSE, row.keySealed)),
    format: 'der',
    type: 'pkcs8',
  });
  return { certificate: parseCertificate(row.certificate), key };
}

async function createAuthority(secrets: Secrets, organisation: string, nowMs: number) {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
  const name = nameOf({ organisation, commonName: 'Device authority' });
  const certificate = issueCertificate({
    use: 'authority',
    subjectRaw: name,
    issuerRaw: name,
    spkiRaw: new Uint8Array(createPublicKey(privateKey).export({ type: 'spki', format: 'der' })),
    serial: randomSerial(),
    notBeforeMs: nowMs - DAY_MS,
    notAfterMs: nowMs + AUTHORITY_DAYS * DAY_MS,
    authorityKey: privateKey,
  });
  const keySealed = secrets.seal(PURPOSE, new Uint8Array(privateKey.export({ type: 'pkcs8', format: 'der' })));
  return { certificate, keySealed, createdAt: new Date(nowMs) };
}

/** Issues a phone's identity certificate; the subject is ours, whatever the request asked for. */
export function issueIdentity(
  authority: Authority,
  deviceId: string,
  spkiRaw: Uint8Array,
  nowMs: number,
): Uint8Array<ArrayBuffer> {
  return issueCertificate({
    use: 'client',
    subjectRaw: nameOf({ commonName: `device ${deviceId}` }),
    issuerRaw: authority.certificate.subjectRaw,
    spkiRaw,
    serial: randomSerial(),
    notBeforeMs: nowMs - DAY_MS,
    notAfterMs: nowMs + IDENTITY_DAYS * DAY_MS,
    authorityKey: authority.key,
  });
}

/** RFC 5280 section 4.1.2.2: positive, at most 20 bytes; here 16 with the top bit clear. */
function randomSerial(): Uint8Array {
  const serial = new Uint8Array(randomBytes(16));
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  return serial;
}
