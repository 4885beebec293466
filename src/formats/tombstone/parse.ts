import { FormatError, utf8TextLoose } from '../../base/index.ts';
import { parseProtobufTombstone } from './parse-protobuf.ts';
import { parseTextTombstone } from './parse-text.ts';
import type { Tombstone } from './tombstone.ts';

/** Real ones have up to some MB; more is no tombstone. */
const MAX_BYTES = 64 * 1024 * 1024;
const HEAD_BYTES = 4096;

/**
 * Parses a tombstone, text or protobuf.
 *
 * @throws FormatError `tombstone-size`, `tombstone-shape` (neither form, or no process in it), `tombstone-protobuf`
 */
export function parseTombstone(bytes: Uint8Array): Tombstone {
  if (bytes.length > MAX_BYTES)
    throw new FormatError('tombstone-size', 0, `Cannot parse tombstone: over ${MAX_BYTES} bytes`);
  const head = utf8TextLoose(bytes.subarray(0, HEAD_BYTES));
  const text = /^\s*\*\*\* \*\*\*/.test(head) || /^(Build fingerprint|Timestamp|ABI): /m.test(head);
  const tombstone = text ? parseTextTombstone(bytes) : parseProtobufTombstone(bytes);
  if (tombstone.pid === undefined && tombstone.commandLine.length === 0) {
    throw new FormatError('tombstone-shape', 0, 'Cannot parse tombstone: no process in it');
  }
  return tombstone;
}
