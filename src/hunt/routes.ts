import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Role } from '../audit/index.ts';
import { IdParams } from '../findings/api.ts';
import { SightingsQuery, SightingsReply } from './api.ts';
import { bytesOf, takeBytes } from './body-bytes.ts';
import { indicatorRoutes } from './indicator-routes.ts';
import { keepSightings, type SightingServices } from './sightings.ts';

const REPORTERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'member'];
/** An index of 600,000 values, the most that there may be. */
const SIGHTINGS_LIMIT_BYTES = 8 * 1024 * 1024;

/** What the routes lean on. */
type HuntServices = SightingServices & { readonly now: () => number };

/** Sets of indicators, and the index of what stood on phones. */
export async function huntRoutes(plain: FastifyInstance, services: HuntServices): Promise<void> {
  await plain.register((scope) => sightingRoutes(scope, services));
  await plain.register((scope) => indicatorRoutes(scope, services));
}

/** In a scope of its own: only here is a body bytes. */
async function sightingRoutes(plain: FastifyInstance, services: HuntServices): Promise<void> {
  takeBytes(plain);
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  app.put(
    '/api/v1/devices/:id/sightings',
    {
      config: { roles: REPORTERS, rateLimit: { max: 20, timeWindow: 60_000 } },
      bodyLimit: SIGHTINGS_LIMIT_BYTES,
      schema: { params: IdParams, querystring: SightingsQuery, response: { 200: SightingsReply } },
    },
    async ({ params, query, body, actor }) => {
      const sent = { deviceId: params.id, checkId: query.check, body: bytesOf(body) };
      return await keepSightings(services, actor, sent, services.now());
    },
  );
}
