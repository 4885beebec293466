import { CodedError } from './coded-error.ts';
import { FAILURES, type FailureRow } from './failures.data.ts';
import { FormatError } from './format-error.ts';
import { wordsFor } from './request-words.ts';

/** What an error is to whoever asked; each edge (HTTP, key server, MDM) renders it in its own form. */
export interface Failure {
  /** Stable and scriptable. */
  readonly code: string;
  /** HTTP status; from 500 on the failure is ours, and the log gets the error. */
  readonly status: number;
  /** What to do, and why; nothing of the inside. */
  readonly sentence: string;
  /** Of what passes by itself: when to come again. */
  readonly retryAfterSeconds?: number;
  /** Of a refusal by the decision. */
  readonly reasons?: unknown;
}

/** Says what any thrown thing is to whoever called: of our own errors what they say themselves, of all others what the table says. */
export function failureOf(error: unknown): Failure {
  if (error instanceof CodedError) {
    const { code, status, message: sentence } = error;
    return 'reasons' in error ? { code, status, sentence, reasons: error.reasons } : { code, status, sentence };
  }
  if (error instanceof FormatError) return { code: error.code, status: 400, sentence: error.message };
  const { validation, validationContext, statusCode, message = '' } = (error ?? {}) as FromFastify;
  if (validation !== undefined)
    return { code: 'request-invalid', status: 400, sentence: wordsFor(validationContext ?? 'request', validation) };
  const { code, status, answer, retryAfterSeconds } = rowOf(codesOf(error));
  const refused = typeof statusCode === 'number' && statusCode < 500 && status < 500;
  const failure = { code, status: refused ? statusCode : status, sentence: answer(message) };
  return retryAfterSeconds === undefined ? failure : { ...failure, retryAfterSeconds };
}

/** What a system error means to the person at the terminal, and what to do; undefined for any other error. */
export function terminalSentence(error: unknown, named?: string): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { path = named } = error as { path?: string };
  const codes = codesOf(error);
  return rowOf(codes).terminal?.(path === undefined ? '' : `: "${path}"`, codes[0] ?? '');
}

/** Fastify's own errors carry these; all others have none of them. */
interface FromFastify {
  readonly validation?: Parameters<typeof wordsFor>[1];
  readonly validationContext?: string;
  readonly statusCode?: unknown;
  readonly message?: string;
}

/** Codes of an error, the nearest first; what HTTP refuses by itself stands for its status. */
function codesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [];
  const { code, statusCode, cause } = error as { code?: unknown; statusCode?: unknown; cause?: { code?: unknown } };
  const found = [code, cause?.code].filter((one) => typeof one === 'string');
  return typeof statusCode === 'number' ? [...found, `HTTP ${statusCode}`] : found;
}

function rowOf(codes: readonly string[]): FailureRow {
  const row = FAILURES.find(({ of }) =>
    of.some((wanted) => wanted === '*' || codes.some((code) => fits(code, wanted))),
  );
  if (row === undefined) throw new Error('the last row of the table takes everything');
  return row;
}

function fits(code: string, wanted: string): boolean {
  return wanted.endsWith('*') ? code.startsWith(wanted.slice(0, -1)) : code === wanted;
}
