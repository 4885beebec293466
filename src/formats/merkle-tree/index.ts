/**
 * merkle-tree: Merkle hash trees of append-only logs (RFC 6962 section 2.1, the same in RFC 9162 section 2.1), with SHA-256.
 *
 * A leaf is hashed with 0x00 before it, a node with 0x01, and a tree of n leaves splits at the largest power of two below n. So a complete subtree
 * never changes while the log grows, and every proof is made of such: `prove.ts` reads them through a capability, whoever stores them, and asks
 * once for all that a proof takes. What is verified leads to the signed root or throws; there is no third outcome.
 */
export { checkSize, emptyRoot, HASH_BYTES, leafHash, MAX_SIZE, nodeHash, type Sha256, type TreeHead } from './hash.ts';
export { proveConsistency, proveInclusion, provePrefix, type ReadNodes, readRoot } from './prove.ts';
export type { NodeId } from './ranges.ts';
export { makeTreeHasher, type TreeHasher } from './tree-hasher.ts';
export { rootsOfPrefix, verifyConsistency, verifyInclusion } from './verify.ts';
