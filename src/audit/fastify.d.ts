import type { Actor, Proof, Role } from './actor.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Who may call the route. The server refuses to boot when a route does not say. */
    roles?: readonly Role[] | 'public';
    /** What the caller has to prove beyond the role; every request asks for it, unless `proofFor` says which do. */
    proof?: Proof;
    proofFor?: (body: unknown) => boolean;
    /** Pages call it by themselves: a call keeps no session alive. */
    background?: true;
    /** The route reads its body as a stream and watches its pace: no limit on the time of the whole. */
    upload?: true;
  }
  interface FastifyRequest {
    actor: Actor;
  }
}
