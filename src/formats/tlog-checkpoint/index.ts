/**
 * tlog-checkpoint: what a transparency log signs of its tree (https://c2sp.org/tlog-checkpoint): origin, size and root, as a signed note.
 *
 * `openCheckpoint` is the one way to trust one. `compareHeads` finds, offline, that a log has signed two trees that are not one log.
 */
export {
  type Checkpoint,
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  type SignedCheckpoint,
} from './checkpoint.ts';
export { type Comparison, compareHeads } from './compare.ts';
export { parseHash, parseNumber, splitLines } from './lines.ts';
