/**
 * audit: the append-only story of everything that was decided, changed, opened and refused.
 *
 * `append` inserts an entry in the transaction of its change, so that neither exists without the other; nothing is released before that
 * commit. One sealer (advisory lock) gives committed entries their sequence and a SHA-256 chain within a second and signs the head
 * (Ed25519) every minute and at stop. It remembers what it signed last, in memory and in a file beside the database (`kept-head.ts`), and
 * neither seals nor signs a log that does not continue it (`witness.ts`), but alarms. `verifyChain` finds, offline, any changed, dropped or
 * reordered entry, and a cut tail against a signed head that was kept elsewhere. The server's role in the database, and a trigger where one
 * role does all, keep the server itself from changing an entry.
 *
 * `Actor` and `Role` live here because the log names who did it, and every room above writes to the log.
 */
export { acceptLog } from './accept.ts';
export { type Actor, EVERYONE, type Proof, personIdOf, type Role, roleOf } from './actor.ts';
export type { Alarm } from './alarm.ts';
export { append } from './append.ts';
export { type ChainState, chainState } from './chain-state.ts';
export type { SealedEntry, SignedHead } from './entry.ts';
export { headLine, parseHeadLine } from './head-line.ts';
export { keepRestored, keptHeadPath } from './kept-head.ts';
export { auditRoutes } from './routes.ts';
export { type Sealer, startSealer } from './sealer.ts';
export { hasSealedKey } from './signing-key.ts';
export { canRewriteLog, countEntriesAbout, probeLog } from './store.ts';
export { type Verification, verifyChain } from './verify.ts';
