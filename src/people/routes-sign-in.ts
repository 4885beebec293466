import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import {
  AssertionVerifyBody,
  CeremonyReply,
  JoinOptionsBody,
  JoinOptionsReply,
  OidcCallbackQuery,
  RegistrationVerifyBody,
  SetupOptionsBody,
  SignInMethods,
} from './api.ts';
import { beginJoin, finishJoin } from './invitations.ts';
import { beginOidc, finishOidc } from './oidc.ts';
import type { SignInFrom } from './places.ts';
import type { PeopleServices } from './services.ts';
import type { OpenedSession } from './sessions.ts';
import { beginSetup, finishSetup } from './setup.ts';
import { beginSignIn, finishSignIn } from './sign-in.ts';
import { ownerExists } from './store.ts';
import { readOidcProvider } from './store-sign-in.ts';

/** The ways in, for whoever is nobody yet: setup, join, passkey, identity provider. */
export async function signInRoutes(plain: FastifyInstance, services: PeopleServices): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  // Per address: enough for a newsroom behind one router, too few to try tokens.
  const config = { roles: 'public', rateLimit: { max: 60, timeWindow: 60_000 } } as const;

  app.get('/api/v1/sign-in/methods', { config, schema: { response: { 200: SignInMethods } } }, async () => {
    const provider = await readOidcProvider(services.db);
    return {
      passkey: true as const,
      oidc: provider === undefined ? null : { name: provider.name },
      setupNeeded: !(await ownerExists(services.db)),
    };
  });

  app.post(
    '/api/v1/setup/options',
    { config, schema: { body: SetupOptionsBody, response: { 200: CeremonyReply } } },
    async ({ body }) => await beginSetup(services, body),
  );
  app.post('/api/v1/setup/verify', { config, schema: { body: RegistrationVerifyBody } }, async (request, reply) =>
    signedIn(reply, await finishSetup(services, request.body, fromOf(request))),
  );

  app.post(
    '/api/v1/join/options',
    { config, schema: { body: JoinOptionsBody, response: { 200: JoinOptionsReply } } },
    async ({ body }) => await beginJoin(services, body.token),
  );
  app.post('/api/v1/join/verify', { config, schema: { body: RegistrationVerifyBody } }, async (request, reply) =>
    signedIn(reply, await finishJoin(services, request.body, fromOf(request))),
  );

  app.post(
    '/api/v1/sign-in/options',
    { config, schema: { response: { 200: CeremonyReply } } },
    async () => await beginSignIn(services),
  );
  app.post('/api/v1/sign-in/verify', { config, schema: { body: AssertionVerifyBody } }, async (request, reply) =>
    signedIn(reply, await finishSignIn(services, request.body, fromOf(request))),
  );

  app.get('/api/v1/sign-in/oidc', { config }, async (_request, reply) => {
    const { location, setCookie } = await beginOidc(services);
    return await reply.header('set-cookie', setCookie).redirect(location);
  });
  app.get(
    '/api/v1/sign-in/oidc/callback',
    { config, schema: { querystring: OidcCallbackQuery } },
    async (request, reply) => {
      const { url, headers } = request;
      const mark = url.indexOf('?');
      const search = mark < 0 ? '' : url.slice(mark);
      const opened = await finishOidc(services, { search, cookie: headers.cookie, from: fromOf(request) });
      return await reply.header('set-cookie', opened.setCookie).redirect('/workspace/');
    },
  );
}

function fromOf({ headers, ip }: Pick<FastifyRequest, 'headers' | 'ip'>): SignInFrom {
  return { userAgent: headers['user-agent'], address: ip };
}

/** Answers 204 with the session cookie; the app asks GET /api/v1/me next. */
async function signedIn(reply: FastifyReply, { setCookie }: OpenedSession): Promise<FastifyReply> {
  return await reply.code(204).header('set-cookie', setCookie).header('cache-control', 'no-store').send();
}
