import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Role } from '../audit/index.ts';
import {
  IdParams,
  InvitationBody,
  InvitationReply,
  PeopleQuery,
  PersonChange,
  PersonDetail,
  PersonItem,
  PersonLink,
  PersonList,
  ReasonBody,
  RequestItem,
} from './api.ts';
import { changePerson } from './change-person.ts';
import { createPerson, withdrawInvitation } from './invitations.ts';
import { peoplePage } from './page.ts';
import { personLink } from './person-link.ts';
import { askForRecovery } from './recovery-request.ts';
import type { RequestKind } from './request-kind.ts';
import { requestItem } from './request-wire.ts';
import { mayGrant, unknownPerson } from './rules.ts';
import type { PeopleRoutesServices } from './services.ts';
import { IDLE_MS } from './sessions.ts';
import { endSessions } from './sign-in.ts';
import { readPerson } from './store.ts';
import { listSessions } from './store-sessions.ts';
import { listPasskeys, readInvitationExpiry } from './store-sign-in.ts';
import { personWire } from './wire.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const ADMINISTRATORS: readonly Role[] = ['owner', 'administrator'];
const PAGE = 100;

/** People, their invitations and links under /api/v1/people. */
export function personRoutes(
  plain: FastifyInstance,
  services: PeopleRoutesServices,
  kinds: readonly RequestKind[],
): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { db, now } = services;

  app.get(
    '/api/v1/people',
    { config: { roles: READERS }, schema: { querystring: PeopleQuery, response: { 200: PersonList } } },
    async ({ query: { limit = PAGE, ...filter } }) => {
      const { people, ...more } = await peoplePage(db, filter, limit);
      return { items: people.map(personWire), ...more };
    },
  );

  app.get(
    '/api/v1/people/:id',
    { config: { roles: READERS }, schema: { params: IdParams, response: { 200: PersonDetail } } },
    async ({ params: { id }, actor }) => {
      const person = await readPerson(db, id);
      if (person === undefined) throw unknownPerson();
      await services.recordPersonLook(actor, id, 'account, passkeys and sessions');
      const sessions = await listSessions(db, id, now(), now() - IDLE_MS);
      const currentId = actor.kind === 'person' ? actor.sessionId : undefined;
      return {
        ...personWire(person),
        passkeys: await listPasskeys(db, id),
        sessions: sessions.map((session) => ({ ...session, current: session.id === currentId })),
        invitationExpiresAtMs: await readInvitationExpiry(db, id),
      };
    },
  );

  app.patch(
    '/api/v1/people/:id',
    {
      config: { roles: ADMINISTRATORS, proof: 'passkey' },
      schema: { params: IdParams, body: PersonChange, response: { 200: PersonItem } },
    },
    async ({ params, body, actor }) => personWire(await changePerson(services, actor, params.id, body)),
  );

  app.delete(
    '/api/v1/people/:id/sessions',
    { config: { roles: ADMINISTRATORS }, schema: { params: IdParams } },
    async ({ params, actor }, reply) => {
      const person = await readPerson(db, params.id);
      if (person === undefined) throw unknownPerson();
      mayGrant(actor, person.role);
      await endSessions(services, actor, params.id);
      return await reply.code(204).send();
    },
  );

  app.post(
    '/api/v1/people/invitations',
    {
      config: { roles: ADMINISTRATORS, proof: 'passkey-or-token' },
      schema: { body: InvitationBody, response: { 201: InvitationReply } },
    },
    async ({ body, actor }, reply) => await reply.code(201).send(await createPerson(services, actor, body)),
  );

  app.post(
    '/api/v1/people/:id/link',
    {
      config: { roles: ADMINISTRATORS, proof: 'passkey' },
      schema: { params: IdParams, response: { 201: PersonLink } },
    },
    async ({ params, actor }, reply) => await reply.code(201).send(await personLink(services, actor, params.id)),
  );

  app.post(
    '/api/v1/people/:id/recovery',
    {
      config: { roles: ADMINISTRATORS, proof: 'passkey' },
      schema: { params: IdParams, body: ReasonBody, response: { 201: RequestItem } },
    },
    async ({ params, body, actor }, reply) => {
      const request = await askForRecovery(services, actor, params.id, body.reason);
      return await reply.code(201).send(await requestItem({ ...services, kinds }, actor, request));
    },
  );

  app.delete(
    '/api/v1/people/invitations/:id',
    { config: { roles: ADMINISTRATORS }, schema: { params: IdParams } },
    async ({ params, actor }, reply) => {
      await withdrawInvitation(services, actor, params.id);
      return await reply.code(204).send();
    },
  );
}
