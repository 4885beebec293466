import type { FastifyInstance, FastifyRequest } from 'fastify';
import { accessJobs, accessRoutes, deviceKindOf, phoneTrouble } from '../access/index.ts';
import { type Actor, auditRoutes, chainState, EVERYONE, type Proof, type Sealer } from '../audit/index.ts';
import { androidGateway, androidJobs, androidRoutes, type GatewayPlace } from '../devices/android/index.ts';
import {
  appleJobs,
  browserRequest,
  devicesRoutes,
  openApple,
  phoneRoutes,
  pruneJobs,
  readDevice,
  replayGuard,
} from '../devices/index.ts';
import { filesJobs, filesRequests, filesRoutes, openKasKeys } from '../files/index.ts';
import { findingsJobs, findingsRoutes, mayCallFalse } from '../findings/index.ts';
import { huntJobs, huntRoutes } from '../hunt/index.ts';
import type { JobHandlers } from '../jobs/index.ts';
import { authenticate, peopleRoutes, recoveryRequest, requireProof, verifyPasskeyAssertion } from '../people/index.ts';
import { androidPolicyFor, policiesRoutes, profileFor, withoutLosers } from '../policies/index.ts';
import { privacyRoutes, recordLook, recordPersonLook } from '../privacy/index.ts';
import type { Blobs, Db, Notice, Secrets } from '../storage/index.ts';
import { trainingRoutes } from '../training/index.ts';
import { ViewerReply } from './api.ts';
import type { ServerConfig } from './config.ts';

/** What every room may ask for; each names structurally what it uses. */
export interface BaseServices {
  readonly db: Db;
  /** Connections that readiness, sealing and keys have for themselves. */
  readonly reserved: Db;
  readonly secrets: Secrets;
  readonly blobs: Blobs;
  readonly data: string;
  readonly config: ServerConfig;
  readonly publicUrl: URL;
  readonly now: () => number;
  /** What seals the audit log here; undefined where nothing does, as in a test of routes. */
  readonly sealer?: Sealer;
  /** Where the Android Management API answers, if anywhere. */
  readonly android: GatewayPlace | undefined;
}

/** The services with what the rooms opened at start. */
export type Services = Awaited<ReturnType<typeof openRooms>>;

const ORGANISATION = 'Pavise';
const FACT_MAX_AGE_MS = 4 * 3_600_000; // asked anew long before the decision calls them too old

/** Opens what rooms keep open: authorities, keys, batched writers. */
export async function openRooms(base: BaseServices) {
  const { db, secrets, publicUrl, now, config } = base;
  const apple = await openApple({
    db,
    secrets,
    publicUrl,
    now,
    scepLegacyDes: config.scepLegacyDes,
    organisation: ORGANISATION,
    factMaxAgeMs: FACT_MAX_AGE_MS,
    profileFor: async (tx, deviceId) => {
      const device = await readDevice(tx, deviceId);
      return device && (await profileFor(tx, { ...deviceKindOf(device), personId: device.personId }, ORGANISATION));
    },
  });
  const keys = await openKasKeys({ db, secrets }, now());
  const { refusals } = apple;
  const android = base.android && { db, now, refusals, androidPolicyFor, gateway: androidGateway(base.android) };
  const chain = chainState({ db, sealer: base.sealer }, now);
  return { ...base, apple, android, keys, chain, replay: replayGuard() };
}

/** Registers every room's routes. */
export async function registerRooms(app: FastifyInstance, services: Services): Promise<void> {
  const { db, reserved, blobs, publicUrl, now, apple, android, keys, replay } = services;
  const viewerUrl = new URL('/workspace/viewer.html', services.config.viewerUrl).href;
  app.get('/api/v1/viewer', { config: { roles: EVERYONE }, schema: { response: { 200: ViewerReply } } }, async () => ({
    url: viewerUrl,
  }));
  await auditRoutes(app, services);
  const recordDeviceLook = (actor: Actor, deviceId: string, what: string): Promise<void> =>
    recordLook(db, actor, deviceId, what, now());
  const requestKinds = [browserRequest(apple), ...filesRequests({ now })];
  await peopleRoutes(app, {
    ...services,
    requestKinds,
    recordPersonLook: (actor, personId, what) => recordPersonLook(db, actor, personId, what, now()),
    withoutLosers,
  });
  await policiesRoutes(app, { db, organisation: ORGANISATION, now });
  await devicesRoutes(app, {
    db,
    publicUrl,
    now,
    apple,
    androidReady: android !== undefined,
    mayCallFalse,
    recordLook: recordDeviceLook,
  });
  phoneRoutes(app, {
    ...{ db, publicUrl, now, replay },
    kinds: [recoveryRequest(services), ...requestKinds],
    phoneTrouble: (tx, phone) => phoneTrouble(tx, phone, now()),
  });
  await androidRoutes(app, { db, now, android });
  await trainingRoutes(app, {
    db,
    now,
    verifyPasskey: (evidence) => verifyPasskeyAssertion(services, evidence),
  });
  await findingsRoutes(app, { ...services, recordLook: recordDeviceLook });
  await huntRoutes(app, services);
  await accessRoutes(app, { db, now });
  await privacyRoutes(app, { db, now });
  const files = { db, blobs, publicUrl, now, keys, replay, recordLook: recordDeviceLook };
  await filesRoutes(app, { ...files, filesPerPersonBytes: services.config.filesPerPersonBytes }, reserved);
}

/** Every room's job handlers in one list. @param db the connections that jobs have for themselves */
export function jobsOfRooms(opened: Services, db: Db): JobHandlers {
  const { now } = opened;
  const services = { ...opened, db };
  const apple = { ...opened.apple, db };
  const android = opened.android && { ...opened.android, db };
  return {
    ...accessJobs({ db, now }),
    ...appleJobs(apple),
    ...pruneJobs({ db, now, keepRawDays: services.config.keepRawDays }),
    ...filesJobs(services),
    ...findingsJobs(services),
    ...huntJobs(services),
    ...(android === undefined ? {} : androidJobs(android)),
  };
}

/** Lets rooms forget what another server process may have changed. */
export function heed({ apple }: Services, notice: Notice): void {
  const deviceId = notice.ids['deviceId'];
  if (notice.topic === 'device' && typeof deviceId === 'string') apple.pins.forget(deviceId);
}

/** Finds out who sends a request. */
export async function whoCalls(services: Parameters<typeof authenticate>[0], request: FastifyRequest): Promise<Actor> {
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
    unattended: request.routeOptions.config.background === true || header('x-pavise-unattended') !== undefined,
  });
}

/** Refuses a request whose sender has not proved what its route asks for. */
export function provesIt(
  services: Parameters<typeof requireProof>[0],
  { actor, headers }: FastifyRequest,
  proof: Proof,
): Promise<void> {
  return requireProof(services, { actor, cookie: headers.cookie }, proof);
}
