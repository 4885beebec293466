import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import swagger from '@fastify/swagger';
import { TypeBoxValidatorCompiler } from '@fastify/type-provider-typebox';
import Fastify, { type FastifyInstance, type FastifyRequest, type FastifyServerOptions, LogController } from 'fastify';
import { type Actor, type Proof, roleOf } from '../audit/index.ts';
import { CodedError } from '../base/index.ts';
import { BODY_LIMIT_MS, limitBodyTime } from './body-time.ts';
import { limitBytesInFlight } from './bytes-in-flight.ts';
import type { ServerConfig } from './config.ts';
import { drainAtClose } from './drain.ts';
import { sendProblem } from './problem.ts';

const BODY_LIMIT_BYTES = 1 << 20;
/** What one person, token or (before sign-in) address may call of /api/v1: far above what the apps need, below what would starve others. */
const CALLS = { max: 6000, timeWindow: 60_000 };

/** Throws where the caller has not proved what a route asks for beyond the role. */
export type RequireProof = (request: FastifyRequest, proof: Proof) => Promise<void>;
/** Finds out who calls; throws or answers anonymous. */
export type Authenticate = (request: FastifyRequest) => Promise<Actor>;

/** A caller whom a route does not serve. */
export class AccessError extends CodedError {}

/**
 * Makes the HTTP server: request ids, limits, security headers, one hook that authorises each route by its declared roles and one that
 * asks for the proof it declares beside them, one place that turns errors into problem+json. A route that declares no roles stops the boot.
 */
export async function createApp(
  {
    config,
    authenticate,
    requireProof = refuseProof,
  }: { config: ServerConfig; authenticate: Authenticate; requireProof?: RequireProof },
  logger: FastifyServerOptions['logger'],
  bodyLimitMs = BODY_LIMIT_MS,
): Promise<FastifyInstance> {
  const tls =
    config.tls === undefined
      ? {}
      : { https: { cert: await readFile(config.tls.cert), key: await readFile(config.tls.key) } };
  const app: FastifyInstance = Fastify({
    ...tls,
    logger: logger ?? false,
    logController: new LogController({ disableRequestLogging: true }), // a URL can hold a token
    genReqId: () => randomUUID(),
    bodyLimit: BODY_LIMIT_BYTES,
    requestTimeout: 0, // see limitBodyTime
    keepAliveTimeout: 65_000,
    forceCloseConnections: true,
    ...(config.trustProxy.length === 0 ? {} : { trustProxy: [...config.trustProxy] }),
    routerOptions: { maxParamLength: 256 },
    // An address that cannot be decoded comes before every hook.
    frameworkErrors: (error, request, reply) => {
      reply.headers(safeHeaders(config, request.id));
      sendProblem(error, request, reply);
    },
  });
  app.setValidatorCompiler(TypeBoxValidatorCompiler);
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  app.setNotFoundHandler((request, reply) =>
    sendProblem(new AccessError('not-found', 404, 'Check the address: there is nothing here'), request, reply),
  );
  app.decorateRequest('actor', { getter: () => ANONYMOUS });
  await app.register(rateLimit, { global: false, keyGenerator: callerOf });
  const takeCall = app.createRateLimit(CALLS);
  await app.register(swagger, {
    openapi: {
      info: {
        title: 'Pavise',
        version: '1',
        description: 'The API of Pavise. Errors are RFC 9457 problem+json with a stable code.',
      },
    },
  });
  app.addHook('onRoute', (route) => {
    if (route.method !== 'HEAD' && route.config?.roles === undefined)
      throw new Error(`route ${String(route.method)} ${route.url} declares no roles`);
  });
  drainAtClose(app);
  limitBodyTime(app, bodyLimitMs);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(safeHeaders(config, request.id));
    if (request.url.startsWith('/api/')) reply.header('cache-control', 'no-store');
    await identify(request, authenticate, async () => {
      const call = await takeCall(request);
      if (!call.isAllowed && call.isExceeded)
        throw new AccessError('rate-limited', 429, `Wait ${call.ttlInSeconds} seconds and try again: too many calls`);
    });
    authorise(request);
  });
  // Once the body is read, which says what is asked for, and before it is looked at.
  app.addHook('preValidation', async (request) => {
    const { proof, proofFor } = request.routeOptions.config;
    if (proof !== undefined && proofFor?.(request.body) !== false) await requireProof(request, proof);
  });
  limitBytesInFlight(app, (request) => ({ key: callerOf(request), proven: request.actor.kind !== 'anonymous' }));
  return app;
}

/** What every answer carries. */
function safeHeaders({ publicUrl }: ServerConfig, requestId: string): Record<string, string> {
  return {
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'x-frame-options': 'DENY',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-request-id': requestId,
    ...(publicUrl.protocol === 'https:' ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
}

/** Who makes an app without a way to prove anything gets none of what asks for it. */
async function refuseProof(): Promise<void> {
  throw new AccessError('passkey-not-fresh', 403, 'Confirm with your passkey and try again: this asks for it anew');
}

const ANONYMOUS: Actor = { kind: 'anonymous' };

/** Who a limit counts for: the person whatever her sessions, the token, the phone, or the address (of IPv6 its /64) of who is none. */
function callerOf({ actor, ip }: FastifyRequest): string {
  if (actor.kind === 'person') return `person ${actor.personId}`;
  if (actor.kind === 'device') return `device ${actor.deviceId}`;
  // Whoever has one IPv6 address has its whole /64 (RFC 6177 section 2).
  return actor.kind === 'token' ? `token ${actor.tokenId}` : `address ${normalizeIP(ip, 64)}`;
}

/** Finds out who calls the API and counts the call, also where the proof is wrong: guessing is no way around the limit. */
async function identify(
  request: FastifyRequest,
  authenticate: Authenticate,
  count: () => Promise<void>,
): Promise<void> {
  const { roles } = request.routeOptions.config;
  const inApi = request.url.startsWith('/api/');
  if (request.is404 || roles === undefined || (roles === 'public' && !inApi)) return;
  try {
    const actor = await authenticate(request);
    Object.defineProperty(request, 'actor', { value: actor, configurable: true });
  } finally {
    if (inApi) await count();
  }
}

/** The one hook that authorises: a route's declared roles against the caller's. */
function authorise(request: FastifyRequest): void {
  const { roles } = request.routeOptions.config;
  if (request.is404 || roles === 'public') return;
  if (roles === undefined) throw new AccessError('not-found', 404, 'Check the address: there is nothing here');
  const role = roleOf(request.actor);
  if (role === undefined)
    throw new AccessError('signed-out', 401, 'Sign in first: this needs a session or an API token');
  if (!roles.includes(role))
    throw new AccessError('role-missing', 403, `Ask an administrator: your role "${role}" may not do this`);
}
