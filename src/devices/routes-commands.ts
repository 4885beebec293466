import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import type { Static } from 'typebox';
import type { Role } from '../audit/index.ts';
import { ReasonBody, RequestItem } from '../people/api.ts';
import { requestItem } from '../people/index.ts';
import {
  BrowserLinkReply,
  CommandBody,
  CommandList,
  CommandParams,
  CommandReply,
  CommandsQuery,
  DeviceItem,
  DeviceParams,
  ReleaseBody,
} from './api.ts';
import { askForBrowser, browserRequest, connectBrowser } from './connect-browser.ts';
import { orderCommand } from './order.ts';
import { releaseDevice } from './release.ts';
import { requireDevice } from './require-device.ts';
import type { DevicesServices } from './services.ts';
import { findCommands } from './store-commands.ts';
import { commandWire, deviceItem } from './wire.ts';
import { withdrawOrder } from './withdraw.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const ADMINISTRATORS: readonly Role[] = ['owner', 'administrator'];
const PAGE = 100;

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

/** What phones are ordered to do, their release and their browsers. */
export function commandRoutes(plain: FastifyInstance, { db, apple, mayCallFalse }: DevicesServices): void {
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
      const rows = await findCommands(db, (await requireDevice(db, params.id)).id, before, limit);
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
    async ({ params, body, actor }) =>
      deviceItem(db, await releaseDevice(apple, actor, params.id, body ?? {}, mayCallFalse)),
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
