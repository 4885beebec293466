import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Role } from '../audit/index.ts';
import { OidcProviderBody, OidcProviderReply, OidcTestBody, OidcTestReply } from './api.ts';
import { removeOidcProvider, setOidcProvider, showOidcProvider, testOidcProvider } from './oidc.ts';
import type { PeopleServices } from './services.ts';

const ADMINISTRATORS: readonly Role[] = ['owner', 'administrator'];
const OWNERS: readonly Role[] = ['owner'];

/** The organisation's identity provider. */
export function providerRoutes(plain: FastifyInstance, services: PeopleServices): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const url = '/api/v1/people/identity-provider';

  app.get(url, { config: { roles: ADMINISTRATORS }, schema: { response: { 200: OidcProviderReply } } }, async () =>
    showOidcProvider(services),
  );

  // Whoever sets the provider decides who may sign in, so owners alone do.
  app.put(
    url,
    {
      config: { roles: OWNERS, proof: 'passkey' },
      schema: { body: OidcProviderBody, response: { 200: OidcProviderReply } },
    },
    async ({ body, actor }) => {
      await setOidcProvider(services, actor, body);
      return await showOidcProvider(services);
    },
  );

  app.post(
    `${url}/test`,
    {
      // The server fetches an address that was typed in: few times, and only for who may set it.
      config: { roles: OWNERS, rateLimit: { max: 20, timeWindow: 60_000 } },
      schema: { body: OidcTestBody, response: { 200: OidcTestReply } },
    },
    async ({ body }) => await testOidcProvider(body.issuer),
  );

  app.delete(url, { config: { roles: OWNERS, proof: 'passkey' } }, async ({ actor }, reply) => {
    await removeOidcProvider(services, actor);
    return await reply.code(204).send();
  });
}
