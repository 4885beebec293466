import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { EVERYONE } from '../audit/index.ts';
import { issueToken } from './access-token.ts';
import { FileParams, RenewBody, RenewReply, TokenBody, TokenReply } from './api.ts';
import { personOnly } from './person-only.ts';
import type { FilesServices } from './services.ts';
import { endView, renewView } from './views.ts';

const TOKEN_LIMIT = { max: 120, timeWindow: 60_000 }; // a token serves five minutes
const everyone = { config: { roles: EVERYONE } };

/** Tokens for the key server, and the views that were opened with them. */
export async function viewRoutes(plain: FastifyInstance, services: FilesServices): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    '/api/v1/files/token',
    {
      config: { roles: EVERYONE, rateLimit: TOKEN_LIMIT },
      schema: { body: TokenBody, response: { 200: TokenReply } },
    },
    async ({ body, actor }) => {
      if (actor.kind !== 'person') throw personOnly();
      return issueToken(services, actor, body.proof, services.now());
    },
  );
  app.post(
    '/api/v1/files/:id/views/renew',
    { ...everyone, schema: { params: FileParams, body: RenewBody, response: { 200: RenewReply } } },
    ({ params, body, actor }) => renewView(services, actor, params.id, body.viewId),
  );
  app.post(
    '/api/v1/files/:id/views/end',
    { ...everyone, schema: { params: FileParams, body: RenewBody } },
    async ({ params, body, actor }, reply) => {
      await endView(services, actor, params.id, body.viewId);
      return reply.code(204).send();
    },
  );
}
