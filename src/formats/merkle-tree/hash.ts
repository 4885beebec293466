import { sha256 } from '@noble/hashes/sha2.js';
import { FormatError } from '../../base/index.ts';

/** SHA-256, the one hash of these trees. */
export const HASH_BYTES = 32;
/** Sizes beyond 2^53 - 1 cannot be counted exactly; a log of a million entries a second takes 285 years to reach it. */
export const MAX_SIZE = Number.MAX_SAFE_INTEGER;

// RFC 6962 section 2.1: leaves and nodes are hashed apart, so that no node passes for a leaf.
const LEAF = 0x00;
const NODE = 0x01;

/** SHA-256 at once; noble's by default, and four times as quick on Node by `node.ts`. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** A tree by its number of leaves and its hash. */
export interface TreeHead {
  readonly size: number;
  /** 32 bytes. */
  readonly root: Uint8Array;
}

/** The root of a tree without leaves: SHA-256 of nothing. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0));
}

/** SHA-256(0x00 ‖ entry). */
export function leafHash(entry: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  const input = new Uint8Array(1 + entry.length);
  input[0] = LEAF;
  input.set(entry, 1);
  return hash(input);
}

/** What every node is hashed from; filled and read within one call, since a tree of millions would make as many. */
const nodeInput = new Uint8Array(1 + 2 * HASH_BYTES).fill(NODE, 0, 1);

/** SHA-256(0x01 ‖ left ‖ right), both 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array, hash: Sha256 = sha256): Uint8Array {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return hash(nodeInput);
}

/** Throws FormatError `merkle-tree-size` for what is no number of leaves, or too large to count. */
export function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0)
    throw new FormatError('merkle-tree-size', -1, `Cannot use tree size: ${size} is no whole number up to 2^53 - 1`);
}
