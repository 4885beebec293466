import type { FastifyInstance } from 'fastify';

const HEADERS_LIMIT_MS = 15_000;

/** How long the body of a request may take that is no upload: it has 1 MiB at most, or a little more where a route says so. */
export const BODY_LIMIT_MS = 60_000;

/**
 * Ends requests whose headers or body do not come in time, so that nobody holds connections by sending nothing.
 *
 * A route with `config.upload` takes large bodies over slow lines and watches their pace itself; Node's one limit for all requests would
 * cut those, so it is off.
 */
export function limitBodyTime(app: FastifyInstance, limitMs: number): void {
  app.server.headersTimeout = HEADERS_LIMIT_MS;
  const waiting = new Set<NodeJS.Timeout>();
  app.addHook('onRequest', async ({ raw, routeOptions }) => {
    if (raw.complete || routeOptions.config.upload === true) return;
    if (raw.headers['content-length'] === undefined && raw.headers['transfer-encoding'] === undefined) return;
    const timer = setTimeout(() => {
      // As Node does at its own limit: the parser waits for the body, so no handler could answer.
      raw.socket.end('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
      raw.destroy();
    }, limitMs);
    waiting.add(timer);
    const arrived = (): void => {
      clearTimeout(timer);
      waiting.delete(timer);
    };
    raw.once('end', arrived).once('close', arrived);
  });
  // A server that has ended waits for nobody.
  app.addHook('onClose', async () => {
    for (const timer of waiting) clearTimeout(timer);
  });
}
