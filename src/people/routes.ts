import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Role } from '../audit/index.ts';
import {
  GroupBody,
  GroupDetail,
  GroupItem,
  GroupList,
  GroupLossQuery,
  IdParams,
  InvitationBody,
  InvitationReply,
  MemberParams,
  OidcProviderBody,
  OidcProviderReply,
  OidcTestBody,
  OidcTestReply,
  PeopleQuery,
  PersonChange,
  PersonDetail,
  PersonItem,
  PersonLink,
  PersonList,
  ReasonBody,
  RequestItem,
  TokenBody,
  TokenList,
  TokenReply,
} from './api.ts';
import { changePerson } from './change-person.ts';
import { addMember, createGroup, readGroup, removeGroup, removeMember, renameGroup } from './groups.ts';
import { createPerson, withdrawInvitation } from './invitations.ts';
import { removeOidcProvider, setOidcProvider, showOidcProvider, testOidcProvider } from './oidc.ts';
import { peoplePage } from './page.ts';
import { personLink } from './person-link.ts';
import { askForRecovery, recoveryRequest } from './recovery-request.ts';
import type { RequestKind } from './request-kind.ts';
import { requestItem } from './request-wire.ts';
import { accountRoutes } from './routes-account.ts';
import { requestRoutes } from './routes-requests.ts';
import { signInRoutes } from './routes-sign-in.ts';
import { mayGrant, unknownPerson } from './rules.ts';
import type { PeopleRoutesServices, PeopleServices } from './services.ts';
import { IDLE_MS } from './sessions.ts';
import { endSessions } from './sign-in.ts';
import { listGroups, readPerson } from './store.ts';
import { listSessions, listTokens } from './store-sessions.ts';
import { listPasskeys, readInvitationExpiry } from './store-sign-in.ts';
import { createToken, revokeToken } from './tokens.ts';
import { personWire } from './wire.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const ADMINISTRATORS: readonly Role[] = ['owner', 'administrator'];
const OWNERS: readonly Role[] = ['owner'];
const PAGE = 100;

/** Everything under /api/v1 that concerns people: sign-in, the own account, people, groups, tokens, the identity provider. */
export async function peopleRoutes(app: FastifyInstance, services: PeopleRoutesServices): Promise<void> {
  await signInRoutes(app, services);
  await accountRoutes(app, services);
  const kinds = [recoveryRequest(services), ...(services.requestKinds ?? [])];
  await requestRoutes(app, { ...services, kinds });
  personRoutes(app, services, kinds);
  groupRoutes(app, services);
  tokenRoutes(app, services);
  providerRoutes(app, services);
}

function personRoutes(plain: FastifyInstance, services: PeopleRoutesServices, kinds: readonly RequestKind[]): void {
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

function groupRoutes(plain: FastifyInstance, services: PeopleRoutesServices): void {
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

function tokenRoutes(plain: FastifyInstance, services: PeopleServices): void {
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

function providerRoutes(plain: FastifyInstance, services: PeopleServices): void {
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
