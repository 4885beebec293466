import type { Actor, Role } from './actor.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route. The server refuses to boot when a route does not say. */
    roles?: readonly Role[] | 'public';
  }
  interface FastifyRequest {
    actor: Actor;
  }
}
