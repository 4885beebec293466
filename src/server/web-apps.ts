import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

const dist = join(import.meta.dirname, '..', '..', 'dist');

/** The viewer draws decrypted content in a sandboxed frame with an opaque origin: it reaches nothing and nobody frames it but us. */
const viewerPolicy = (publicUrl: URL): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    'img-src blob:',
    'font-src data: blob:',
    "worker-src 'self' blob:",
    "connect-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors 'self' ${publicUrl.origin}`,
  ].join('; ');

/** The one style element that React Aria adds (usePress: touch-action of what can be pressed); the browser tests find a change of it. */
const PRESSABLE_STYLE = 'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o=';

const appPolicy = (viewerUrl: URL): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' '${PRESSABLE_STYLE}'`,
    "img-src 'self' blob: data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    `frame-src 'self' ${viewerUrl.origin}`,
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** Serves the built console and workspace under `/console/` and `/workspace/`; `/` leads to the workspace. */
export async function webAppRoutes(
  app: FastifyInstance,
  { publicUrl, viewerUrl }: { publicUrl: URL; viewerUrl: URL },
): Promise<void> {
  const [forApps, forViewer] = [appPolicy(viewerUrl), viewerPolicy(publicUrl)];
  await app.register(fastifyStatic, {
    root: dist,
    serve: false,
    cacheControl: false,
    setHeaders(reply, path) {
      const viewer = path.endsWith('/viewer.html');
      reply.header('content-security-policy', viewer ? forViewer : forApps);
      if (viewer) reply.removeHeader('x-frame-options');
      if (viewer || path.includes('/workspace/assets/')) {
        // The frame's origin is opaque: to it, even our own files come from elsewhere.
        reply.header('access-control-allow-origin', '*');
        reply.header('cross-origin-resource-policy', 'cross-origin');
      }
      reply.header('cache-control', path.includes('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  const open = { config: { roles: 'public' }, schema: { hide: true } } as const;
  for (const name of ['console', 'workspace'] as const) {
    const root = join(dist, name);
    app.get(`/${name}`, open, async (_request, reply) => reply.redirect(`/${name}/`));
    app.get<{ Params: { '*': string } }>(`/${name}/*`, open, async (request, reply) => {
      if (!existsSync(root)) {
        return reply.code(503).type('text/plain').send('Run "npm run build" first: the web apps are not built\n');
      }
      return reply.sendFile(request.params['*'] || 'index.html', root);
    });
  }
  app.get('/', open, async (_request, reply) => reply.redirect('/workspace/'));
}
