import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** Reads a private key, in words instead of OpenSSL's when it is none; `where` names its file. */
export function privateKeyOf(pem: string, where: string): KeyObject {
  if (/-----BEGIN (PUBLIC KEY|RSA PUBLIC KEY|CERTIFICATE)-----/.test(pem))
    throw new Error(`Give the private key: "${where}" holds a public key or a certificate, which opens nothing`);
  if (/-----BEGIN ENCRYPTED PRIVATE KEY-----|Proc-Type: 4,ENCRYPTED/.test(pem))
    throw new Error(
      `Take the passphrase off first (openssl pkey -in KEY.pem -out PLAIN.pem): the key in "${where}" is encrypted`,
    );
  const key = keyOf(() => createPrivateKey(pem), `Give a private key in PEM: "${where}" holds none`);
  return ofKnownType(key, where);
}

/** Reads a public key or a certificate, in words instead of OpenSSL's when it is none. */
export function publicKeyOf(pem: string | Buffer, where: string): KeyObject {
  return ofKnownType(
    keyOf(() => createPublicKey(pem), `Give a public key or certificate in PEM: "${where}" holds none`),
    where,
  );
}

function keyOf(read: () => KeyObject, otherwise: string): KeyObject {
  try {
    return read();
  } catch {
    throw new Error(otherwise); // what OpenSSL says names its decoders, not the file's fault
  }
}

function ofKnownType(key: KeyObject, where: string): KeyObject {
  if (key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'ec') return key;
  throw new Error(`Give an RSA or EC key: the key in "${where}" is of the type ${key.asymmetricKeyType ?? 'unknown'}`);
}
