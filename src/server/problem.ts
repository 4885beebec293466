import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Failure, failureOf } from '../base/index.ts';
import { loggable } from '../storage/index.ts';

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

/** A failure as problem details. Our own failures tell the caller a request id and nothing of the inside. */
function problemOf({ code, status, sentence, reasons }: Failure, requestId: string): Problem {
  const title = TITLES[status] ?? 'Error';
  const detail =
    status === 500 ? `Try again, and give your administrator the request id if it stays: ${requestId}` : sentence;
  return { type: 'about:blank', title, status, detail, code, requestId, ...(reasons === undefined ? {} : { reasons }) };
}

/** Answers with the problem; logs our own failures with their stack, callers' mistakes by code alone. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const failure = failureOf(error);
  const found = problemOf(failure, request.id);
  if (found.status >= 500) request.log.error({ code: found.code, ...loggable(error) }, 'request failed');
  else request.log.info({ code: found.code, status: found.status }, 'request refused');
  if (!request.raw.complete) reply.header('connection', 'close'); // the rest of a refused body is not waited for
  tellRetry(reply, failure);
  return reply.code(found.status).type('application/problem+json').send(found);
}

/** Says when to come again, where a failure passes by itself (RFC 9110 section 10.2.3). */
function tellRetry(reply: FastifyReply, { retryAfterSeconds }: Failure): void {
  if (retryAfterSeconds !== undefined) reply.header('retry-after', String(retryAfterSeconds));
}
