import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { type Actor, EVERYONE } from '../audit/index.ts';
import {
  AssertionVerifyBody,
  CeremonyReply,
  IdParams,
  Me,
  NoticeList,
  PasskeyList,
  RegistrationVerifyBody,
  SessionList,
} from './api.ts';
import { beginProof, finishProof } from './fresh-passkey.ts';
import { readNotices, seeNotice } from './notices.ts';
import { PeopleError } from './people-error.ts';
import type { PeopleServices } from './services.ts';
import { clearedSessionCookie, IDLE_MS } from './sessions.ts';
import { beginPasskey, endSession, endSessions, finishPasskey, removePasskey } from './sign-in.ts';
import { readPerson } from './store.ts';
import { listSessions } from './store-sessions.ts';
import { listPasskeys } from './store-sign-in.ts';
import { personWire } from './wire.ts';

/** What a signed-in person does with her own account: who am I, passkeys, sessions, sign-out. */
export async function accountRoutes(plain: FastifyInstance, services: PeopleServices): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { db, now } = services;
  const config = { roles: EVERYONE };

  app.get('/api/v1/me', { config, schema: { response: { 200: Me } } }, async ({ actor }) => {
    const person = await readPerson(db, selfOf(actor).personId);
    if (person === undefined) throw new Error('a session outlived its person');
    return { ...personWire(person), passkeyCount: (await listPasskeys(db, person.id)).length };
  });

  app.get('/api/v1/me/passkeys', { config, schema: { response: { 200: PasskeyList } } }, async ({ actor }) => ({
    items: await listPasskeys(db, selfOf(actor).personId),
  }));

  app.post(
    '/api/v1/me/passkeys/options',
    { config: { ...config, proof: 'sign-in' }, schema: { response: { 200: CeremonyReply } } },
    async ({ actor }) => await beginPasskey(services, selfOf(actor)),
  );

  app.post(
    '/api/v1/me/passkeys',
    {
      config: { ...config, proof: 'sign-in' },
      schema: { body: RegistrationVerifyBody, response: { 201: PasskeyList } },
    },
    async ({ actor, body }, reply) => {
      const self = selfOf(actor);
      await finishPasskey(services, self, body);
      return await reply.code(201).send({ items: await listPasskeys(db, self.personId) });
    },
  );

  app.delete(
    '/api/v1/me/passkeys/:id',
    { config: { ...config, proof: 'passkey' }, schema: { params: IdParams } },
    async ({ actor, params }, reply) => {
      await removePasskey(services, selfOf(actor), params.id);
      return await reply.code(204).send();
    },
  );

  app.get('/api/v1/me/sessions', { config, schema: { response: { 200: SessionList } } }, async ({ actor }) => {
    const self = selfOf(actor);
    const sessions = await listSessions(db, self.personId, now(), now() - IDLE_MS);
    return { items: sessions.map((session) => ({ ...session, current: session.id === self.sessionId })) };
  });

  /** Ends every session but this one. */
  app.delete('/api/v1/me/sessions', { config }, async ({ actor }, reply) => {
    const self = selfOf(actor);
    await endSessions(services, self, self.personId, self.sessionId);
    return await reply.code(204).send();
  });

  app.delete('/api/v1/me/sessions/:id', { config, schema: { params: IdParams } }, async ({ actor, params }, reply) => {
    const self = selfOf(actor);
    await endSession(services, self, self.personId, params.id);
    return await reply.code(204).send();
  });

  const proofConfig = { roles: EVERYONE, rateLimit: { max: 60, timeWindow: 60_000 } };
  app.post(
    '/api/v1/me/proof/options',
    { config: proofConfig, schema: { response: { 200: CeremonyReply } } },
    async ({ actor }) => await beginProof(services, selfOf(actor)),
  );
  /** Confirms by a passkey; sets a new cookie in place of the one that asked. */
  app.post(
    '/api/v1/me/proof',
    { config: proofConfig, schema: { body: AssertionVerifyBody } },
    async ({ actor, body, headers }, reply) => {
      const setCookie = await finishProof(services, selfOf(actor), body, headers.cookie);
      return await reply.code(204).header('set-cookie', setCookie).send();
    },
  );

  app.get('/api/v1/me/notices', { config, schema: { response: { 200: NoticeList } } }, async ({ actor }) => ({
    items: await readNotices(services, selfOf(actor)),
  }));

  app.post(
    '/api/v1/me/notices/:id/seen',
    { config, schema: { params: IdParams } },
    async ({ actor, params }, reply) => {
      await seeNotice(services, selfOf(actor), params.id);
      return await reply.code(204).send();
    },
  );

  app.post('/api/v1/sign-out', { config }, async ({ actor }, reply) => {
    const self = selfOf(actor);
    await endSession(services, self, self.personId, self.sessionId);
    return await reply.code(204).header('set-cookie', clearedSessionCookie(services.publicUrl)).send();
  });
}

function selfOf(actor: Actor): Extract<Actor, { kind: 'person' }> {
  if (actor.kind === 'person') return actor;
  throw new PeopleError('people-not-a-person', 403, 'Sign in as a person: an API token has no account of its own');
}
