import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Role } from '../audit/index.ts';
import { RequestItem } from '../people/api.ts';
import { type RequestKind, requestItem } from '../people/index.ts';
import { accessRequest, askForAccess } from './access-request.ts';
import { AccessRequestBody, FileParams, HandoverBody } from './api.ts';
import { askForHandover, handoverRequest } from './handover-request.ts';
import type { FilesServices } from './services.ts';

const ADMINISTRATORS: readonly Role[] = ['owner', 'administrator'];

/** What of this room takes two people. */
export function filesRequests(services: Pick<FilesServices, 'now'>): readonly RequestKind[] {
  return [accessRequest(services), handoverRequest(services)];
}

/** Where it is asked for; people's own routes do the rest. */
export async function fileRequestRoutes(plain: FastifyInstance, services: FilesServices): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const kinds = filesRequests(services);
  const config = { roles: ADMINISTRATORS, proof: 'passkey' } as const;
  const response = { 201: RequestItem };

  app.post(
    '/api/v1/files/:id/access-requests',
    { config, schema: { params: FileParams, body: AccessRequestBody, response } },
    async ({ params, body, actor }, reply) => {
      const request = await askForAccess(services, actor, params.id, body);
      return await reply.code(201).send(await requestItem({ ...services, kinds }, actor, request));
    },
  );

  app.post(
    '/api/v1/files/handover-requests',
    { config, schema: { body: HandoverBody, response } },
    async ({ body, actor }, reply) => {
      const request = await askForHandover(services, actor, body.personId, body);
      return await reply.code(201).send(await requestItem({ ...services, kinds }, actor, request));
    },
  );
}
