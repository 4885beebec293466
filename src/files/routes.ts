import type { FastifyInstance } from 'fastify';
import { kasRoutes } from './kas-routes.ts';
import { contentRoutes } from './routes-content.ts';
import { fileRoutes } from './routes-files.ts';
import { fileRequestRoutes } from './routes-requests.ts';
import { viewRoutes } from './routes-views.ts';
import type { FilesServices } from './services.ts';

/** Files, their sharing, tokens for the key server, and the key server itself. */
export async function filesRoutes(app: FastifyInstance, services: FilesServices): Promise<void> {
  await app.register((inner) => kasRoutes(inner, services));
  await contentRoutes(app, services);
  await fileRequestRoutes(app, services);
  await fileRoutes(app, services);
  await viewRoutes(app, services);
}
