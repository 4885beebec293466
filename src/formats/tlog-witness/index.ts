/**
 * tlog-witness: how a log gets its checkpoints cosigned (https://c2sp.org/tlog-witness): the body of `add-checkpoint`, the rules by which a witness
 * answers it, and what a log takes from the answer.
 *
 * A witness reads the request, finds the log by its origin (404), verifies the note by the log's keys (403), judges it (`judgeCheckpoint`), stores
 * the new head and only then cosigns.
 */
export { type AddCheckpoint, formatAddCheckpoint, parseAddCheckpoint } from './add-checkpoint.ts';
export { type Judgement, judgeCheckpoint } from './judge.ts';
export { openCosignatures, parseConflict } from './response.ts';
