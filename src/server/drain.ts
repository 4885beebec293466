import type { FastifyInstance } from 'fastify';

/** How long running requests may take to end once the server was told to stop. */
export const DRAIN_LIMIT_MS = 30_000;

/**
 * Lets what is running end before the server closes: from `app.close()` on every new request, `/readyz` among them, is answered 503 on a
 * connection that then closes, and the listener stays until the last running one has its answer, or until the limit.
 *
 * Streams (`config.background`) are not waited for: they end by themselves, or with the server.
 */
export function drainAtClose(app: FastifyInstance, limitMs = DRAIN_LIMIT_MS): void {
  let running = 0;
  let whenIdle = (): void => {};
  app.addHook('onRequest', async ({ routeOptions }, reply) => {
    if (routeOptions.config.background === true) return;
    running++;
    reply.raw.once('close', () => {
      running--;
      if (running === 0) whenIdle();
    });
  });
  app.addHook('preClose', async () => {
    if (running === 0) return;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((done) => {
      whenIdle = done;
      timer = setTimeout(done, limitMs);
    });
    clearTimeout(timer);
  });
}
