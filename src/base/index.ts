/**
 * base: what every room stands on, and no word of any domain.
 *
 * Bytes and their text forms, inputs as capabilities (`ReadAt`), the one error of parsers (`FormatError`), the one
 * shape of errors that a caller may be told (`CodedError`) and the one table of all other failures (`failureOf`, `failures.data.ts`), step
 * budgets, columns of millions of values, canonical JSON (RFC 8785). Pure: no I/O, no clock, no
 * randomness; runs in Node and in browsers alike.
 */
export {
  concatBytes,
  equalBytes,
  fromBase64,
  fromBase64Url,
  fromCanonicalBase64,
  fromHex,
  toBase64,
  toBase64Url,
  toHex,
  utf8Bytes,
  utf8Text,
  utf8TextLoose,
} from './bytes.ts';
export { canonicalJson, type Json } from './canonical-json.ts';
export { CLOCK_SKEW_MS, timeToCome } from './clock-skew.ts';
export { CodedError } from './coded-error.ts';
export { type ByteColumn, makeByteColumn, makeNumberColumn, type NumberColumn } from './columns.ts';
export { type Failure, failureOf, terminalSentence } from './failure-of.ts';
export { FormatError } from './format-error.ts';
export type { Randomness } from './randomness.ts';
export { type ReadAt, readAtOf } from './read-at.ts';
export { type StepBudget, stepBudget } from './step-budget.ts';
