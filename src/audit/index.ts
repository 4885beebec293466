/**
 * audit: the append-only story of everything that was decided, changed, opened and refused.
 *
 * `append` inserts an entry in the transaction of its change, so that neither exists without the other; nothing is released before that
 * commit. One sealer (advisory lock) gives committed entries their sequence and a SHA-256 chain within a second and signs the head
 * (Ed25519) every minute and at stop. `verifyChain` finds, offline, any changed, dropped or reordered entry, and a cut tail against a
 * signed head that was kept elsewhere. A trigger keeps the server itself from changing an entry.
 *
 * `Actor` and `Role` live here because the log names who did it, and every room above writes to the log.
 */
export { type Actor, EVERYONE, type Proof, type Role, roleOf } from './actor.ts';
export { append } from './append.ts';
export type { SealedEntry, SignedHead } from './entry.ts';
export { auditRoutes } from './routes.ts';
export { hasSealedKey, type Sealer, startSealer } from './sealer.ts';
export { countEntriesAbout, probeLog } from './store.ts';
export { type Verification, verifyChain } from './verify.ts';
