/**
 * formats/plist: Apple property lists, XML (read, write) and binary `bplist00` (read).
 *
 * Source: Apple's PropertyList-1.0.dtd and CFBinaryPList.c (the format is described nowhere else). Phones speak XML to the server;
 * backups and sysdiagnoses hold both forms. Pure and browser-safe.
 *
 * Values: dictionaries are records without prototype (a key `__proto__` is a key), data is Uint8Array, dates are Date, integers are
 * numbers and, beyond 2^53, bigints; keyed archives carry PlistUid. Reading refuses DOCTYPE subsets, unknown entities, cycles, and
 * anything over the limits of `limits.ts`; it throws only FormatError with a code `plist-…`. A shared object of a binary list is
 * parsed once and shared in the result, so that a small file cannot unfold into a large tree.
 */
export { parsePlist } from './parse.ts';
export { isPlistDict, type PlistDict, PlistUid, type PlistValue } from './value.ts';
export { writeXmlPlist } from './write-xml.ts';
