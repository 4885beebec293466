import { createPublicKey, generateKeyPairSync, randomBytes } from 'node:crypto';
import { signContent } from '../../src/formats/cms/node.ts';
import { nameOf, parseCertificate } from '../../src/formats/x509/index.ts';
import { issueCertificate } from '../../src/formats/x509/node.ts';
import { NOW_MS } from './ios-context.ts';

let signer: Parameters<typeof signContent>[1] | undefined;

/** Wraps a configuration profile in a signature (CMS), as organisations hand them out; the key is made once per process. */
export function signProfile(profile: Uint8Array): Uint8Array {
  signer ??= makeSigner();
  return signContent(profile, signer, { nowMs: NOW_MS });
}

function makeSigner(): Parameters<typeof signContent>[1] {
  const { privateKey: key } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const name = nameOf({ organisation: 'Generated', commonName: 'Profiles' });
  const certificate = issueCertificate({
    use: 'authority',
    subjectRaw: name,
    issuerRaw: name,
    spkiRaw: new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' })),
    serial: randomBytes(16),
    authorityKey: key,
    notBeforeMs: NOW_MS - 86_400_000,
    notAfterMs: NOW_MS + 86_400_000,
  });
  return { certificate: parseCertificate(certificate), key };
}
