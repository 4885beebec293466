import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { probeLog } from '../audit/index.ts';
import type { Db } from '../storage/index.ts';

/** `/healthz`, `/readyz`, `/metrics`, `/openapi.json`. Metrics hold counts, never names. */
export function healthRoutes(app: FastifyInstance, { db }: { db: Db }): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  app.get('/healthz', { config: { roles: 'public' }, schema: { hide: true } }, async () => ({ alive: true }));
  app.get('/readyz', { config: { roles: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    try {
      await probeLog(db);
      return { ready: true };
    } catch {
      return reply.code(503).send({ ready: false }); // the reason is in the log; probes only need the state
    }
  });
  app.get('/metrics', { config: { roles: 'public' }, schema: { hide: true } }, async (request, reply) => {
    if (!isLocalScraper(request.raw)) return reply.code(404).send();
    return reply.type(registry.contentType).send(await registry.metrics());
  });
  app.get('/openapi.json', { config: { roles: 'public' }, schema: { hide: true } }, async () => app.swagger());
}

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];

/** Behind a reverse proxy on this machine everybody comes from loopback; what was passed on says so. */
function isLocalScraper({ socket, headers }: IncomingMessage): boolean {
  return LOOPBACK.has(socket.remoteAddress ?? '') && FORWARDING.every((name) => headers[name] === undefined);
}
