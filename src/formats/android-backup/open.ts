import { FormatError, type ReadAt } from '../../base/index.ts';
import { type ArchiveInput, readAtFrom } from '../archive/index.ts';
import { type InflateLimits, inflateStream } from '../gzip/index.ts';
import type { BackupCrypto } from '../keybag/index.ts';
import { type BackupHeader, MAX_HEADER_BYTES, parseHeader } from './header.ts';
import { openMasterKey } from './master-key.ts';

export interface AndroidBackup {
  readonly version: number;
  readonly compressed: boolean;
  readonly encrypted: boolean;
  /**
   * Streams the tar archive inside; what was readable is yielded before an error.
   *
   * @param unlock needed when `encrypted`; the password in UTF-8, taken as it is
   * @throws FormatError `ab-password`, `ab-locked` (no password given), `ab-damaged`, `gzip-limit`
   */
  tar(
    unlock?: { readonly password: Uint8Array; readonly crypto: BackupCrypto },
    limits?: InflateLimits,
  ): AsyncGenerator<Uint8Array>;
}

const BLOCK_BYTES = 16;
const READ_BYTES = 256 * 1024;

/** Opens an Android backup; throws FormatError `ab-magic`, `ab-version`, `ab-header`. */
export async function openAndroidBackup(input: ArchiveInput): Promise<AndroidBackup> {
  const readAt = readAtFrom(input);
  const header = parseHeader(await readAt(0, Math.min(MAX_HEADER_BYTES, input.sizeBytes)));
  return {
    version: header.version,
    compressed: header.compressed,
    encrypted: header.encryption !== undefined,
    async *tar(unlock, limits = {}) {
      const body = bodyOf(readAt, header.bodyOffset, input.sizeBytes);
      const plain = header.encryption === undefined ? body : decrypt(header, body, unlock);
      if (!header.compressed) return yield* plain;
      try {
        yield* inflateStream(plain, 'deflate', limits);
      } catch (error) {
        if (!(error instanceof FormatError) || error.code !== 'gzip-damaged') throw error;
        throw damaged('its compressed data ends early or is damaged');
      }
    },
  };
}

async function* bodyOf(readAt: ReadAt, from: number, to: number): AsyncGenerator<Uint8Array> {
  for (let at = from; at < to; ) {
    const part = await readAt(at, Math.min(READ_BYTES, to - at));
    if (part.length === 0) throw damaged('the file ends early');
    at += part.length;
    yield part;
  }
}

async function* decrypt(
  header: BackupHeader,
  body: AsyncIterable<Uint8Array>,
  unlock: { readonly password: Uint8Array; readonly crypto: BackupCrypto } | undefined,
): AsyncGenerator<Uint8Array> {
  if (header.encryption === undefined || unlock === undefined) {
    throw new FormatError('ab-locked', -1, 'Cannot read Android backup: it is encrypted and needs its password');
  }
  const { password, crypto } = unlock;
  const master = await openMasterKey(header.encryption, header.version, password, crypto);
  let iv = master.iv;
  let rest: Uint8Array = new Uint8Array(0);
  // The last block is held back: it ends with the padding.
  let held: Uint8Array = new Uint8Array(0);
  for await (const part of body) {
    const bytes = new Uint8Array(rest.length + part.length);
    bytes.set(rest);
    bytes.set(part, rest.length);
    const whole = bytes.length - (bytes.length % BLOCK_BYTES);
    rest = bytes.subarray(whole);
    if (whole === 0) continue;
    const plain = crypto.decryptCbc(master.key, iv, bytes.subarray(0, whole));
    iv = bytes.slice(whole - BLOCK_BYTES, whole);
    if (held.length > 0) yield held;
    yield plain.subarray(0, whole - BLOCK_BYTES);
    held = plain.slice(whole - BLOCK_BYTES);
  }
  const padding = held[BLOCK_BYTES - 1] ?? 0;
  const valid = padding >= 1 && padding <= BLOCK_BYTES && held.subarray(BLOCK_BYTES - padding).every((byte) => byte === padding); // biome-ignore format: one line reads better
  if (rest.length > 0 || !valid) {
    if (held.length > 0) yield held;
    throw damaged('its encrypted data ends early or is damaged');
  }
  yield held.subarray(0, BLOCK_BYTES - padding);
}

function damaged(why: string): FormatError {
  return new FormatError('ab-damaged', -1, `Cannot read Android backup: ${why}`);
}
