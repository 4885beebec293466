import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { failureOf } from '../base/index.ts';
import { loggable } from '../storage/index.ts';
import { PublicKeyReply, RewrapBody } from './api.ts';
import { FilesError } from './files-error.ts';
import { rewrap } from './rewrap.ts';
import type { FilesServices } from './services.ts';
import type { KasAlgorithm } from './store.ts';

const PublicKeyBody = Type.Object({
  algorithm: Type.Optional(Type.String()),
  fmt: Type.Optional(Type.String()),
  v: Type.Optional(Type.String()),
});
const LIMIT = { rateLimit: { max: 600, timeWindow: 60_000 } };

/** The key access server as OpenTDF's clients call it: Connect unary in JSON, and the older REST paths. */
export async function kasRoutes(plain: FastifyInstance, services: FilesServices): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  app.setErrorHandler((error, _request, reply) => sendError(reply, error));

  app.post(
    '/kas.AccessService/PublicKey',
    { config: { roles: 'public' }, schema: { body: PublicKeyBody, response: { 200: PublicKeyReply } } },
    (request) => publicKey(services, request.body.algorithm),
  );
  app.get(
    '/kas/v2/kas_public_key',
    { config: { roles: 'public' }, schema: { querystring: PublicKeyBody, response: { 200: PublicKeyReply } } },
    (request) => publicKey(services, request.query.algorithm),
  );
  for (const path of ['/kas.AccessService/Rewrap', '/kas/v2/rewrap']) {
    app.post(
      path,
      { config: { roles: 'public', ...LIMIT }, bodyLimit: 4 * 1024 * 1024, schema: { body: RewrapBody } },
      async (request, reply) => {
        const { dpop, authorization } = request.headers;
        const proof = typeof dpop === 'string' ? dpop : undefined; // two headers are none
        void reply.header('cache-control', 'no-store');
        return rewrap(services, { path, authorization, proof, signedRequestToken: request.body.signedRequestToken });
      },
    );
  }
}

async function publicKey({ keys }: FilesServices, algorithm = ''): Promise<PublicKeyReply> {
  const found = keys.publicKeys.get((algorithm || 'rsa:2048') as KasAlgorithm); // an unknown name finds nothing
  if (found === undefined)
    throw new FilesError('files-no-key', 404, 'Ask for rsa:2048 or ec:secp256r1: no key of that algorithm');
  return { publicKey: found.pem, kid: found.kid };
}

/** What Connect calls a status (connectrpc.com/docs/protocol#error-codes). */
const CONNECT_CODES: { readonly [status: number]: string } = {
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  413: 'resource_exhausted',
  429: 'resource_exhausted',
  500: 'internal',
  503: 'unavailable',
  507: 'resource_exhausted',
};

/** An error in Connect's form (connectrpc.com/docs/protocol#error-end-stream), the reasons of a refusal beside it. */
function sendError(reply: FastifyReply, error: unknown): FastifyReply {
  const { code, status, sentence, reasons, retryAfterSeconds } = failureOf(error);
  if (status >= 500) reply.log.error({ code, ...loggable(error) }, 'key request failed');
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  if (status === 401)
    void reply.header(
      'www-authenticate',
      code === 'files-proof' || code === 'device-key-proof'
        ? 'DPoP error="invalid_dpop_proof"'
        : 'DPoP error="invalid_token"',
    );
  return reply.code(status).send({
    code: CONNECT_CODES[status] ?? 'invalid_argument',
    message: sentence,
    detail: sentence,
    ...(status === 403 ? { reasons: reasons ?? [] } : {}),
  });
}
