import { CodedError, terminalSentence } from '../base/index.ts';

/** Refusals of `pavise check`; codes `usage` and `check-…`. */
export class CheckError extends CodedError {}

/** Turns a system error on a path into a refusal; anything else stays what it is. */
export function inputError(error: unknown, path: string): Error {
  if (error instanceof CodedError) return error;
  if (error instanceof Error && 'code' in error) {
    const text = terminalSentence(error, path) ?? `Cannot read "${path}": ${String(error.code)}`;
    return new CheckError('check-input', 400, text);
  }
  return error instanceof Error ? error : new Error(String(error));
}
