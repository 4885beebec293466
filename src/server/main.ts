import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { hasSealedKey, headLine, keptHeadPath, type Sealer, startSealer } from '../audit/index.ts';
import { startAndroidPolling } from '../devices/android/index.ts';
import { startPruning } from '../devices/index.ts';
import { startReadingLabels } from '../files/index.ts';
import { startJudging } from '../findings/index.ts';
import { startJobs } from '../jobs/index.ts';
import { setupLink } from '../people/index.ts';
import {
  type Blobs,
  type Db,
  keepPublicUrl,
  listen,
  openBlobs,
  openSecrets,
  placeData,
  refuseHalfRestored,
  type Secrets,
} from '../storage/index.ts';
import { createApp } from './app.ts';
import type { ServerConfig } from './config.ts';
import { type OpenDatabase, openDatabase, startDatabase } from './database.ts';
import { docsRoutes } from './docs.ts';
import { DRAIN_LIMIT_MS } from './drain.ts';
import { type EventHub, eventRoutes } from './events.ts';
import { healthRoutes } from './health.ts';
import { startParts } from './parts.ts';
import { cannotListen, requirePort } from './port.ts';
import { heed, jobsOfRooms, openRooms, provesIt, registerRooms, type Services, whoCalls } from './rooms.ts';
import { webAppRoutes } from './web-apps.ts';

/** A running server. */
export interface RunningServer {
  readonly url: URL;
  readonly app: FastifyInstance;
  readonly services: Services;
  /** The data folder. */
  readonly data: string;
  /** By which somebody enters, for one use and for whoever runs the server alone: the setup link while there is no owner, and the practice organisation's. */
  readonly firstLinks: readonly { readonly label: string; readonly link: string }[];
  /** Resolves with the reason when the bundled database ended and cannot be started again; otherwise never. */
  readonly databaseLost: Promise<string>;
  /** Stops in order, within seconds once running requests have ended: requests, jobs, sealer, pool, database. A part that fails is told and holds up no other. */
  stop(): Promise<void>;
}

type Say = (line: string) => void;

/** Where the log of requests that failed goes, a JSON object in each line. */
interface Log {
  write(line: string): void;
}

const CLOSE_LIMIT_MS = 3000;

/**
 * Starts everything, part by part: database (bundled or `DATABASE_URL`), secrets, sealer, rooms, HTTP, notices, jobs.
 *
 * The parts end in the reverse of their order, at `stop` and when a later one does not start.
 * @param say prints a line for the person at the terminal
 * @param signal breaks the start off, which then throws the signal's reason
 * @throws ConfigError when the port cannot be had, StorageError `storage-locked` when another server runs on the data folder; neither
 *   touches what the other server uses
 */
export async function startServer(
  config: ServerConfig,
  say: Say,
  signal: AbortSignal = new AbortController().signal,
  log: Log = process.stdout,
): Promise<RunningServer> {
  await requirePort(config);
  const data = await takeDataFolder(config, say);
  const database = await startDatabase(data, config, say);
  const { start, stop } = startParts(signal);
  try {
    const { db, reserved, jobs } = await start(
      'connections',
      () => openDatabase(database),
      (opened) => opened.close(),
    );
    const kept = await start('secrets', () => openKept(config, data, db));
    const demo = config.demo ? await import('../demo/index.ts') : undefined;
    const emulator = await start(
      'emulator',
      async () =>
        config.android === undefined ? await demo?.startAndroidEmulator(now, emulatorFile(data)) : undefined,
      async (opened) => await opened?.close(),
    );
    const sealer = await start('sealing', () => startSealing(reserved, kept.secrets, data, say), dispose);
    const services = await start(
      'devices',
      () =>
        openRooms({
          db,
          reserved,
          ...kept,
          sealer,
          data,
          config,
          publicUrl: config.publicUrl,
          now,
          android: config.android ?? emulator,
        }),
      ({ apple }) => dispose(apple),
    );
    const app = await start(
      'requests',
      () => openApp(config, services, log),
      (opened) => opened.close(),
      DRAIN_LIMIT_MS + CLOSE_LIMIT_MS,
    );
    const hub = await registerRoutes(app, services);
    await start(
      'notices',
      () => hearNotices(database.connection, services, hub),
      (listener) => listener.close(),
    );
    await start(
      'jobs',
      () => doJobs(jobs, services, app),
      (runner) => runner.stop(),
    );
    await start(
      'events',
      async () => hub,
      async (opened) => opened.close(),
    );
    const listening = await start('listener', () => openPort(app, config));
    await startJudging(db);
    await startReadingLabels(db);
    await startPruning(db);
    const links: { readonly label: string; readonly link: string }[] = [];
    if (services.android !== undefined) await startAndroidPolling(db);
    if (demo !== undefined) {
      const options = { baseUrl: listening, android: emulator };
      const practice = await start(
        'practice organisation',
        () => unlessAborted(signal, demo.startDemo(services, options)),
        (opened) => opened.stop(),
      );
      for (const line of practice.lines) say(line);
      links.push(...practice.links);
    }
    const setup = await setupLink(services);
    if (setup !== undefined) links.unshift({ label: 'setup link, for one use', link: setup });
    return {
      url: config.publicUrl,
      app,
      services,
      data,
      firstLinks: links,
      databaseLost: database.lost,
      async stop() {
        await stop(say);
        await database.stop();
      },
    };
  } catch (error) {
    await stop(() => {}); // the first error is the one that tells
    await database.giveUp();
    throw error;
  }
}

