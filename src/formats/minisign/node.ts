import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { equalBytes, toBase64Url } from '../../base/index.ts';
import { formatMinisignSignature, globallySigned, type MinisignPublicKey, type MinisignSignature } from './index.ts';

/** Whether file and trusted comment are signed by this key. */
export function verifyMinisign(file: Uint8Array, signature: MinisignSignature, publicKey: MinisignPublicKey): boolean {
  if (!equalBytes(signature.keyId, publicKey.keyId)) return false;
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: toBase64Url(publicKey.key) }, format: 'jwk' });
  const message = signature.prehashed ? createHash('blake2b512').update(file).digest() : file;
  return (
    verify(null, message, key, signature.signature) &&
    verify(null, globallySigned(signature), key, signature.globalSignature)
  );
}

/** Signs a file, prehashed; @returns the text of the signature file. */
export function signMinisign(
  file: Uint8Array,
  by: { readonly privateKey: KeyObject; readonly keyId: Uint8Array },
  trustedComment: string,
): string {
  const signature = sign(null, createHash('blake2b512').update(file).digest(), by.privateKey);
  const globalSignature = sign(null, globallySigned({ signature, trustedComment }), by.privateKey);
  return formatMinisignSignature(
    { keyId: by.keyId, prehashed: true, signature, trustedComment, globalSignature },
    'signature of indicators',
  );
}
