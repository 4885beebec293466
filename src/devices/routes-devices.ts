import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { EVERYONE, type Role } from '../audit/index.ts';
import { findIdsByName } from '../people/index.ts';
import {
  AppList,
  DeviceDetail,
  DeviceList,
  DeviceParams,
  DevicesQuery,
  OwnDevices,
  type RefusalItem,
  RefusalList,
} from './api.ts';
import { DeviceError } from './device-error.ts';
import { requireDevice } from './require-device.ts';
import type { DevicesServices } from './services.ts';
import { findApps, findDevices, findFacts } from './store.ts';
import { findRefusals } from './store-refusals.ts';
import { cursorOf, deviceItem, deviceItems, readCursor, refusalWire } from './wire.ts';

const READERS: readonly Role[] = ['owner', 'administrator', 'investigator', 'auditor'];
const PAGE = 100;
const REFUSALS_SHOWN = 10;

/** Devices and what they said, for staff and for whose they are. */
export function deviceRoutes(plain: FastifyInstance, { db, recordLook, apple }: DevicesServices): void {
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
      const row = await requireDevice(db, params.id);
      await recordLook(actor, row.id, 'everything that the phone reported');
      return { ...(await deviceItem(db, row)), ...(await told(row.id)) };
    },
  );

  app.get(
    '/api/v1/devices/:id/apps',
    { config: { roles: READERS }, schema: { params: DeviceParams, response: { 200: AppList } } },
    async ({ params, actor }) => {
      const { id } = await requireDevice(db, params.id);
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
