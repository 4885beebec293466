/**
 * formats/typedstream: NeXT's archive format, in which Messages keeps the formatted text of a message (`attributedBody`).
 *
 * Described by independent decoders only. `attributedBodyText` finds the text by its mark alone, in a microsecond, for passes over every message;
 * `parseTypedStream` decodes the whole archive, and `attributedBody` takes text and link targets out of it. Bounded in depth and steps; throws only
 * FormatError `typedstream-…`. Pure and browser-safe.
 */
export { type AttributedBody, attributedBody, attributedBodyText } from './attributed-body.ts';
export { parseTypedStream, type TypedObject, type TypedValue } from './parse.ts';
