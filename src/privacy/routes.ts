import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { DeviceAccess, DevicePolicyReply } from '../access/api.ts';
import { devicePolicy, standing } from '../access/index.ts';
import { type Actor, EVERYONE, type Role } from '../audit/index.ts';
import { type Device, findDeviceByKeyThumbprint, readDevice } from '../devices/index.ts';
import type { Db } from '../storage/index.ts';
import { MyAccessReply, OverviewReply, PrivacyReply } from './api.ts';
import { myAccess } from './my-access.ts';
import { overview } from './overview.ts';
import { privacy } from './privacy.ts';
import { PrivacyError } from './privacy-error.ts';
import { recordView } from './record-look.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const Params = Type.Object({ id: Type.String({ format: 'uuid' }) }, { additionalProperties: false });
const MyQuery = Type.Object(
  { thumbprint: Type.Optional(Type.String({ maxLength: 64, pattern: '^[A-Za-z0-9_-]+$' })) },
  { additionalProperties: false },
);

/** What is held and where one stands: for oneself, and for whoever has to explain it, who is written down. */
export async function privacyRoutes(plain: FastifyInstance, { db, now }: { db: Db; now: () => number }): Promise<void> {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();

  // The thumbprint only chooses which of the person's own devices to explain; a key is released on proof of possession alone.
  app.get(
    '/api/v1/me/access',
    { config: { roles: EVERYONE }, schema: { querystring: MyQuery, response: { 200: MyAccessReply } } },
    async (request) => {
      const personId = personOf(request.actor);
      const { thumbprint } = request.query;
      const bound = thumbprint === undefined ? undefined : await findDeviceByKeyThumbprint(db, thumbprint);
      return myAccess(db, personId, bound?.personId === personId ? bound.id : null, now());
    },
  );

  app.get(
    '/api/v1/me/privacy',
    { config: { roles: EVERYONE }, schema: { response: { 200: PrivacyReply } } },
    async (request) => privacy(db, personOf(request.actor), now()),
  );

  app.get(
    '/api/v1/devices/:id/access',
    { config: { roles: READERS }, schema: { params: Params, response: { 200: DeviceAccess } } },
    async (request) => {
      const device = await requireDevice(db, request.params.id);
      await recordView(db, request.actor, device, 'state and reasons', now());
      return standing(db, device.personId, device.id, now());
    },
  );

  // What its owner reads on her own page, for whoever has to explain it to her.
  app.get(
    '/api/v1/devices/:id/privacy',
    { config: { roles: READERS }, schema: { params: Params, response: { 200: PrivacyReply } } },
    async (request) => {
      const device = await requireDevice(db, request.params.id);
      await recordView(db, request.actor, device, 'what you see on your privacy page', now());
      return privacy(db, device.personId, now(), device.id);
    },
  );

  app.get(
    '/api/v1/devices/:id/policy',
    { config: { roles: READERS }, schema: { params: Params, response: { 200: DevicePolicyReply } } },
    async (request) => {
      const device = await requireDevice(db, request.params.id);
      await recordView(db, request.actor, device, 'policy and reported values', now());
      return devicePolicy(db, device, now());
    },
  );

  app.get('/api/v1/overview', { config: { roles: READERS }, schema: { response: { 200: OverviewReply } } }, async () =>
    overview(db, now()),
  );
}

async function requireDevice(db: Db, id: string): Promise<Device> {
  const device = await readDevice(db, id);
  if (device === undefined)
    throw new PrivacyError('access-device-unknown', 404, 'Choose another device: this one does not exist');
  return device;
}

function personOf(actor: Actor): string {
  if (actor.kind === 'person') return actor.personId;
  throw new PrivacyError('access-no-person', 403, 'Sign in as a person: a token has no devices');
}
