import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import { type Actor, EVERYONE, type Role } from '../audit/index.ts';
import { ReasonBody, RequestItem } from '../people/api.ts';
import { findIdsByName, requestItem } from '../people/index.ts';
import type { Db } from '../storage/index.ts';
import { androidUnset } from './android/routes.ts';
import {
  AppList,
  BindBody,
  BindReply,
  BrowserLinkReply,
  CommandBody,
  CommandList,
  CommandParams,
  CommandReply,
  CommandsQuery,
  DeviceDetail,
  DeviceItem,
  DeviceList,
  DeviceParams,
  DevicesQuery,
  EnrolmentBody,
  EnrolmentReply,
  OpenBody,
  OpenReply,
  OwnDevices,
  type RefusalItem,
  RefusalList,
  ReleaseBody,
} from './api.ts';
import { appleRoutes } from './apple/routes.ts';
import type { AppleServices } from './apple/services.ts';
import { bindEnrolment } from './bind.ts';
import { askForBrowser, browserRequest, connectBrowser } from './connect-browser.ts';
import { DeviceError } from './device-error.ts';
import { enrolmentLimits } from './enrolment-limits.ts';
import { inviteDevice, openEnrolment } from './enrolments.ts';
import { orderCommand } from './order.ts';
import { releaseDevice } from './release.ts';
import { findApps, findDevice, findDevices, findFacts } from './store.ts';
import { findCommands } from './store-commands.ts';
import { findRefusals } from './store-refusals.ts';
import { commandWire, cursorOf, deviceItem, deviceItems, readCursor, refusalWire } from './wire.ts';
import { withdrawOrder } from './withdraw.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const ADMINISTRATORS: readonly Role[] = ['owner', 'administrator'];
const PAGE = 100;
const REFUSALS_SHOWN = 10;
const OPEN = { roles: 'public', rateLimit: { max: 300, timeWindow: 60_000 } } as const; // an office shares an address

/** What the routes lean on. */
export interface DevicesServices {
  readonly db: Db;
  readonly publicUrl: URL;
  readonly now: () => number;
  readonly apple: AppleServices;
  /** Whether a gateway to Android phones is set up. */
  readonly androidReady: boolean;
  /** Writes down that somebody looked at a device, for its owner to read. */
  readonly recordLook: (actor: Actor, deviceId: string, what: string) => Promise<void>;
}

/** Devices under /api/v1, enrolment, and what phones themselves call. */
export async function devicesRoutes(app: FastifyInstance, services: DevicesServices): Promise<void> {
  await appleRoutes(app, services.apple);
  readingRoutes(app, services);
  commandRoutes(app, services);
  enrolmentRoutes(app, services);
}

function readingRoutes(plain: FastifyInstance, { db, recordLook, apple }: DevicesServices): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const refusals = async (deviceId: string | undefined, limit: number): Promise<RefusalItem[]> => {
    await apple.refusals.flush();
    return (await findRefusals(db, deviceId, limit)).map(refusalWire);
  };
  /** What a phone said, and for what it was refused. */
  const told = async (id: string): Promise<Pick<DeviceDetail, 'facts' | 'refusals'>> => ({
    facts: [...(await findFacts(db, id))],
    refusals: await refusals(id, REFUSALS_SHOWN),
  });

  app.get(
    '/api/v1/devices',
    { config: { roles: READERS }, schema: { querystring: DevicesQuery, response: { 200: DeviceList } } },
    async ({ query }) => {
      const limit = query.limit ?? PAGE;
      const personIds = query.query === undefined ? [] : await findIdsByName(db, query.query);
      const rows = await findDevices(db, { ...query, personIds, after: readCursor(query.after), limit });
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      const items = await deviceItems(db, rows.slice(0, limit));
      return last === undefined ? { items } : { items, next: cursorOf(last) };
    },
  );

  app.get(
    '/api/v1/devices/refusals',
    { config: { roles: READERS }, schema: { response: { 200: RefusalList } } },
    async () => ({ items: await refusals(undefined, PAGE) }),
  );

  app.get(
    '/api/v1/devices/:id',
    { config: { roles: READERS }, schema: { params: DeviceParams, response: { 200: DeviceDetail } } },
    async ({ params, actor }) => {
      const row = await known(db, params.id);
      await recordLook(actor, row.id, 'everything that the phone reported');
      return { ...(await deviceItem(db, row)), ...(await told(row.id)) };
    },
  );

  app.get(
    '/api/v1/devices/:id/apps',
    { config: { roles: READERS }, schema: { params: DeviceParams, response: { 200: AppList } } },
    async ({ params, actor }) => {
      const { id } = await known(db, params.id);
      await recordLook(actor, id, 'list of apps');
      return { items: [...(await findApps(db, id))] };
    },
  );

  app.get(
    '/api/v1/me/devices',
    { config: { roles: EVERYONE }, schema: { response: { 200: OwnDevices } } },
    async ({ actor }) => {
      if (actor.kind !== 'person')
        throw new DeviceError('device-no-person', 403, 'Sign in as a person: an API token has no devices');
      const rows = await findDevices(db, { personId: actor.personId, limit: PAGE });
      return {
        items: await Promise.all(
          (await deviceItems(db, rows)).map(async (item) => ({ ...item, ...(await told(item.id)) })),
        ),
      };
    },
  );
}

