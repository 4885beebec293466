import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { hasSealedKey, startSealer } from '../audit/index.ts';
import { startAndroidPolling } from '../devices/android/index.ts';
import { prepareJobs, startJobs } from '../jobs/index.ts';
import { setupLink } from '../people/index.ts';
import {
  checkServer,
  keepPublicUrl,
  keepRunning,
  listen,
  migrate,
  openBlobs,
  openDb,
  openPool,
  openSecrets,
  placeData,
  refuseHalfRestored,
  startBundled,
} from '../storage/index.ts';
import { createApp } from './app.ts';
import type { ServerConfig } from './config.ts';
import { docsRoutes } from './docs.ts';
import { eventRoutes } from './events.ts';
import { healthRoutes } from './health.ts';
import { cannotListen, requirePort } from './port.ts';
import { heed, jobsOfRooms, openRooms, registerRooms, type Services, whoCalls } from './rooms.ts';
import { type Stop, stopAll } from './stop.ts';
import { webAppRoutes } from './web-apps.ts';

/** A running server. */
export interface RunningServer {
  readonly url: URL;
  readonly app: FastifyInstance;
  readonly services: Services;
  /** The one-time link by which the first owner registers, while there is none. */
  readonly setupLink: string | undefined;
  /** Resolves with the reason when the bundled database ended and cannot be started again; otherwise never. */
  readonly databaseLost: Promise<string>;
  /** Stops in order, within seconds: requests, jobs, sealer, pool, database. A part that fails is told and holds up no other. */
  stop(): Promise<void>;
}

/**
 * Starts everything: database (bundled or `DATABASE_URL`), migrations, secrets, sealer, HTTP, jobs.
 *
 * @param say prints a line for the person at the terminal
 * @param signal breaks the start off, which then throws the signal's reason
 * @throws ConfigError when the port cannot be had, StorageError `storage-locked` when another server runs on the data folder; neither
 *   touches what the other server uses
 */
export async function startServer(
  config: ServerConfig,
  say: (line: string) => void,
  signal: AbortSignal = new AbortController().signal,
): Promise<RunningServer> {
  await requirePort(config);
  const place = await placeData(config.data);
  if (place.movedBecause !== undefined) say(`data: ${place.data} (other users cannot enter ${place.movedBecause})`);
  refuseHalfRestored(place.data);
  const bundled = config.databaseUrl === undefined ? await startBundled(place.data) : undefined;
  if (bundled?.adopted === true) say('database adopted: an earlier server had left it running');
  const stops: Stop[] = [];
  let keepDatabase = async (): Promise<void> => {};
  try {
    signal.throwIfAborted();
    const databaseLost = new Promise<string>((lost) => {
      if (bundled === undefined) return;
      const onRestart = (): void => say('database started again: it had ended by itself');
      keepDatabase = keepRunning(bundled, { onRestart, onLost: lost });
    });
    const connection = bundled?.connection ?? { connectionString: config.databaseUrl };
    const pool = openPool(connection);
    const db = openDb(pool);
    stops.push(['connections', () => db.destroy()]);
    await checkServer(db);
    await migrate(db);
    await prepareJobs(pool);
    const secrets = await openSecrets(place.data, config.rootKeyFile, { sealedAlready: await hasSealedKey(db) });
    const blobs = await openBlobs(place.data);
    await keepPublicUrl(place.data, config.publicUrl);
    const demo = config.demo ? await import('../demo/index.ts') : undefined;
    const emulator =
      config.android === undefined
        ? await demo?.startAndroidEmulator(() => Date.now(), join(place.data, 'demo', 'android.json'))
        : undefined;
    if (emulator !== undefined) stops.push(['emulator', () => emulator.close()]);
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
    stops.push(['sealing', async () => await sealer[Symbol.asyncDispose]()]);
    const services = await openRooms(base);
    stops.push(['devices', async () => await services.apple[Symbol.asyncDispose]()]);

    const app = await createApp({ config, authenticate: (request) => whoCalls(services, request) }, { level: 'warn' });
    stops.push(['requests', () => app.close()]);
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
    stops.push(['notices', () => listener.close()]);
    const runner = await startJobs(pool, jobsOfRooms(services), (job, failure) =>
      app.log.error({ job, ...failure }, 'job failed, will be tried again'),
    );
    stops.push(['jobs', () => runner.stop()]);
    stops.push(['events', async () => hub.close()]);
    signal.throwIfAborted();
    const listening = new URL(
      await app.listen({ host: config.host, port: config.port }).catch((error: unknown) => {
        throw cannotListen(error, config);
      }),
    );
    if (services.android !== undefined) await startAndroidPolling(db);
    if (demo !== undefined) {
      const practice = await unlessAborted(signal, demo.startDemo(services, { baseUrl: listening, android: emulator }));
      stops.push(['practice organisation', () => practice.stop()]);
      for (const line of practice.lines) say(line);
    }
    return {
      url: config.publicUrl,
      app,
      services,
      setupLink: await setupLink(services),
      databaseLost,
      async stop() {
        await stopAll(stops, say);
        await keepDatabase();
        await bundled?.stop();
      },
    };
  } catch (error) {
    await stopAll(stops, () => {}); // the first error is the one that tells
    await keepDatabase();
    // What was running before this start goes on running: the next start adopts it.
    if (bundled?.adopted === true) await bundled.leave();
    else await bundled?.stop();
    throw error;
  }
}

/** @returns what `work` gives; throws at once when the start is broken off, and lets `work` fail unheard */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return await Promise.race([work, aborted]);
}
