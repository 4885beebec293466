import { type BackupCrypto, BLOCK_BYTES } from './crypto.ts';

/** Synchronous access to bytes, as formats/sqlite takes it; the answer may be overwritten by the source's next read. */
interface ByteSource {
  readonly sizeBytes: number;
  read(offset: number, length: number): Uint8Array;
}

/** A file of an encrypted backup, decrypted where it is read. */
export interface CbcReader extends ByteSource {
  /** Why the plain file is not whole, or undefined. */
  readonly damage: string | undefined;
}

/** Read ahead only when a reader goes straight on: a database jumps from page to page. */
const READ_AHEAD_BYTES = 64 * 1024;

/**
 * Reads a file that is AES-256-CBC under an IV of zeros (phone-evidence: iOS backups since 10.2).
 *
 * Random access: the cipher block before a range is its IV, so only the blocks asked for are decrypted. The plain file ends at `sizeBytes`
 * (MBFile Size), or without its PKCS#7 padding when Size is unknown; a shorter file ends with its last whole block and says so in `damage`.
 */
export function cbcReader(
  source: ByteSource,
  key: Uint8Array,
  sizeBytes: number | undefined,
  crypto: BackupCrypto,
): CbcReader {
  const cipherBytes = source.sizeBytes - (source.sizeBytes % BLOCK_BYTES);
  const decrypt = (from: number, to: number): Uint8Array => {
    const ivBytes = from === 0 ? 0 : BLOCK_BYTES;
    const bytes = source.read(from - ivBytes, to - from + ivBytes);
    const whole = bytes.length - (bytes.length % BLOCK_BYTES);
    const iv = ivBytes === 0 ? new Uint8Array(BLOCK_BYTES) : bytes.subarray(0, BLOCK_BYTES);
    return whole <= ivBytes ? new Uint8Array(0) : crypto.decryptCbc(key, iv, bytes.subarray(ivBytes, whole));
  };
  const { end, damage } = plainEnd(cipherBytes, source.sizeBytes, sizeBytes, decrypt);
  let cache: Uint8Array = new Uint8Array(0);
  let cacheFrom = 0;
  let lastEnd = -1;
  return {
    sizeBytes: end,
    damage,
    read(offset, length) {
      const stop = Math.min(offset + length, end);
      if (offset < 0 || offset >= stop) return new Uint8Array(0);
      if (offset < cacheFrom || stop > cacheFrom + cache.length) {
        const from = offset - (offset % BLOCK_BYTES);
        const wanted = offset === lastEnd ? Math.max(stop, offset + READ_AHEAD_BYTES) : stop;
        cache = decrypt(from, Math.min(cipherBytes, Math.ceil(wanted / BLOCK_BYTES) * BLOCK_BYTES));
        cacheFrom = from;
      }
      lastEnd = stop;
      return cache.subarray(offset - cacheFrom, stop - cacheFrom);
    },
  };
}

function plainEnd(
  cipherBytes: number,
  fileBytes: number,
  sizeBytes: number | undefined,
  decrypt: (from: number, to: number) => Uint8Array,
): { end: number; damage: string | undefined } {
  const cut = cipherBytes === fileBytes ? undefined : `file ends inside a cipher block at byte ${fileBytes}`;
  if (sizeBytes !== undefined) {
    if (cipherBytes < sizeBytes) return { end: cipherBytes, damage: `file has ${cipherBytes} of ${sizeBytes} bytes` };
    return { end: Math.max(0, sizeBytes), damage: undefined };
  }
  if (cipherBytes === 0) return { end: 0, damage: cut };
  const last = decrypt(cipherBytes - BLOCK_BYTES, cipherBytes);
  const padding = last[BLOCK_BYTES - 1] ?? 0;
  const valid =
    padding >= 1 && padding <= BLOCK_BYTES && last.subarray(BLOCK_BYTES - padding).every((byte) => byte === padding);
  if (cut === undefined && valid) return { end: cipherBytes - padding, damage: undefined };
  return { end: cipherBytes, damage: cut ?? 'file does not end with its padding' };
}