async function known(db: Db, id: string) {
  const row = await findDevice(db, id);
  if (row === undefined) throw new DeviceError('device-unknown', 404, 'Cannot find device: no device has this id');
  return row;
}

/** What only asks a phone or brings it what its policies demand; everything else acts on it. */
const HARMLESS: readonly unknown[] = [
  'DeviceInformation',
  'SecurityInfo',
  'InstalledApplicationList',
  'InstallProfile',
] satisfies Static<typeof CommandBody>['kind'][];

function isDangerous(body: unknown): boolean {
  return !(typeof body === 'object' && body !== null && 'kind' in body && HARMLESS.includes(body.kind));
}

function commandRoutes(plain: FastifyInstance, { db, apple }: DevicesServices): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  app.get(
    '/api/v1/devices/:id/commands',
    {
      config: { roles: READERS },
      schema: { params: DeviceParams, querystring: CommandsQuery, response: { 200: CommandList } },
    },
    async ({ params, query }) => {
      const limit = query.limit ?? PAGE;
      const before = query.after === undefined ? undefined : Number(query.after);
      const rows = await findCommands(db, (await known(db, params.id)).id, before, limit);
      const last = rows.length > limit ? rows[limit - 1] : undefined;
      const items = rows.slice(0, limit).map(commandWire);
      return last === undefined ? { items } : { items, next: String(last.seq) };
    },
  );

  app.post(
    '/api/v1/devices/:id/commands',
    {
      config: { roles: ADMINISTRATORS, proof: 'passkey', proofFor: isDangerous },
      schema: { params: DeviceParams, body: CommandBody, response: { 200: CommandReply } },
    },
    async ({ params, body, actor }) => {
      const order = { deviceId: params.id, kind: body.kind, confirmName: body.confirmName };
      return { ids: [...(await orderCommand(apple, actor, order))] };
    },
  );

  app.delete(
    '/api/v1/devices/:id/commands/:commandId',
    { config: { roles: ADMINISTRATORS }, schema: { params: CommandParams } },
    async ({ params, actor }, reply) => {
      await withdrawOrder(apple, actor, params.id, params.commandId);
      return await reply.code(204).send();
    },
  );

  app.post(
    '/api/v1/devices/:id/release',
    {
      config: { roles: ADMINISTRATORS, proof: 'passkey' },
      schema: { params: DeviceParams, body: ReleaseBody, response: { 200: DeviceItem } },
    },
    async ({ params, body, actor }) => deviceItem(db, await releaseDevice(apple, actor, params.id, body ?? {})),
  );

  app.post(
    '/api/v1/devices/:id/browser',
    {
      config: { roles: ADMINISTRATORS, proof: 'passkey' },
      schema: { params: DeviceParams, response: { 200: BrowserLinkReply } },
    },
    async ({ params, actor }) => await connectBrowser(apple, actor, params.id),
  );

  app.post(
    '/api/v1/devices/:id/browser/request',
    {
      config: { roles: ADMINISTRATORS, proof: 'passkey' },
      schema: { params: DeviceParams, body: ReasonBody, response: { 201: RequestItem } },
    },
    async ({ params, body, actor }, reply) => {
      const request = await askForBrowser(apple, actor, params.id, body.reason);
      const kinds = [browserRequest(apple)];
      return await reply.code(201).send(await requestItem({ ...apple, kinds }, actor, request));
    },
  );
}

function enrolmentRoutes(plain: FastifyInstance, services: DevicesServices): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const limits = enrolmentLimits(services.now);
  const profileUrl = (token: string): string => new URL(`/enroll/apple?token=${token}`, services.publicUrl).href;

  app.post(
    '/api/v1/enrolments',
    {
      config: { roles: ADMINISTRATORS, proof: 'passkey-or-token' },
      schema: { body: EnrolmentBody, response: { 200: EnrolmentReply } },
    },
    async ({ body, actor }) => {
      if (body.platform === 'android' && !services.androidReady) throw androidUnset();
      const invitation = await inviteDevice(services, actor, { ...body, ownership: body.ownership ?? 'personal' });
      const { enrolmentId, deviceId, token, expiresAtMs } = invitation;
      return { id: enrolmentId, deviceId, url: profileUrl(token), token, expiresAtMs };
    },
  );

  app.post(
    '/api/v1/enrolments/open',
    { config: { roles: 'public' }, schema: { body: OpenBody, response: { 200: OpenReply } } },
    async ({ body, ip }) => {
      const opened = await limits.step(ip, () => openEnrolment(services, body.token));
      const { deviceId, platform, personName, expiresAt, used, challenge } = opened;
      const reply = {
        deviceId,
        platform,
        personName,
        expiresAtMs: expiresAt.getTime(),
        profileWaits: !used,
        challenge,
      };
      return { ...reply, profileUrl: profileUrl(body.token) };
    },
  );

  app.post(
    '/api/v1/enrolments/bind',
    {
      config: { ...OPEN, roles: EVERYONE, proof: 'sign-in' },
      schema: { body: BindBody, response: { 200: BindReply } },
    },
    async ({ body, actor }) => await bindEnrolment(services, actor, body),
  );
}
