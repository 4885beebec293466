/**
 * formats/x509: certificates (RFC 5280) and certification requests (PKCS#10, RFC 2986).
 *
 * Reading gives the fields that Pavise judges by and the raw bytes that names and keys must be compared by. Issuing is in `node.ts`,
 * because it needs a private key; the web apps import neither. Path building is not here: a phone's certificate is issued by the one
 * authority of the installation, so that a chain has length one. Errors are FormatError with codes `x509-…` and `asn1-…`.
 */
export { type Certificate, parseCertificate } from './certificate.ts';
export { nameOf } from './name.ts';
export { type CertificateRequest, parseCertificateRequest } from './request.ts';
