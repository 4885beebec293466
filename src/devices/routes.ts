import type { FastifyInstance } from 'fastify';
import { appleRoutes } from './apple/routes.ts';
import { commandRoutes } from './routes-commands.ts';
import { deviceRoutes } from './routes-devices.ts';
import { enrolmentRoutes } from './routes-enrolments.ts';
import type { DevicesServices } from './services.ts';

/** Devices under /api/v1, enrolment, and what phones themselves call. */
export async function devicesRoutes(app: FastifyInstance, services: DevicesServices): Promise<void> {
  await appleRoutes(app, services.apple);
  deviceRoutes(app, services);
  commandRoutes(app, services);
  enrolmentRoutes(app, services);
}
