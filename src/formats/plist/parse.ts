import { FormatError } from '../../base/index.ts';
import { MAX_BYTES } from './limits.ts';
import { parseBinaryPlist } from './parse-binary.ts';
import { parseXmlPlist } from './parse-xml.ts';
import type { PlistValue } from './value.ts';

/**
 * Parses a property list, XML or binary, by its first bytes.
 *
 * Throws FormatError `plist-…`.
 */
export function parsePlist(bytes: Uint8Array): PlistValue {
  if (bytes.length > MAX_BYTES)
    throw new FormatError('plist-size', 0, `Cannot parse property list: over ${MAX_BYTES} bytes`);
  // CFBinaryPList.c: the magic number is "bplist" and a version whose first digit alone counts.
  if (bytes.length >= 8 && String.fromCharCode(...bytes.subarray(0, 7)) === 'bplist0') return parseBinaryPlist(bytes);
  return parseXmlPlist(bytes);
}
