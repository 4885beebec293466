import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { type ChainState, canRewriteLog, probeLog, type Sealer } from '../audit/index.ts';
import type { Db } from '../storage/index.ts';

/** What health looks at. */
export interface HealthServices {
  readonly db: Db;
  readonly chain: Pick<ChainState, 'alarm'>;
  readonly sealer?: Pick<Sealer, 'kept'>;
}

/**
 * `/healthz`, `/readyz`, `/metrics`, `/openapi.json`. Metrics hold counts, never names.
 *
 * A server whose audit log raises an alarm is ready all the same: its owners decide what to stop.
 */
export function healthRoutes(app: FastifyInstance, services: HealthServices): void {
  const { db, chain } = services;
  const registry = registryOf(services);
  app.get('/healthz', { config: { roles: 'public' }, schema: { hide: true } }, async () => ({ alive: true }));
  app.get('/readyz', { config: { roles: 'public' }, schema: { hide: true } }, async (_request, reply) => {
    try {
      await probeLog(db);
      const rewriting = (await canRewriteLog(db)) ? 'only witnesses notice it' : 'closed to the server';
      return { ready: true, audit: { alarm: chain.alarm()?.code ?? null, rewriting } };
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

function registryOf({ chain, sealer }: HealthServices): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'pavise_audit_alarm',
    help: '1 while the audit log is not to be trusted as it stands, by the reason',
    labelNames: ['code'],
    registers: [registry],
    collect() {
      const alarm = chain.alarm();
      this.reset();
      this.set({ code: alarm?.code ?? 'none' }, alarm === undefined ? 0 : 1);
    },
  });
  new Gauge({
    name: 'pavise_audit_signed_entries',
    help: 'How many entries the head covers that was signed last',
    registers: [registry],
    collect() {
      this.set(sealer?.kept()?.size ?? 0);
    },
  });
  return registry;
}

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];

/** Behind a reverse proxy on this machine everybody comes from loopback; what was passed on says so. */
function isLocalScraper({ socket, headers }: IncomingMessage): boolean {
  return LOOPBACK.has(socket.remoteAddress ?? '') && FORWARDING.every((name) => headers[name] === undefined);
}
