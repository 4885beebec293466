import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { startSealer } from '../audit/index.ts';
import { startAndroidPolling } from '../devices/android/index.ts';
import { prepareJobs, startJobs } from '../jobs/index.ts';
import { setupLink } from '../people/index.ts';
import {
  checkServer,
  listen,
  migrate,
  openBlobs,
  openDb,
  openPool,
  openSecrets,
  placeData,
  startBundled,
} from '../storage/index.ts';
import { createApp } from './app.ts';
import type { ServerConfig } from './config.ts';
import { docsRoutes } from './docs.ts';
import { eventRoutes } from './events.ts';
import { healthRoutes } from './health.ts';
import { heed, jobsOfRooms, openRooms, registerRooms, type Services, whoCalls } from './rooms.ts';
import { webAppRoutes } from './web-apps.ts';

/** A running server. */
export interface RunningServer {
  readonly url: URL;
  readonly app: FastifyInstance;
  readonly services: Services;
  /** The one-time link by which the first owner registers, while there is none. */
  readonly setupLink: string | undefined;
  /** Stops in order: requests, jobs, sealer, pool, database. */
  stop(): Promise<void>;
}

/**
 * Starts everything: database (bundled or `DATABASE_URL`), migrations, secrets, sealer, HTTP, jobs.
 *
 * @param say prints a line for the person at the terminal
 */
export async function startServer(config: ServerConfig, say: (line: string) => void): Promise<RunningServer> {
  const place = await placeData(config.data);
  if (place.movedBecause !== undefined) say(`data: ${place.data} (other users cannot enter ${place.movedBecause})`);
  const bundled = config.databaseUrl === undefined ? await startBundled(place.data) : undefined;
  if (bundled?.adopted === true) say('database adopted: an earlier server had left it running');
  const stops: (() => Promise<void>)[] = bundled === undefined ? [] : [() => bundled.stop()];
  try {
    const connection = bundled?.connection ?? { connectionString: config.databaseUrl };
    const pool = openPool(connection);
    const db = openDb(pool);
    stops.push(() => db.destroy());
    await checkServer(db);
    await migrate(db);
    await prepareJobs(pool);
    const secrets = await openSecrets(place.data, config.rootKeyFile);
    const blobs = await openBlobs(place.data);
    const demo = config.demo ? await import('../demo/index.ts') : undefined;
    const emulator =
      config.android === undefined
        ? await demo?.startAndroidEmulator(() => Date.now(), join(place.data, 'demo', 'android.json'))
        : undefined;
    if (emulator !== undefined) stops.push(() => emulator.close());
    const base = {
      db,
      pool,
      secrets,
      blobs,
      data: place.data,
      config,
      publicUrl: config.publicUrl,
      now: () => Date.now(),
      android: config.android ?? emulator,
    };
    const sealer = await startSealer(
      { db, secrets },
      (head) => say(`audit head ${head.seq} ${head.hash} ${head.signature}`),
      (message) => say(`audit: cannot seal now, will try again: ${message}`),
    );
    stops.push(async () => await sealer[Symbol.asyncDispose]());
    const services = await openRooms(base);
    stops.push(async () => await services.apple[Symbol.asyncDispose]());

    const app = await createApp({ config, authenticate: (request) => whoCalls(services, request) }, { level: 'warn' });
    stops.push(() => app.close());
    const hub = eventRoutes(app, (request) => whoCalls(services, request));
    healthRoutes(app, { db });
    docsRoutes(app);
    await registerRooms(app, services);
    await webAppRoutes(app, config);

    const listener = await listen(
      connection,
      (notice) => {
        heed(services, notice);
        hub.publish(notice);
      },
      () => hub.resync(),
    );
    stops.push(() => listener.close());
    const runner = await startJobs(pool, jobsOfRooms(services), (job, message) =>
      app.log.error({ job, message }, 'job failed, will be tried again'),
    );
    stops.push(() => runner.stop());
    stops.push(async () => hub.close());
    const listening = new URL(await app.listen({ host: config.host, port: config.port }));
    if (services.android !== undefined) await startAndroidPolling(db);
    if (demo !== undefined) {
      const practice = await demo.startDemo(services, {
        baseUrl: listening,
        android: emulator,
      });
      stops.push(() => practice.stop());
      for (const line of practice.lines) say(line);
    }
    return {
      url: config.publicUrl,
      app,
      services,
      setupLink: await setupLink(services),
      async stop() {
        for (const stop of stops.splice(0).reverse()) await stop();
      },
    };
  } catch (error) {
    for (const stop of stops.splice(0).reverse()) await stop().catch(() => {}); // the first error is the one that tells
    throw error;
  }
}