const now = (): number => Date.now();
const dispose = (part: AsyncDisposable): PromiseLike<void> => part[Symbol.asyncDispose]();
const emulatorFile = (data: string): string => join(data, 'demo', 'android.json');

async function takeDataFolder(config: ServerConfig, say: Say): Promise<string> {
  const { data, movedBecause } = await placeData(config.data);
  if (movedBecause !== undefined) say(`data: ${data} (other users cannot enter ${movedBecause})`);
  refuseHalfRestored(data);
  return data;
}

async function openKept(config: ServerConfig, data: string, db: Db): Promise<{ secrets: Secrets; blobs: Blobs }> {
  const secrets = await openSecrets(data, config.rootKeyFile, { sealedAlready: await hasSealedKey(db) });
  const blobs = await openBlobs(data);
  await keepPublicUrl(data, config.publicUrl);
  return { secrets, blobs };
}

function startSealing(db: Db, secrets: Secrets, data: string, say: Say): Promise<Sealer> {
  return startSealer(
    { db, secrets, now, keptFile: keptHeadPath(data) },
    {
      onHead: (head) => say(headLine(head)),
      onError: (message) => say(`audit: cannot seal now, will try again: ${message}`),
      onAlarm: ({ code, why }) => say(`audit alarm: ${why} [${code}], see docs/guides/audit-alarm.md`),
    },
  );
}

function openApp(config: ServerConfig, services: Services, log: Log): Promise<FastifyInstance> {
  return createApp(
    {
      config,
      authenticate: (request) => whoCalls(services, request),
      requireProof: (request, proof) => provesIt(services, request, proof),
    },
    { level: 'warn', stream: log },
  );
}

async function registerRoutes(app: FastifyInstance, services: Services): Promise<EventHub> {
  const hub = eventRoutes(app, (request) => whoCalls(services, request));
  healthRoutes(app, { ...services, db: services.reserved, whoCalls: (request) => whoCalls(services, request) });
  docsRoutes(app);
  await registerRooms(app, services);
  await webAppRoutes(app, services.config);
  return hub;
}

function hearNotices(
  connection: Parameters<typeof listen>[0],
  services: Services,
  hub: EventHub,
): ReturnType<typeof listen> {
  return listen(
    connection,
    (notice) => {
      heed(services, notice);
      hub.publish(notice);
    },
    () => hub.resync(),
  );
}

function doJobs(
  { db, pool }: OpenDatabase['jobs'],
  services: Services,
  app: FastifyInstance,
): ReturnType<typeof startJobs> {
  return startJobs(pool, jobsOfRooms(services, db), (job, failure) =>
    app.log.error({ job, ...failure }, 'job failed, will be tried again'),
  );
}

async function openPort(app: FastifyInstance, config: ServerConfig): Promise<URL> {
  try {
    return new URL(await app.listen({ host: config.host, port: config.port }));
  } catch (error) {
    throw cannotListen(error, config);
  }
}

/** @returns what `work` gives; throws at once when the start is broken off, and lets `work` fail unheard */
async function unlessAborted<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  return await Promise.race([work, aborted]);
}
