import { FormatError } from '../../base/index.ts';
import { HASH_BYTES, nodeHash, type Sha256 } from '../merkle-tree/index.ts';

/** Throws FormatError `tlog-tiles-hashes` unless these are the bytes of a tile of hashes this wide. */
export function checkHashes(bytes: Uint8Array, width: number): void {
  if (bytes.length !== width * HASH_BYTES)
    throw new FormatError(
      'tlog-tiles-hashes',
      -1,
      `Cannot use tile: ${bytes.length} bytes where ${width} hashes of 32 bytes are wanted`,
    );
}

/** A view of one hash of a tile. */
export function hashAt(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES);
}

/** The hash of the complete subtree over `count` hashes of a tile from `at` on; `count` is a power of two that divides `at`. */
export function subtreeHash(bytes: Uint8Array, at: number, count: number, hash?: Sha256): Uint8Array {
  if (count === 1) return hashAt(bytes, at);
  // Level by level in one buffer: a tile is 255 nodes, and a log has millions.
  const row = bytes.slice(at * HASH_BYTES, (at + count) * HASH_BYTES);
  for (let width = count; width > 1; width /= 2)
    for (let i = 0; i < width; i += 2)
      row.set(nodeHash(hashAt(row, i), hashAt(row, i + 1), hash), (i / 2) * HASH_BYTES);
  return row.slice(0, HASH_BYTES);
}
