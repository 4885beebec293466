import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import {
  type Actor,
  type ChainState,
  canRewriteLog,
  EVERYONE,
  probeLog,
  type Role,
  roleOf,
  type Sealer,
} from '../audit/index.ts';
import type { Db } from '../storage/index.ts';
import { AccessError } from './app.ts';
import type { ServerConfig } from './config.ts';

/** What health looks at. */
export interface HealthServices {
  readonly db: Db;
  readonly chain: Pick<ChainState, 'alarm'>;
  readonly sealer?: Pick<Sealer, 'kept'>;
  readonly config: Pick<ServerConfig, 'trustProxy'>;
  /** Who sends a request: throws for a token or session that is none. */
  readonly whoCalls: (request: FastifyRequest) => Promise<Actor>;
}

/**
 * `/healthz`, `/readyz`, `/metrics`, `/openapi.json`. Metrics hold counts, never names.
 *
 * A server whose audit log raises an alarm is ready all the same: its owners decide what to stop.
 */
export function healthRoutes(app: FastifyInstance, services: HealthServices): void {
  const { db, chain, config, whoCalls } = services;
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
  const scraping = { config: { roles: 'public', rateLimit: SCRAPES }, schema: { hide: true } } as const;
  app.get('/metrics', scraping, async (request, reply) => {
    // With a proxy before the server everybody may come from this machine, and whether he was passed on is the proxy's to say.
    const isOpen = config.trustProxy.length === 0 && isLocalScraper(request.raw);
    if (!isOpen && !SCRAPERS.includes(roleOf(await whoCalls(request)))) throw noScraper();
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

const SCRAPES = { max: 120, timeWindow: 60_000 };
const SCRAPERS: readonly (Role | undefined)[] = EVERYONE.filter((role) => role !== 'member');

function noScraper(): AccessError {
  const ask =
    'Give an API token of the role auditor as the bearer: metrics are open to this machine alone, and to none behind a proxy';
  return new AccessError('signed-out', 401, ask);
}

const LOOPBACK = new Set(['127.0.0.1', '::1', '::ffff:127.0.0.1']);
const FORWARDING = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip', 'via'];

/** Behind a reverse proxy on this machine everybody comes from loopback; what was passed on says so. */
function isLocalScraper({ socket, headers }: IncomingMessage): boolean {
  return LOOPBACK.has(socket.remoteAddress ?? '') && FORWARDING.every((name) => headers[name] === undefined);
}
