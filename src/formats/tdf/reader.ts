import { equalBytes, FormatError, type ReadAt } from '../../base/index.ts';
import type { TdfContainer } from './container.ts';
import { hmac, macKey, requireBinding, segmentTag, verifyRoot } from './integrity.ts';
import type { Segment } from './manifest.ts';
import { owned } from './owned.ts';

/** The key of a file in its two uses; both may be non-extractable. */
export interface TdfKeys {
  readonly cipher: CryptoKey;
  readonly mac: CryptoKey;
}

/** Plaintext of a file whose policy and segment table have been proven. */
export interface TdfReader {
  readonly sizeBytes: number;
  readonly segmentCount: number;
  readonly segmentBytes: number;
  /** @throws FormatError `tdf-segment` when its tag differs; nothing of it is given out then */
  segment(index: number): Promise<Uint8Array<ArrayBuffer>>;
  segments(): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined>;
  /** Random access: decrypts only the segments that the range touches. */
  readonly read: ReadAt;
}

/** Makes both uses of a raw key of 32 bytes, as `joinShares` gives it. */
export async function keysOf(key: Uint8Array): Promise<TdfKeys> {
  return {
    cipher: await crypto.subtle.importKey('raw', owned(key), 'AES-GCM', false, ['decrypt']),
    mac: await macKey(key),
  };
}

/**
 * Opens a container with the key of the file: bytes from `joinShares`, or key objects from `unwrapRewrapped`.
 *
 * @throws FormatError `tdf-binding`, `tdf-root`
 */
export async function openTdf(container: TdfContainer, key: TdfKeys | Uint8Array): Promise<TdfReader> {
  const keys = key instanceof Uint8Array ? await keysOf(key) : key;
  const { manifest } = container;
  const splits = new Set(manifest.keyAccess.map((access) => access.splitId));
  // With several splits the file's key is no share; joinShares has checked each binding already.
  if (splits.size === 1) for (const splitId of splits) await requireBinding(keys.mac, manifest, splitId);
  await verifyRoot(keys.mac, manifest);
  return readerOf(container, keys);
}

function readerOf(container: TdfContainer, keys: TdfKeys): TdfReader {
  const { segments, segmentBytes } = container.manifest;
  const sizeBytes = segments.reduce((sum, segment) => sum + segment.sizeBytes, 0);

  const segment = async (index: number): Promise<Uint8Array<ArrayBuffer>> => {
    const entry = segments[index];
    if (entry === undefined) throw new FormatError('tdf-segment', -1, `Cannot read TDF: no segment ${index}`);
    return decryptSegment(container, keys, entry, container.payloadOffset + index * (segmentBytes + 28));
  };

  return {
    sizeBytes,
    segmentCount: segments.length,
    segmentBytes,
    segment,
    async *segments() {
      for (let i = 0; i < segments.length; i++) yield await segment(i);
    },
    async read(offset, length) {
      const from = Math.max(0, Math.min(offset, sizeBytes));
      const to = Math.max(from, Math.min(sizeBytes, offset + length));
      const out = new Uint8Array(to - from);
      for (let at = from; at < to; ) {
        const index = Math.floor(at / segmentBytes);
        const part = (await segment(index)).subarray(at - index * segmentBytes, to - index * segmentBytes);
        out.set(part, at - from);
        at += part.length;
      }
      return out;
    },
  };
}

async function decryptSegment(
  container: TdfContainer,
  keys: TdfKeys,
  entry: Segment,
  offset: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = owned(await container.readAt(offset, entry.encryptedBytes));
  if (bytes.length !== entry.encryptedBytes) throw badSegment(offset);
  const { manifest } = container;
  const found = manifest.segmentHashAlg === 'GMAC' ? bytes.subarray(-16) : await hmac(keys.mac, bytes);
  if (!equalBytes(found, segmentTag(manifest, entry))) throw badSegment(offset);
  try {
    return new Uint8Array(
      await crypto.subtle.decrypt({ name: 'AES-GCM', iv: bytes.subarray(0, 12) }, keys.cipher, bytes.subarray(12)),
    );
  } catch {
    throw badSegment(offset);
  }
}

export function badSegment(offset: number): FormatError {
  return new FormatError('tdf-segment', offset, 'Cannot trust TDF: a segment was changed, its tag differs');
}
