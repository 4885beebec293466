import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { IdParams, RequestList } from '../people/api.ts';
import { confirmOnPhone, type PhoneCall, type PhoneServices, readByPhone, stopOnPhone } from './phone-requests.ts';

const OPEN = { roles: 'public', rateLimit: { max: 300, timeWindow: 60_000 } } as const; // an office shares an address

/**
 * What the browser of a phone does for its owner who need not be signed in, under /api/v1/phone: no session counts, but the proof.
 *
 * A proof is for one address, so that one for the list confirms nothing.
 */
export function phoneRoutes(plain: FastifyInstance, services: PhoneServices): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  app.post(
    '/api/v1/phone/requests',
    { config: OPEN, schema: { response: { 200: RequestList } } },
    async (request, reply) => {
      void reply.header('cache-control', 'no-store');
      return { items: await readByPhone(services, callOf(request)) };
    },
  );
  app.post(
    '/api/v1/phone/requests/:id/confirm',
    { config: OPEN, schema: { params: IdParams } },
    async (request, reply) => {
      await confirmOnPhone(services, callOf(request), request.params.id);
      return await reply.code(204).send();
    },
  );
  app.post(
    '/api/v1/phone/requests/:id/stop',
    { config: OPEN, schema: { params: IdParams } },
    async (request, reply) => {
      await stopOnPhone(services, callOf(request), request.params.id);
      return await reply.code(204).send();
    },
  );
}

function callOf({ url, headers: { dpop } }: Pick<FastifyRequest, 'url' | 'headers'>): PhoneCall {
  return { path: url, proof: dpop?.toString() }; // two come joined, and are no token
}
