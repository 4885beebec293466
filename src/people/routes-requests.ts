import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type Actor, EVERYONE, type Role } from '../audit/index.ts';
import {
  CarryOutReply,
  IdParams,
  OutlookQuery,
  OutlookReply,
  RequestList,
  RequestsQuery,
  TwoPeopleBody,
  TwoPeopleReply,
} from './api.ts';
import { requireProof } from './fresh-passkey.ts';
import { PeopleError } from './people-error.ts';
import { readOutlook, readRequests } from './request-wire.ts';
import { agreeToRequest, carryOutRequest, confirmRequest, endRequest, type RequestServices } from './requests.ts';
import type { PeopleServices } from './services.ts';
import { readTwoPeople, setTwoPeople } from './two-people.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const ADMINISTRATORS: readonly Role[] = ['owner', 'administrator'];
const OWNERS: readonly Role[] = ['owner'];

/** What takes two people, under /api/v1: it is made by the routes of what is asked for, and agreed to, carried out and ended here. */
export async function requestRoutes(plain: FastifyInstance, services: RequestServices & PeopleServices): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { db, now } = services;

  app.get(
    '/api/v1/requests',
    { config: { roles: READERS }, schema: { querystring: RequestsQuery, response: { 200: RequestList } } },
    async ({ actor, query }) => ({
      items: await readRequests(services, actor, { personId: query.personId, openOnly: query.open }),
    }),
  );

  app.get(
    '/api/v1/requests/outlook',
    { config: { roles: ADMINISTRATORS }, schema: { querystring: OutlookQuery, response: { 200: OutlookReply } } },
    async ({ actor, query }) => await readOutlook(services, actor, query),
  );

  /** What concerns the caller herself. */
  app.get(
    '/api/v1/me/requests',
    { config: { roles: EVERYONE }, schema: { response: { 200: RequestList } } },
    async ({ actor }) => ({ items: await readRequests(services, actor, { personId: selfOf(actor) }) }),
  );

  app.post(
    '/api/v1/requests/:id/agree',
    { config: { roles: ADMINISTRATORS, proof: 'passkey' }, schema: { params: IdParams } },
    async ({ actor, params }, reply) => {
      await agreeToRequest(services, actor, params.id);
      return await reply.code(204).send();
    },
  );

  app.post(
    '/api/v1/requests/:id/confirm',
    { config: { roles: EVERYONE }, schema: { params: IdParams } },
    async ({ actor, params, headers }, reply) => {
      const prove = () => requireProof(services, { actor, cookie: headers.cookie }, 'passkey');
      await confirmRequest(services, actor, selfOf(actor), params.id, prove);
      return await reply.code(204).send();
    },
  );

  app.post(
    '/api/v1/requests/:id/carry-out',
    {
      config: { roles: ADMINISTRATORS, proof: 'passkey' },
      schema: { params: IdParams, response: { 200: CarryOutReply } },
    },
    async ({ actor, params }) => ({ result: (await carryOutRequest(services, actor, params.id)) ?? null }),
  );

  /** Stops, withdraws or refuses it, as whom the caller has a part in it. */
  app.post(
    '/api/v1/requests/:id/end',
    { config: { roles: EVERYONE }, schema: { params: IdParams } },
    async ({ actor, params }, reply) => {
      await endRequest(services, actor, params.id);
      return await reply.code(204).send();
    },
  );

  app.get(
    '/api/v1/two-people',
    { config: { roles: READERS }, schema: { response: { 200: TwoPeopleReply } } },
    async () => await readTwoPeople(db, now()),
  );

  app.put(
    '/api/v1/two-people',
    { config: { roles: OWNERS, proof: 'passkey' }, schema: { body: TwoPeopleBody, response: { 200: TwoPeopleReply } } },
    async ({ actor, body }) => await setTwoPeople(services, actor, body),
  );
}

function selfOf(actor: Actor): string {
  if (actor.kind === 'person') return actor.personId;
  throw new PeopleError('people-not-a-person', 403, 'Sign in as a person: an API token has no account of its own');
}
