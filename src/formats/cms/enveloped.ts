import { FormatError } from '../../base/index.ts';
import { expectTag, octets, oidOf, readDer, TAG } from '../asn1/index.ts';
import { OID } from './oids.ts';

/** EnvelopedData for one RSA recipient. */
export interface Enveloped {
  readonly recipientIssuerRaw: Uint8Array;
  readonly recipientSerialRaw: Uint8Array;
  readonly encryptedKey: Uint8Array;
  readonly cipherOid: string;
  readonly iv: Uint8Array;
  readonly ciphertext: Uint8Array;
}

function bad(code: string, why: string): FormatError {
  return new FormatError(code, -1, `Cannot parse CMS: ${why}`);
}

/** Parses ContentInfo with EnvelopedData, RFC 5652 section 6. Throws FormatError `cms-…` or `asn1-…`. */
export function parseEnveloped(bytes: Uint8Array): Enveloped {
  const [type, wrapper] = expectTag(readDer(bytes), TAG.sequence, 'contentInfo').children;
  if (oidOf(type) !== OID.envelopedData) throw bad('cms-type', 'not enveloped data');
  const fields = expectTag(expectTag(wrapper, 0xa0, 'content').children[0], TAG.sequence, 'envelopedData').children;
  const recipients = expectTag(fields[1], TAG.set, 'recipientInfos').children;
  if (recipients.length !== 1) throw bad('cms-recipients', `one recipient expected, got ${recipients.length}`);
  const [, id, keyAlgorithm, encryptedKey] = expectTag(recipients[0], TAG.sequence, 'keyTransRecipientInfo').children;
  const [issuer, serial] = expectTag(id, TAG.sequence, 'issuerAndSerialNumber').children;
  if (oidOf(expectTag(keyAlgorithm, TAG.sequence, 'keyEncryptionAlgorithm').children[0]) !== OID.rsaEncryption) {
    throw bad('cms-key-algorithm', 'the key is not encrypted with RSA');
  }
  const [, algorithm, content] = expectTag(fields[2], TAG.sequence, 'encryptedContentInfo').children;
  const [cipher, iv] = expectTag(algorithm, TAG.sequence, 'contentEncryptionAlgorithm').children;
  if (content === undefined || (content.tag & 0xdf) !== 0x80)
    throw bad('cms-content', 'the encrypted content is missing');
  return {
    recipientIssuerRaw: expectTag(issuer, TAG.sequence, 'issuer').raw,
    recipientSerialRaw: expectTag(serial, TAG.integer, 'serialNumber').raw,
    encryptedKey: expectTag(encryptedKey, TAG.octetString, 'encryptedKey').content,
    cipherOid: oidOf(cipher),
    iv: expectTag(iv, TAG.octetString, 'iv').content,
    ciphertext: octets(content),
  };
}
