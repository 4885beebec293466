/**
 * formats/stamp: times of evidence as text, with or without a zone.
 *
 * Logs of phones write local time; where they give the offset, the time is exact, and where they do not, it must not pretend to be.
 */
export { parseStamp, type Stamp } from './parse.ts';
