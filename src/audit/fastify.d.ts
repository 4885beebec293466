import type { Actor, Role } from './actor.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route. The server refuses to boot when a route does not say. */
    roles?: readonly Role[] | 'public';
    /** The route reads its body as a stream and watches its pace: no limit on the time of the whole. */
    upload?: true;
  }
  interface FastifyRequest {
    actor: Actor;
  }
}
