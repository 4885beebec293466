/**
 * formats/tombstone: crash reports of Android's debuggerd, as text and as protobuf (AOSP, debuggerd/proto/tombstone.proto).
 *
 * `parseTombstone` tells the form by its content and gives the same fields from both. The stamp carries its zone. Registers, stacks and memory are
 * passed over. Bounded in bytes, lines and fields; throws only FormatError `tombstone-…`. Pure and browser-safe.
 */
export { parseTombstone } from './parse.ts';
export type { Tombstone, TombstoneSignal } from './tombstone.ts';
