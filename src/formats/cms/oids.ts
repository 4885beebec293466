/** Object identifiers of RFC 5652, RFC 3370 and RFC 3565. */
export const OID = {
  data: '1.2.840.113549.1.7.1',
  signedData: '1.2.840.113549.1.7.2',
  envelopedData: '1.2.840.113549.1.7.3',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingTime: '1.2.840.113549.1.9.5',
  rsaEncryption: '1.2.840.113549.1.1.1',
  sha256: '2.16.840.1.101.3.4.2.1',
} as const;

/** Digest algorithms that are accepted, by identifier; SHA-1 because old clients send nothing else. */
export const DIGESTS: ReadonlyMap<string, string> = new Map([
  ['1.3.14.3.2.26', 'sha1'],
  ['2.16.840.1.101.3.4.2.1', 'sha256'],
  ['2.16.840.1.101.3.4.2.2', 'sha384'],
  ['2.16.840.1.101.3.4.2.3', 'sha512'],
]);

/** Content ciphers by identifier: their name in OpenSSL, which also knows how long key and block are. */
export const CIPHERS: ReadonlyMap<string, { readonly name: string; readonly legacy: boolean }> = new Map([
  ['2.16.840.1.101.3.4.1.2', { name: 'aes-128-cbc', legacy: false }],
  ['2.16.840.1.101.3.4.1.22', { name: 'aes-192-cbc', legacy: false }],
  ['2.16.840.1.101.3.4.1.42', { name: 'aes-256-cbc', legacy: false }],
  ['1.2.840.113549.3.7', { name: 'des-ede3-cbc', legacy: false }],
  // Single DES: OpenSSL 3 has it no more, and DES-EDE3 with the key three times is the same cipher.
  ['1.3.14.3.2.7', { name: 'des-ede3-cbc', legacy: true }],
]);
