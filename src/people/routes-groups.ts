import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Role } from '../audit/index.ts';
import { GroupBody, GroupDetail, GroupItem, GroupList, GroupLossQuery, IdParams, MemberParams } from './api.ts';
import { addMember, createGroup, readGroup, removeGroup, removeMember, renameGroup } from './groups.ts';
import type { PeopleRoutesServices } from './services.ts';
import { listGroups } from './store.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const ADMINISTRATORS: readonly Role[] = ['owner', 'administrator'];

/** Groups and who is in them under /api/v1/groups. */
export function groupRoutes(plain: FastifyInstance, services: PeopleRoutesServices): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  app.get('/api/v1/groups', { config: { roles: READERS }, schema: { response: { 200: GroupList } } }, async () => ({
    items: await listGroups(services.db),
  }));

  app.post(
    '/api/v1/groups',
    { config: { roles: ADMINISTRATORS }, schema: { body: GroupBody, response: { 201: GroupItem } } },
    async ({ body, actor }, reply) => await reply.code(201).send(await createGroup(services, actor, body.name)),
  );

  app.get(
    '/api/v1/groups/:id',
    { config: { roles: READERS }, schema: { params: IdParams, response: { 200: GroupDetail } } },
    async ({ params }) => await readGroup(services, params.id),
  );

  app.patch(
    '/api/v1/groups/:id',
    {
      config: { roles: ADMINISTRATORS },
      schema: { params: IdParams, body: GroupBody, response: { 200: GroupItem } },
    },
    async ({ params, body, actor }) => await renameGroup(services, actor, params.id, body.name),
  );

  app.delete(
    '/api/v1/groups/:id',
    {
      config: { roles: ADMINISTRATORS, proof: 'passkey-or-token' },
      schema: { params: IdParams, querystring: GroupLossQuery },
    },
    async ({ params, query, actor }, reply) => {
      await removeGroup(services, actor, params.id, query.leaveWithoutPolicy === true);
      return await reply.code(204).send();
    },
  );

  const memberUrl = '/api/v1/groups/:id/members/:personId';
  app.put(
    memberUrl,
    { config: { roles: ADMINISTRATORS, proof: 'passkey-or-token' }, schema: { params: MemberParams } },
    async ({ params, actor }, reply) => {
      await addMember(services, actor, params.id, params.personId);
      return await reply.code(204).send();
    },
  );
  app.delete(
    memberUrl,
    {
      config: { roles: ADMINISTRATORS, proof: 'passkey-or-token' },
      schema: { params: MemberParams, querystring: GroupLossQuery },
    },
    async ({ params, query, actor }, reply) => {
      await removeMember(services, actor, params.id, params.personId, query.leaveWithoutPolicy === true);
      return await reply.code(204).send();
    },
  );
}
