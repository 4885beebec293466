/**
 * formats/archive: what the readers of archives share: which names of members are safe, and reading a stream whole under a limit.
 *
 * Pure and browser-safe. Nothing is ever written to a disk by these names, but they become keys and are shown to people.
 */
export { memberPath, refusalOf } from './member-name.ts';
export { type ArchiveInput, chunksOf, readAtFrom, readStream } from './streams.ts';
