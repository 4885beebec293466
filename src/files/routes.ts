import type { FastifyInstance } from 'fastify';
import type { Db } from '../storage/index.ts';
import { kasRoutes } from './kas-routes.ts';
import { contentRoutes } from './routes-content.ts';
import { fileRoutes } from './routes-files.ts';
import { fileRequestRoutes } from './routes-requests.ts';
import { viewRoutes } from './routes-views.ts';
import type { FilesServices } from './services.ts';

/**
 * Files, their sharing, tokens for the key server, and the key server itself.
 *
 * @param reserved connections that the key server has for itself
 */
export async function filesRoutes(
  app: FastifyInstance,
  services: FilesServices,
  reserved: Db = services.db,
): Promise<void> {
  await app.register((inner) => kasRoutes(inner, { ...services, db: reserved }));
  await contentRoutes(app, services);
  await fileRequestRoutes(app, services);
  await fileRoutes(app, services);
  await viewRoutes(app, services);
}
