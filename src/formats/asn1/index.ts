/**
 * formats/asn1: just enough DER (ITU-T X.690) for certificates, CMS and SCEP.
 *
 * Reading takes DER and, where phones and old clients send it, BER: indefinite lengths and constructed octet strings. Each node keeps
 * the bytes it was read from, because signatures are over bytes, not over values. Lengths are checked before use, depth and the number
 * of nodes are bounded, and the only error is FormatError with a code `asn1-…`. Writing is DER only. Pure and browser-safe.
 */
export { type DerNode, expectTag, octets, oidOf, readDer, textOf, timeOf } from './read.ts';
export { TAG } from './tags.ts';
export {
  bitString,
  context,
  implicit,
  integer,
  octetString,
  oid,
  sequence,
  setOf,
  tagged,
  text,
  time,
} from './write.ts';
