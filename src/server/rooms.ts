import type { FastifyInstance, FastifyRequest } from 'fastify';
import type pg from 'pg';
import type { Actor } from '../audit/index.ts';
import type { JobHandlers } from '../jobs/index.ts';
import { authenticate } from '../people/authenticate.ts';
import type { Blobs, Db, Secrets } from '../storage/index.ts';
import type { ServerConfig } from './config.ts';

/** What every room may ask for; each names structurally what it uses. */
export interface BaseServices {
  readonly db: Db;
  readonly pool: pg.Pool;
  readonly secrets: Secrets;
  readonly blobs: Blobs;
  readonly data: string;
  readonly config: ServerConfig;
  readonly publicUrl: URL;
  readonly now: () => number;
}

/** The services with what the rooms opened at start. */
export type Services = Awaited<ReturnType<typeof openRooms>>;

/** Opens what rooms keep open: authorities, keys, batched writers. */
export async function openRooms(base: BaseServices) {
  return { ...base };
}

/** Registers every room's routes. */
export async function registerRooms(_app: FastifyInstance, _services: Services): Promise<void> {}

/** Every room's job handlers in one list. */
export function jobsOfRooms(_services: Services): JobHandlers {
  return {};
}

/** Finds out who sends a request. */
export async function whoCalls(services: Services, request: FastifyRequest): Promise<Actor> {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  return await authenticate(services, {
    method: request.method,
    cookie: header('cookie'),
    authorization: header('authorization'),
    origin: header('origin'),
    secFetchSite: header('sec-fetch-site'),
  });
}
