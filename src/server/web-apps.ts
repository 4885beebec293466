import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const dist = join(import.meta.dirname, '..', '..', 'dist');

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // React Aria sets inline style attributes while it positions popovers and virtual rows.
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' blob: data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self' blob:",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the built console and workspace under `/console/` and `/workspace/`; `/` leads to the workspace. */
export async function webAppRoutes(app: FastifyInstance): Promise<void> {
  for (const name of ['console', 'workspace'] as const) {
    const root = join(dist, name);
    if (!existsSync(root)) {
      app.get(`/${name}/`, { config: { roles: 'public' }, schema: { hide: true } }, async (_request, reply) =>
        reply.code(503).type('text/plain').send('Run "npm run build" first: the web apps are not built\n'),
      );
      continue;
    }
    await app.register(async (scope) => {
      scope.addHook('onRoute', (route) => {
        route.config = { ...route.config, roles: 'public' };
      });
      await scope.register(fastifyStatic, {
        root,
        prefix: `/${name}/`,
        decorateReply: false,
        cacheControl: false,
        setHeaders(reply, path) {
          reply.header('content-security-policy', POLICY);
          reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
        },
      });
    });
    app.get(`/${name}`, { config: { roles: 'public' }, schema: { hide: true } }, async (_request, reply) =>
      reply.redirect(`/${name}/`),
    );
  }
  app.get('/', { config: { roles: 'public' }, schema: { hide: true } }, async (_request, reply) =>
    reply.redirect('/workspace/'),
  );
}
