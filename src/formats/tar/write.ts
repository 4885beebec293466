import { FormatError, utf8Bytes } from '../../base/index.ts';
import { BLOCK_BYTES, checksumOf } from './header.ts';

/** What a header says; the rest of POSIX's fields stays empty. */
export interface WrittenMember {
  readonly name: string;
  /** "0" a file, "5" a folder; any other character for archives that tests make. */
  readonly type: string;
  readonly sizeBytes: number;
  readonly mode: number;
  readonly modifiedAtSeconds?: number;
  readonly linkName?: string;
}

const NAME_BYTES = 100;
const OCTAL_LIMIT = 8 ** 11;

/** Two blocks of zeros end an archive. */
export const TAR_END: Uint8Array = new Uint8Array(2 * BLOCK_BYTES);

/**
 * Writes the header block of a member (POSIX.1-2017 pax, "ustar Interchange Format"); sizes of 8 GiB and more in GNU's base 256.
 *
 * @throws FormatError `tar-name` for a name or link of more than 100 bytes
 */
export function tarHeader({
  name,
  type,
  sizeBytes,
  mode,
  modifiedAtSeconds = 0,
  linkName = '',
}: WrittenMember): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  const put = (at: number, text: string): void => block.set(utf8Bytes(text), at);
  for (const [at, text] of [
    [0, name],
    [157, linkName],
  ] as const) {
    if (utf8Bytes(text).length > NAME_BYTES)
      throw new FormatError('tar-name', at, `Cannot write tar: "${text}" has more than ${NAME_BYTES} bytes`);
    put(at, text);
  }
  put(100, octal(mode, 8));
  put(108, octal(0, 8));
  put(116, octal(0, 8));
  if (sizeBytes < OCTAL_LIMIT) put(124, octal(sizeBytes, 12));
  else {
    block[124] = 0x80;
    new DataView(block.buffer).setBigUint64(128, BigInt(sizeBytes));
  }
  put(136, octal(modifiedAtSeconds, 12));
  put(156, type);
  put(257, 'ustar\x0000');
  put(148, `${checksumOf(block).unsigned.toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** The zeros that fill the last block of a content. */
export function tarPadding(sizeBytes: number): Uint8Array {
  return new Uint8Array((BLOCK_BYTES - (sizeBytes % BLOCK_BYTES)) % BLOCK_BYTES);
}

function octal(value: number, fieldBytes: number): string {
  return `${value.toString(8).padStart(fieldBytes - 1, '0')}\0`;
}
