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

/** Digest algorithms that are accepted; SHA-1 because old clients send nothing else. */
export const DIGESTS: Readonly<Record<string, string>> = {
  '1.3.14.3.2.26': 'sha1',
  '2.16.840.1.101.3.4.2.1': 'sha256',
  '2.16.840.1.101.3.4.2.2': 'sha384',
  '2.16.840.1.101.3.4.2.3': 'sha512',
};

/** Content ciphers by identifier: their name in OpenSSL, key and block bytes. */
export const CIPHERS: Readonly<
  Record<
    string,
    { readonly name: string; readonly keyBytes: number; readonly blockBytes: number; readonly legacy: boolean }
  >
> = {
  '2.16.840.1.101.3.4.1.2': { name: 'aes-128-cbc', keyBytes: 16, blockBytes: 16, legacy: false },
  '2.16.840.1.101.3.4.1.22': { name: 'aes-192-cbc', keyBytes: 24, blockBytes: 16, legacy: false },
  '2.16.840.1.101.3.4.1.42': { name: 'aes-256-cbc', keyBytes: 32, blockBytes: 16, legacy: false },
  '1.2.840.113549.3.7': { name: 'des-ede3-cbc', keyBytes: 24, blockBytes: 8, legacy: false },
  // Single DES: OpenSSL 3 has it no more, and DES-EDE3 with the key three times is the same cipher.
  '1.3.14.3.2.7': { name: 'des-ede3-cbc', keyBytes: 8, blockBytes: 8, legacy: true },
};
