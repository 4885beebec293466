import type { FastifyInstance } from 'fastify';
import { HuntError } from './hunt-error.ts';

/** Takes bodies as bytes; for a scope of its own, other rooms read theirs as streams. */
export function takeBytes(plain: FastifyInstance): void {
  plain.removeContentTypeParser('application/octet-stream');
  plain.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );
}

/** The body as bytes; throws HuntError `body-bytes` when it came as something else. */
export function bytesOf(body: unknown): Uint8Array {
  if (!(body instanceof Uint8Array))
    throw new HuntError('body-bytes', 415, 'Send the file itself, as application/octet-stream');
  return body;
}
