import { concatBytes, utf8Bytes } from '../../base/index.ts';

/** One raw tar member: header with a right checksum, content, padding. */
export function tarPart(
  name: string,
  type: string,
  content: Uint8Array = new Uint8Array(0),
  { link = '', sizeBytes = content.length }: { link?: string; sizeBytes?: number } = {},
): Uint8Array {
  const block = new Uint8Array(512);
  const put = (at: number, text: string): void => block.set(utf8Bytes(text), at);
  put(0, name);
  put(100, '0000644\0');
  put(124, `${sizeBytes.toString(8).padStart(11, '0')}\0`);
  put(136, `${(1_700_000_000).toString(8).padStart(11, '0')}\0`);
  put(148, '        ');
  put(156, type);
  put(157, link);
  put(257, 'ustar\x0000');
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, `${sum.toString(8).padStart(6, '0')}\0 `);
  return concatBytes([block, content, new Uint8Array((512 - (content.length % 512)) % 512)]);
}

export function paxRecord(key: string, value: string): Uint8Array {
  const rest = utf8Bytes(` ${key}=${value}\n`);
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return concatBytes([utf8Bytes(String(length)), rest]);
}
