import { concatBytes, utf8Bytes } from '../../base/index.ts';
import { tarHeader, tarPadding } from './write.ts';

/** One raw tar member: header with a right checksum, content, padding. */
export function tarPart(
  name: string,
  type: string,
  content: Uint8Array = new Uint8Array(0),
  { link = '', sizeBytes = content.length }: { link?: string; sizeBytes?: number } = {},
): Uint8Array {
  const header = tarHeader({ name, type, sizeBytes, mode: 0o644, modifiedAtSeconds: 1_700_000_000, linkName: link });
  return concatBytes([header, content, tarPadding(content.length)]);
}

export function paxRecord(key: string, value: string): Uint8Array {
  const rest = utf8Bytes(` ${key}=${value}\n`);
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return concatBytes([utf8Bytes(String(length)), rest]);
}
