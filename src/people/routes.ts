import type { FastifyInstance } from 'fastify';
import { recoveryRequest } from './recovery-request.ts';
import { accountRoutes } from './routes-account.ts';
import { groupRoutes } from './routes-groups.ts';
import { personRoutes } from './routes-people.ts';
import { providerRoutes } from './routes-provider.ts';
import { requestRoutes } from './routes-requests.ts';
import { signInRoutes } from './routes-sign-in.ts';
import { tokenRoutes } from './routes-tokens.ts';
import type { PeopleRoutesServices } from './services.ts';

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
