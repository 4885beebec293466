/**
 * formats/cms: Cryptographic Message Syntax (RFC 5652), the part that phones and SCEP use.
 *
 * SignedData with one signer, detached (the header `Mdm-Signature`) or attached (profiles, SCEP messages), and EnvelopedData for one
 * RSA recipient. This face parses; `node.ts` verifies, signs, encrypts and decrypts. The signature is checked over the bytes that came,
 * never over a re-encoding. Errors are FormatError with codes `cms-…` and `asn1-…`.
 */
export { type Enveloped, parseEnveloped } from './enveloped.ts';
export { parseSigned, type Signed, signedContent, signingTimeOf } from './signed.ts';
