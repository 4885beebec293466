import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Role } from '../audit/index.ts';
import { IdParams, TokenBody, TokenList, TokenReply } from './api.ts';
import type { PeopleServices } from './services.ts';
import { listTokens } from './store-sessions.ts';
import { createToken, revokeToken } from './tokens.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const ADMINISTRATORS: readonly Role[] = ['owner', 'administrator'];

/** API tokens under /api/v1/tokens. */
export function tokenRoutes(plain: FastifyInstance, services: PeopleServices): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  app.get('/api/v1/tokens', { config: { roles: READERS }, schema: { response: { 200: TokenList } } }, async () => ({
    items: await listTokens(services.db),
  }));

  app.post(
    '/api/v1/tokens',
    { config: { roles: ADMINISTRATORS, proof: 'passkey' }, schema: { body: TokenBody, response: { 201: TokenReply } } },
    async ({ body, actor }, reply) => await reply.code(201).send(await createToken(services, actor, body)),
  );

  app.delete(
    '/api/v1/tokens/:id',
    { config: { roles: ADMINISTRATORS, proof: 'passkey' }, schema: { params: IdParams } },
    async ({ params, actor }, reply) => {
      await revokeToken(services, actor, params.id);
      return await reply.code(204).send();
    },
  );
}
