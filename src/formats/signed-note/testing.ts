import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { concatBytes, fromBase64Url, fromHex } from '../../base/index.ts';
import { makeVerifierKey, type SignatureType, type SignEd25519, type VerifierKey } from './index.ts';

/** A key for tests that is made from a word, the same each time; Go makes the same (test/interop/tlog). */
export function testKey(
  word: string,
  name: string,
  type: SignatureType,
): { readonly key: VerifierKey; readonly sign: SignEd25519 } {
  const seed = createHash('sha256').update(`pavise test key ${word}`).digest();
  // RFC 8410 section 7: PKCS #8 around 32 bytes.
  const pkcs8 = concatBytes([fromHex('302e020100300506032b657004220420'), seed]);
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8), format: 'der', type: 'pkcs8' });
  const publicKey = fromBase64Url(createPublicKey(privateKey).export({ format: 'jwk' }).x ?? '');
  return {
    key: makeVerifierKey(name, type, publicKey),
    sign: (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}
