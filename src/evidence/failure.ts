import { FormatError } from '../base/index.ts';

/**
 * The reason in an artefact's row. A system error gives its code; anything else is a bug of ours, which ends that one artefact and is told
 * as such, since a check that stops at the first surprise would be worth less than one that says what it could not read.
 */
export function reasonOf(error: unknown): string {
  if (error instanceof FormatError) return error.message;
  if (!(error instanceof Error)) return 'cannot be read: internal error';
  if ('code' in error && typeof error.code === 'string') return `cannot be read: ${error.code}`;
  if (error.name === 'AbortError') throw error;
  return `cannot be read: internal error (${error.name})`;
}
