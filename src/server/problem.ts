import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { CodedError, FormatError } from '../base/index.ts';
import { isDataRefused, isDiskFull, loggable } from '../storage/index.ts';
import { wordsFor } from './request-words.ts';

/** RFC 9457 problem details, with a stable code. */
export interface Problem {
  readonly type: 'about:blank';
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly requestId?: string;
  readonly reasons?: unknown;
}

const TITLES: Record<number, string> = {
  400: 'Bad request',
  401: 'Sign in first',
  403: 'Refused',
  404: 'Not found',
  408: 'Too slow',
  409: 'Conflict',
  413: 'Too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  500: 'Our failure',
  503: 'Not available now',
  507: 'No room left',
};

/** The one place where errors become replies. Our own failures tell the caller a request id and nothing of the inside. */
export function toProblem(error: unknown, requestId: string): Problem {
  if (error instanceof CodedError) {
    const reasons = 'reasons' in error ? error.reasons : undefined;
    return problem(error.status, error.code, error.message, requestId, reasons);
  }
  if (error instanceof FormatError) return problem(400, error.code, error.message, requestId);
  const known = error as Partial<FastifyError>; // Fastify's own errors carry statusCode and code; all others have neither
  if (known.validation !== undefined) {
    return problem(400, 'request-invalid', wordsFor(known.validationContext ?? 'request', known.validation), requestId);
  }
  if (known.code === 'FST_ERR_BAD_URL') {
    return problem(400, 'request-invalid', 'Check the address: a "%" in it is not followed by two digits', requestId);
  }
  if (typeof known.statusCode === 'number' && known.statusCode >= 400 && known.statusCode < 500) {
    const code = known.statusCode === 429 ? 'rate-limited' : known.statusCode === 413 ? 'too-large' : 'request-invalid';
    const detail =
      known.statusCode === 429
        ? `Wait a little and try again: ${known.message ?? ''}`
        : `Correct the request: ${known.message ?? ''}`;
    return problem(known.statusCode, code, detail, requestId);
  }
  if (isDataRefused(error)) {
    return problem(
      400,
      'request-invalid',
      'Correct the request: it holds a character, date or number that cannot be stored',
      requestId,
    );
  }
  if (isDiskFull(error)) {
    return problem(
      507,
      'disk-full',
      "Tell your administrator to make room on the server's disk, then try again: it is full, and nothing of this was saved",
      requestId,
    );
  }
  if (isConnectionLoss(error))
    return problem(503, 'database-unavailable', 'Try again in a moment: the database does not answer', requestId);
  return problem(
    500,
    'internal',
    `Try again, and give your administrator the request id if it stays: ${requestId}`,
    requestId,
  );
}

function problem(status: number, code: string, detail: string, requestId: string, reasons?: unknown): Problem {
  const title = TITLES[status] ?? 'Error';
  return { type: 'about:blank', title, status, detail, code, requestId, ...(reasons === undefined ? {} : { reasons }) };
}

function isConnectionLoss(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  // PostgreSQL classes 08 (connection) and 57P (shutdown, crash), and the socket's own errors
  return typeof code === 'string' && /^(08|57P|ECONNREFUSED|ECONNRESET|ENOENT|EPIPE)/.test(code);
}

/** Answers with the problem; logs our own failures with their stack, callers' mistakes by code alone. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const found = toProblem(error, request.id);
  if (found.status >= 500) request.log.error({ code: found.code, ...loggable(error) }, 'request failed');
  else request.log.info({ code: found.code, status: found.status }, 'request refused');
  if (found.status === 408) reply.header('connection', 'close'); // the rest of the body is not waited for
  return reply.code(found.status).type('application/problem+json').send(found);
}
